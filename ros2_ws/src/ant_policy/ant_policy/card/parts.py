"""The parts of a card; each knows how to read itself from a file and refuses what it is not."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from ant_policy.card.fields import Field
from ant_policy.observation.features import FEATURES, feature_count

OBSERVATION_SIZE = 27
ACTION_SIZE = 8


@dataclass(frozen=True)
class Term:
    """One named part of the observation: how many numbers, in which unit and frame."""

    name: str
    size: int
    unit: str
    frame: str | None = None
    layout: str | None = None

    @classmethod
    def read(cls, field: Field) -> Term:
        """Read a term, which must be one of `TERMS` in everything."""
        entry = field.mapping(("name", "size", "unit"), ("frame", "layout"))
        known = {term.name: term for term in TERMS}
        term = known[entry["name"].choice(*known)]
        for part in fields(cls):
            found, expected = entry[part.name].value, getattr(term, part.name)
            if type(found) is not type(expected) or found != expected:
                raise entry[part.name].refused(f"{expected!r} for {term.name}")
        return term


TERMS = (
    Term("torso_height", 1, "m", "odom"),
    Term("torso_orientation", 4, "1", "odom", "wxyz"),
    Term("joint_positions", ACTION_SIZE, "rad"),
    Term("torso_linear_velocity", 3, "m/s", "odom"),
    Term("torso_angular_velocity", 3, "rad/s", "torso"),
    Term("joint_velocities", ACTION_SIZE, "rad/s"),
)
"""What an Ant policy can see; (27,) when stacked in this order, as in Gymnasium's Ant-v4."""


