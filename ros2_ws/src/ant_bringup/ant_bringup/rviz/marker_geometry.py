"""Geometry of the markers: the robot's state as simple shapes, free of ROS.

Colours are from the palette of Okabe and Ito (Color Universal Design, 2008), safe for colour-blind viewers; position,
direction or text carries the same information.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ant_bringup.rviz.robot_description import JointAxis, Vector
from ant_sim.tasks.jump import REWARD_FROM, REWARD_FULL, height_reward

Kind = Literal["arrow", "box", "line", "text"]


@dataclass(frozen=True)
class Colour:
    """Name in the legend; red, green, blue and opacity in [0, 1]."""

    word: str
    rgba: tuple[float, float, float, float]


POSITIVE = Colour("yellow", (0.94, 0.89, 0.26, 1.0))
NEGATIVE = Colour("purple", (0.80, 0.47, 0.65, 1.0))
HEIGHT = Colour("green", (0.0, 0.62, 0.45, 1.0))
REWARD = Colour("orange", (0.90, 0.62, 0.0, 1.0))
STALE = Colour("grey", (0.35, 0.35, 0.35, 0.8))
TEXT = Colour("white", (1.0, 1.0, 1.0, 1.0))

ARROW_LENGTH = 0.6
"""Length [m] of the arrow of an effort at the joint's limit."""
MIN_EFFORT = 0.01
"""Share of the joint's limit below which an effort has no arrow."""

BAR_AT = -1.4
"""Offset of the height bar from the base along x [m]."""
SQUARE = 1.2
"""Half the side of the squares at the reward heights [m]."""


@dataclass(frozen=True)
class Mark:
    """A shape, hidden unless `shown`.

    Attributes:
        namespace: group, shown and hidden together in RViz; `number` is the id in it.
        stamp_ns: stamp of the shown state [ns]; 0: none.
        kind: arrow from the first point to the second, box, line along the points, or text that faces the viewer.
        size: [m]; arrow: diameters of shaft and head, length of the head; box: sides; line: width first; text: letter
            height last.
        position: centre of a box or text [m], like `points` in `frame`.
    """

    namespace: str
    number: int
    frame: str
    stamp_ns: int
    kind: Kind
    size: Vector
    colour: Colour
    position: Vector = (0.0, 0.0, 0.0)
    points: tuple[Vector, ...] = ()
    text: str = ""
    shown: bool = True


def effort_marks(
    number: int, joint: JointAxis, frame: str, stamp_ns: int, effort: float | None, fresh: bool
) -> list[Mark]:
    """Arrow of a joint's effort along the joint's axis (a torque's by the right-hand rule), and the number at its tip.

    `number` is the id of the marks, `frame` the joint's link; an unknown `effort` is not shown, and one that is
    not `fresh` is grey.
    """
    share = (effort or 0.0) / joint.max_effort
    x, y, z = (ARROW_LENGTH * share * part for part in joint.axis)
    colour = STALE if not fresh else POSITIVE if share > 0.0 else NEGATIVE
    points, tip = ((0.0, 0.0, 0.0), (x, y, z)), (1.2 * x, 1.2 * y, 1.2 * z)
    text = "" if effort is None else f"{joint.name} {effort:+.1f} {joint.unit}"
    big, letters = abs(share) >= MIN_EFFORT, TEXT if fresh else STALE
    return [
        Mark("effort", number, frame, stamp_ns, "arrow", (0.04, 0.09, 0.1), colour, points=points, shown=big),
        Mark("effort values", number, frame, stamp_ns, "text", (0.0, 0.0, 0.08), letters, tip, (), text, bool(text)),
    ]


def height_marks(frame: str, stamp_ns: int, base: Vector, fresh: bool) -> list[Mark]:
    """Bar from the ground to the height of the base, and the jump's reward of that height; `base` in metres."""
    x, y, z = base
    text = f"height {z:.2f} m\nreward {height_reward(z):.1f} of {height_reward(REWARD_FULL):g} a step"
    sides = (0.06, 0.06, max(abs(z), 1e-3))
    bar, label = (x + BAR_AT, y, z / 2.0), (x + BAR_AT, y, z + 0.25)
    return [
        Mark("height", 0, frame, stamp_ns, "box", sides, HEIGHT if fresh else STALE, bar),
        Mark("height", 1, frame, stamp_ns, "text", (0.0, 0.0, 0.16), TEXT if fresh else STALE, label, text=text),
    ]


def reward_marks(frame: str, base: Vector) -> list[Mark]:
    """Squares around the base at the heights where the jump's reward begins and where it is full."""
    x, y, _ = base
    corners = ((-SQUARE, -SQUARE), (SQUARE, -SQUARE), (SQUARE, SQUARE), (-SQUARE, SQUARE), (-SQUARE, -SQUARE))
    marks = []
    for number, (z, meaning) in enumerate(((REWARD_FROM, "reward begins"), (REWARD_FULL, "full reward"))):
        square = tuple((x + dx, y + dy, z) for dx, dy in corners)
        label = (x + SQUARE, y + SQUARE, z + 0.1)
        text = f"{z:g} m: {meaning}"
        marks.append(Mark("reward", 2 * number, frame, 0, "line", (0.02, 0.0, 0.0), REWARD, points=square))
        marks.append(Mark("reward", 2 * number + 1, frame, 0, "text", (0.0, 0.0, 0.14), REWARD, label, text=text))
    return marks


def legend_mark(frame: str, base: Vector, joints: Sequence[JointAxis], is_jump: bool) -> Mark:
    """Legend above the base."""
    units = " or ".join(f"[{unit}]" for unit in dict.fromkeys(joint.unit for joint in joints))
    lines = (
        f"{HEIGHT.word}: height; {REWARD.word}: reward" if is_jump else "",
        f"arrows: effort {units}, {POSITIVE.word} +, {NEGATIVE.word} -",
        f"{STALE.word}: stale",
    )
    return _above(frame, base, "legend", 1.5, 0.09, "\n".join(filter(None, lines)))


def status_mark(frame: str, base: Vector, text: str) -> Mark:
    """Faults of the state, above the base; hidden if the text is empty."""
    return _above(frame, base, "status", 0.9, 0.2, text)


def _above(frame: str, base: Vector, namespace: str, height: float, letters: float, text: str) -> Mark:
    x, y, z = base
    position = (x, y, z + height)
    return Mark(namespace, 0, frame, 0, "text", (0.0, 0.0, letters), TEXT, position, text=text, shown=bool(text))
