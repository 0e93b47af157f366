"""Parts of a card; each reads and checks itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from ant_policy.card.fields import Field
from ant_policy.observation.feature_registry import FEATURES, feature_count

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
"""Terms of the Ant's observation; (27,) when stacked in this order, as in Gymnasium's Ant-v4."""


@dataclass(frozen=True)
class Normalisation:
    """Normalisation of the network's n inputs: clip((x - mean) / std, -clip, clip), each (n,)."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    clip: float | None = None

    @classmethod
    def read(cls, field: Field, size: int) -> Normalisation:
        """Read and check against the number of features."""
        return field.record(
            cls,
            mean=lambda item: item.numbers(size),
            std=lambda item: tuple(each.positive() for each in item.items(size)),
            clip=Field.positive,
        )


@dataclass(frozen=True)
class Observation:
    """Observation of the policy: `terms` stacked in order, joint terms in the order of `joints`.

    The inputs of its network are the `features` of that (`observation/feature_registry.py`), if any, normalised by
    `normalisation`, if any.
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
    """Meaning of the policy's outputs.

    Attributes:
        joints: the joint that each of the 8 outputs drives (actuator order).
        effort_scale: effort [N m] per unit of action, by joint name.
        moves: actions (8,) in [-1, 1] that a discrete policy chooses among, in the order of `joints`.
        exploration_rate: probability of a random move when a discrete policy is not deterministic; None: 0.
    """

    joints: tuple[str, ...]
    effort_scale: dict[str, float]
    moves: tuple[tuple[float, ...], ...] | None = None
    exploration_rate: float | None = None

    @classmethod
    def read(cls, field: Field) -> Action:
        """Read and check."""
        return field.record(
            cls,
            joints=read_joints,
            effort_scale=lambda item: {
                name: scale.positive() for name, scale in item.mapping(read_joints(field.at("joints"))).items()
            },
            moves=_read_moves,
            exploration_rate=lambda item: item.number(0.0, 1.0),
        )


@dataclass(frozen=True)
class Network:
    """Shape of the network between observation and output."""

    activation: str
    hidden: tuple[int, ...]

    @classmethod
    def read(cls, field: Field) -> Network:
        """Read and check."""
        return field.record(
            cls,
            activation=lambda item: item.choice("relu", "tanh", "identity"),
            hidden=lambda item: tuple(width.integer(1, 10_000) for width in item.items()),
        )


@dataclass(frozen=True)
class Envelope:
    """Range of the states that the policy visited in evaluation.

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
        return field.record(
            cls,
            tilt=lambda item: item.number(0.0, math.pi),
            joint_positions=lambda item: {name: _read_range(each) for name, each in item.mapping(joints).items()},
            joint_velocities=lambda item: {name: each.number(low=0.0) for name, each in item.mapping(joints).items()},
        )


@dataclass(frozen=True)
class Model:
    """The robot model that the policy was trained on."""

    file: str
    sha256: str

    @classmethod
    def read(cls, field: Field) -> Model:
        """Read and check."""
        return field.record(cls, file=Field.file_name, sha256=_read_sha256)


@dataclass(frozen=True)
class Returns:
    """Result of an evaluation; `seed` is the first of the episodes' seeds."""

    mean: float
    std: float
    min: float
    falls: int
    episodes: int
    seed: int

    @classmethod
    def read(cls, field: Field) -> Returns:
        """Read and check."""
        return field.record(
            cls,
            mean=Field.number,
            std=lambda item: item.number(low=0.0),
            min=Field.number,
            falls=lambda item: item.integer(0, 10**9),
            episodes=lambda item: item.integer(1, 10**9),
            seed=lambda item: item.integer(0, 2**63),
        )


def read_joints(field: Field) -> tuple[str, ...]:
    """Read the names of the 8 joints, each once."""
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
    return tuple(move.numbers(ACTION_SIZE, -1.0, 1.0) for move in moves)


def _read_range(field: Field) -> tuple[float, float]:
    low, high = field.numbers(2)
    if low > high:
        raise field.refused("[least, greatest]")
    return low, high


def _read_sha256(field: Field) -> str:
    digest = field.text()
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise field.refused("64 hexadecimal digits")
    return digest