@dataclass(frozen=True)
class Normalisation:
    """Maps the n features that the network is to see to clip((x - mean) / std, -clip, clip), each (n,)."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    clip: float | None = None

    @classmethod
    def read(cls, field: Field, size: int) -> Normalisation:
        """Read and check against the number of features."""
        entry = field.mapping(("mean", "std"), ("clip",))
        return cls(
            tuple(item.number() for item in entry["mean"].items(size)),
            tuple(item.positive() for item in entry["std"].items(size)),
            entry["clip"].optional(Field.positive),
        )


@dataclass(frozen=True)
class Observation:
    """What the policy sees: `terms` stacked in order, joint terms in the order of `joints`.

    Its network sees the `features` of that (`ant_policy.tasks.jump.features`), if any, after `normalisation`, if any.
    """

    joints: tuple[str, ...]
    terms: tuple[Term, ...]
    features: str | None = None
    normalisation: Normalisation | None = None

    @classmethod
    def read(cls, field: Field) -> Observation:
        """Read and check; each term must be there once."""
        entry = field.mapping(("joints", "terms"), ("features", "normalisation"))
        items = entry["terms"].items(len(TERMS))
        terms = tuple(Term.read(item) for item in items)
        for item, term in zip(items, terms, strict=True):
            if terms.count(term) > 1:
                raise item.refused("each term once", f"{term.name} repeatedly")
        features = entry["features"].optional(lambda item: item.choice(*FEATURES))
        if features is not None and terms != TERMS:
            raise entry["features"].refused("null for terms in another order than the Ant's")
        size = feature_count(features)
        normalisation = entry["normalisation"].optional(lambda item: Normalisation.read(item, size))
        return cls(read_joints(entry["joints"]), terms, features, normalisation)


@dataclass(frozen=True)
class Action:
    """What the policy's outputs mean.

    Attributes:
        joints: the joint that each of the 8 outputs drives (actuator order).
        effort_scale: effort [N m] per unit of action, by joint name.
        moves: the actions that a discrete policy chooses among: each (8,) in [-1, 1], in the
            order of `joints`.
        exploration_rate: probability of a random move when a discrete policy is not deterministic; None: 0.
    """

    joints: tuple[str, ...]
    effort_scale: dict[str, float]
    moves: tuple[tuple[float, ...], ...] | None = None
    exploration_rate: float | None = None

    @classmethod
    def read(cls, field: Field) -> Action:
        """Read and check."""
        entry = field.mapping(("joints", "effort_scale"), ("moves", "exploration_rate"))
        joints = read_joints(entry["joints"])
        scales = entry["effort_scale"].mapping(joints)
        return cls(
            joints,
            {name: scale.positive() for name, scale in scales.items()},
            entry["moves"].optional(_read_moves),
            entry["exploration_rate"].optional(lambda item: item.number(0.0, 1.0)),
        )


@dataclass(frozen=True)
class Network:
    """Shape of the network between observation and output."""

    activation: str
    hidden: tuple[int, ...]

    @classmethod
    def read(cls, field: Field) -> Network:
        """Read and check."""
        entry = field.mapping(("activation", "hidden"))
        return cls(
            entry["activation"].choice("relu", "tanh", "identity"),
            tuple(width.integer(1, 10_000) for width in entry["hidden"].items()),
        )


@dataclass(frozen=True)
class Envelope:
    """The states that the policy was seen in.

    Attributes:
        tilt: largest angle between the torso's z axis and the vertical [rad].
        joint_positions: least and greatest position [rad], by joint name.
        joint_velocities: largest absolute velocity [rad/s], by joint name.
    """

    tilt: float
    joint_positions: dict[str, tuple[float, float]]
    joint_velocities: dict[str, float]

    @classmethod
    def read(cls, field: Field, joints: tuple[str, ...]) -> Envelope:
        """Read and check against the names of the joints."""
        entry = field.mapping(("tilt", "joint_positions", "joint_velocities"))
        positions = entry["joint_positions"].mapping(joints)
        velocities = entry["joint_velocities"].mapping(joints)
        return cls(
            entry["tilt"].number(0.0, math.pi),
            {name: _read_range(item) for name, item in positions.items()},
            {name: item.number(low=0.0) for name, item in velocities.items()},
        )


@dataclass(frozen=True)
class Model:
    """The robot model that the policy was trained on."""

    file: str
    sha256: str

    @classmethod
    def read(cls, field: Field) -> Model:
        """Read and check."""
        entry = field.mapping(("file", "sha256"))
        digest = entry["sha256"].text()
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise entry["sha256"].refused("64 hexadecimal digits")
        return cls(entry["file"].file_name(), digest)


@dataclass(frozen=True)
class Returns:
    """What an evaluation of the policy found; `seed` is the first of the episodes' seeds."""

    mean: float
    std: float
    min: float
    falls: int
    episodes: int
    seed: int

    @classmethod
    def read(cls, field: Field) -> Returns:
        """Read and check."""
        entry = field.mapping([part.name for part in fields(cls)])
        return cls(
            entry["mean"].number(),
            entry["std"].number(low=0.0),
            entry["min"].number(),
            entry["falls"].integer(0, 10**9),
            entry["episodes"].integer(1, 10**9),
            entry["seed"].integer(0, 2**63),
        )


def read_joints(field: Field) -> tuple[str, ...]:
    """Read the names of the 8 joints.

    Args:
        field: a list of names.

    Returns:
        The names.

    Raises:
        CardError: not 8 names, or a name is repeated.
    """
    items = field.items(ACTION_SIZE)
    names = tuple(item.text() for item in items)
    for item, name in zip(items, names, strict=True):
        if names.count(name) > 1:
            raise item.refused("each joint once", f"{name!r} repeatedly")
    return names


def _read_moves(field: Field) -> tuple[tuple[float, ...], ...]:
    moves = field.items()
    if not moves:
        raise field.refused("at least one move")
    return tuple(tuple(x.number(-1.0, 1.0) for x in move.items(ACTION_SIZE)) for move in moves)


def _read_range(field: Field) -> tuple[float, float]:
    low, high = (item.number() for item in field.items(2))
    if low > high:
        raise field.refused("[least, greatest]")
    return low, high
