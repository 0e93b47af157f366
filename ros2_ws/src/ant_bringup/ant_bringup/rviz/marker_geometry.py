"""The robot's state as simple shapes, before they become messages.

Colours are from the palette of Okabe and Ito (Color Universal Design, 2008), which colour-blind people can tell apart;
what they say is said by position, direction or words too.
"""

from dataclasses import dataclass
from typing import Literal

from ant_bringup.rviz.robot_description import JointAxis, Vector
from ant_sim.task import REWARD_FROM, REWARD_FULL, height_reward

Kind = Literal["arrow", "box", "line", "text"]


@dataclass(frozen=True)
class Colour:
    """A colour: red, green, blue and opacity in [0, 1], and the word that the legend has for it."""

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
LEAST_EFFORT = 0.01
"""Efforts below this part of the joint's limit have no arrow: it would be a dot."""

BAR_AT = -1.4
"""Where the bar of the torso's height stands, along x from the torso [m]."""
SQUARE = 1.2
"""Half the side [m] of the squares at the heights of the reward."""


@dataclass(frozen=True)
class Mark:
    """A shape.

    Attributes:
        namespace: what it tells of; shown and hidden together.
        number: tells it apart in its namespace.
        frame: frame id of the coordinates.
        stamp_ns: stamp of the state that it shows [ns]; 0: it shows none.
        kind: arrow from the first point to the second, box, line along the points, or text that faces the viewer.
        size: arrow: diameters of shaft and head, length of the head; box: its sides; line: width; text: height of
            a letter in the last place. All in metres.
        position: centre of a box or text [m].
        points: of an arrow or line [m].
        shown: False takes away what was shown before.
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
    """Arrow of a joint's effort along the joint's axis, by the right-hand rule, and the number at its tip.

    Args:
        number: of the joint, for `Mark`.
        joint: whose effort it is.
        frame: frame id of the joint's link.
        stamp_ns: of the joint states.
        effort: [N m]; None: unknown, nothing is shown.
        fresh: whether the joint states are.
    """
    share = (effort or 0.0) / joint.max_effort
    x, y, z = (ARROW_LENGTH * share * part for part in joint.axis)
    colour = STALE if not fresh else POSITIVE if share > 0.0 else NEGATIVE
    points, tip = ((0.0, 0.0, 0.0), (x, y, z)), (1.2 * x, 1.2 * y, 1.2 * z)
    text = "" if effort is None else f"{joint.name} {effort:+.1f} N m"
    big = abs(share) >= LEAST_EFFORT
    letters = TEXT if fresh else STALE
    return [
        Mark("effort", number, frame, stamp_ns, "arrow", (0.04, 0.09, 0.1), colour, points=points, shown=big),
        Mark("effort values", number, frame, stamp_ns, "text", (0.0, 0.0, 0.08), letters, tip, (), text, bool(text)),
    ]


def height_marks(frame: str, stamp_ns: int, torso: Vector, fresh: bool) -> list[Mark]:
    """Bar from the ground to the height of the torso, beside it, and what that height is worth; `torso` in metres."""
    x, y, z = torso
    text = f"torso {z:.2f} m\nreward {height_reward(z):.1f} of {height_reward(REWARD_FULL):g} a step"
    sides = (0.06, 0.06, max(abs(z), 1e-3))
    bar, label = (x + BAR_AT, y, z / 2.0), (x + BAR_AT, y, z + 0.25)
    return [
        Mark("height", 0, frame, stamp_ns, "box", sides, HEIGHT if fresh else STALE, bar),
        Mark("height", 1, frame, stamp_ns, "text", (0.0, 0.0, 0.16), TEXT if fresh else STALE, label, text=text),
    ]


def reward_marks(frame: str, torso: Vector) -> list[Mark]:
    """Squares around the torso at the heights where the task's reward begins and where it is full."""
    x, y, _ = torso
    corners = ((-SQUARE, -SQUARE), (SQUARE, -SQUARE), (SQUARE, SQUARE), (-SQUARE, SQUARE), (-SQUARE, -SQUARE))
    marks = []
    for number, (z, meaning) in enumerate(((REWARD_FROM, "reward begins"), (REWARD_FULL, "full reward"))):
        square = tuple((x + dx, y + dy, z) for dx, dy in corners)
        label = (x + SQUARE, y + SQUARE, z + 0.1)
        text = f"{z:g} m: {meaning}"
        marks.append(Mark("reward", 2 * number, frame, 0, "line", (0.02, 0.0, 0.0), REWARD, points=square))
        marks.append(Mark("reward", 2 * number + 1, frame, 0, "text", (0.0, 0.0, 0.14), REWARD, label, text=text))
    return marks


def legend_mark(frame: str, torso: Vector) -> Mark:
    """What is seen, in words, above the torso."""
    x, y, z = torso
    text = "\n".join(
        (
            f"{HEIGHT.word} bar: height of the torso [m]; {REWARD.word} squares: heights of the reward [m]",
            f"arrows: joint effort [N m] by the right-hand rule, {ARROW_LENGTH:g} m long at the joint's limit",
            f"{POSITIVE.word}: positive effort; {NEGATIVE.word}: negative effort",
            f"{STALE.word}: no fresh state; {TEXT.word} trail: where the torso was",
        )
    )
    return Mark("legend", 0, frame, 0, "text", (0.0, 0.0, 0.09), TEXT, (x, y, z + 1.5), text=text)


def status_mark(frame: str, torso: Vector, text: str) -> Mark:
    """What is wrong with the state, above the torso; nothing where the text is empty."""
    x, y, z = torso
    size = (0.0, 0.0, 0.2)
    return Mark("status", 0, frame, 0, "text", size, TEXT, (x, y, z + 0.9), text=text, shown=bool(text))
