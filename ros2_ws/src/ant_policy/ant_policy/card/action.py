"""The action on a card: what the policy's outputs command."""

from __future__ import annotations

from dataclasses import dataclass

from ant_policy.card.fields import Field
from ant_policy.card.parts import Joints
from ant_policy.card.values import Ranges, read_names, read_numbers, read_offset, read_ranges

INTERFACES = ("effort", "position", "velocity")


@dataclass(frozen=True)
class Action:
    """Meaning of the policy's outputs: the command of a joint is clip(offset + scale * action).

    Attributes:
        interface: effort [N m], position [rad] or velocity [rad/s]; [N], [m], [m/s] for slide joints.
        joints: the joint that each output drives.
        scale: by joint name.
        offset: by joint name; None: 0.
        clip: range of the command, by joint name; None: none.
        stiffness: of the joints' position control in training [N m/rad], by joint name.
        damping: of their position or velocity control in training [N m s/rad], by joint name.
        moves: actions (n_joints,) in [-1, 1] that a discrete policy chooses among, in the order of `joints`.
        exploration_rate: probability of a random move when a discrete policy is not deterministic; None: 0.
    """

    interface: str
    joints: tuple[str, ...]
    scale: dict[str, float]
    offset: dict[str, float] | None = None
    clip: Ranges | None = None
    stiffness: dict[str, float] | None = None
    damping: dict[str, float] | None = None
    moves: tuple[tuple[float, ...], ...] | None = None
    exploration_rate: float | None = None

    @classmethod
    def read(cls, field: Field, joints: Joints) -> Action:
        """Read and check against the joints of the card."""
        entry = field.mapping(
            ("interface", "scale"),
            ("joints", "offset", "clip", "stiffness", "damping", "moves", "exploration_rate"),
        )
        interface = entry["interface"].choice(*INTERFACES)
        names = entry["joints"].optional(read_names) or joints.names
        for name in names:
            if name not in joints.names:
                raise entry["joints"].refused(f"some of joints.names: {', '.join(joints.names)}", f"{name!r}")
        pose = joints.default_pose if interface == "position" else None
        if interface == "effort":
            for gain in ("stiffness", "damping"):
                if entry[gain].value is not None:
                    raise entry[gain].refused("null for efforts")
        offset = entry["offset"].optional(lambda item: read_offset(item, names, pose))
        return cls(
            interface=interface,
            joints=names,
            scale=_read_scale(entry["scale"], names),
            offset=dict.fromkeys(names, offset) if isinstance(offset, float) else offset,
            clip=entry["clip"].optional(lambda item: read_ranges(item, names)) or None,
            stiffness=entry["stiffness"].optional(lambda item: _read_gains(item, names)),
            damping=entry["damping"].optional(lambda item: _read_gains(item, names)),
            moves=entry["moves"].optional(lambda item: _read_moves(item, len(names))),
            exploration_rate=entry["exploration_rate"].optional(lambda item: item.number(0.0, 1.0)),
        )


def _read_scale(field: Field, names: tuple[str, ...]) -> dict[str, float]:
    scale = read_numbers(field, names)
    for name, value in scale.items():
        if value == 0.0:
            raise field.refused("numbers that are not 0", f"0 for '{name}'")
    return scale


def _read_gains(field: Field, names: tuple[str, ...]) -> dict[str, float]:
    gains = read_numbers(field, names)
    for name, value in gains.items():
        if value < 0.0:
            raise field.refused("gains from 0", f"{value:g} for '{name}'")
    return gains


def _read_moves(field: Field, size: int) -> tuple[tuple[float, ...], ...]:
    moves = field.items()
    if not moves:
        raise field.refused("at least one move")
    return tuple(move.numbers(size, -1.0, 1.0) for move in moves)
