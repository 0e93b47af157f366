"""The observation on a card: terms in order, their scaling and history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ant_policy.card.fields import Field
from ant_policy.card.parts import Joints
from ant_policy.card.values import DEFAULT_POSE, Ranges, Values, read_offset, read_ranges, read_values
from ant_policy.observation.feature_registry import FEATURES, feature_count
from ant_policy.observation.terms import ACTIONS, JOINTS, ODOM, TERMS, Kind

MAX_HISTORY = 100


@dataclass(frozen=True)
class Term:
    """One named part of the observation; its numbers are clip(x - offset) * scale.

    Attributes:
        name: one of `ant_policy.observation.terms.TERMS`.
        source: topic that it is read from; None: the term's default.
        frame: frame of a vector; None: the term's default.
        offset: subtracted; of joint positions usually the default pose [rad].
        clip: range by entry, in the units of the term.
        scale: factor.
        history: number of values, oldest first.
        period: of the gait [s], for `gait_phase`.
    """

    name: str
    source: str | None = None
    frame: str | None = None
    offset: Values | None = None
    clip: Ranges | None = None
    scale: Values | None = None
    history: int = 1
    period: float | None = None

    @property
    def kind(self) -> Kind:
        """Definition of the term."""
        return TERMS[self.name]

    @property
    def topic(self) -> str:
        """Source of the term."""
        return self.source or self.kind.sources[0]

    @property
    def reads_orientation(self) -> bool:
        """True if the term depends on the base's orientation."""
        is_rotated = self.frame == ODOM and self.name != "base_height"
        return is_rotated or self.name in ("base_orientation", "projected_gravity")

    @classmethod
    def read(cls, field: Field, joints: Joints, actions: tuple[str, ...]) -> Term:
        """Read and check."""
        entry = field.mapping(
            ("name",), ("source", "frame", "offset", "clip", "scale", "history", "period", "size", "unit", "layout")
        )
        name = entry["name"].choice(*TERMS)
        kind = TERMS[name]
        for derived in ("size", "unit", "layout"):
            if entry[derived].value is not None:
                raise entry[derived].refused(f"nothing, as it follows from the name {name}")
        if name != "gait_phase" and entry["period"].value is not None:
            raise entry["period"].refused(f"nothing for {name}")
        if name == "gait_phase" and entry["period"].value is None:
            raise entry["period"].refused("the gait's period [s]")
        names = entries(name, joints.names, actions)
        pose = joints.default_pose if kind.entries == JOINTS and name == "joint_positions" else None
        if pose is None and entry["offset"].value == DEFAULT_POSE and name != "joint_positions":
            raise entry["offset"].refused(f"numbers, as {name} has no default pose")
        return cls(
            name=name,
            source=entry["source"].optional(lambda item: item.choice(*kind.sources)),
            frame=entry["frame"].optional(lambda item: item.choice(*kind.read)),
            offset=entry["offset"].optional(lambda item: read_offset(item, names, pose)),
            clip=entry["clip"].optional(lambda item: read_ranges(item, names)) or None,
            scale=entry["scale"].optional(lambda item: read_values(item, names)),
            history=entry["history"].optional(lambda item: item.integer(1, MAX_HISTORY)) or 1,
            period=entry["period"].optional(Field.positive),
        )


def entries(name: str, joints: tuple[str, ...], actions: tuple[str, ...]) -> tuple[str, ...]:
    """Names of a term's numbers."""
    kind = TERMS[name]
    return {JOINTS: joints, ACTIONS: actions}[kind.entries] if isinstance(kind.entries, str) else kind.entries


@dataclass(frozen=True)
class Normalisation:
    """Normalisation of the network's n inputs: clip((x - mean) / std, -clip, clip), each (n,)."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    clip: Annotated[float | None, Field.positive] = None

    @classmethod
    def read(cls, field: Field, size: int) -> Normalisation:
        """Read and check against the number of inputs."""
        return field.record(
            cls,
            mean=lambda item: item.numbers(size),
            std=lambda item: tuple(each.positive() for each in item.items(size)),
        )


@dataclass(frozen=True)
class Observation:
    """Observation of the policy: `terms` stacked in order.

    Attributes:
        terms: the parts.
        history: number of observations that are stacked, oldest first.
        features: transform of the observation (`observation/feature_registry.py`) that the network takes; None: none.
        normalisation: of the network's inputs; None: none.
    """

    terms: tuple[Term, ...]
    history: int = 1
    features: str | None = None
    normalisation: Normalisation | None = None

    @classmethod
    def read(cls, field: Field, joints: Joints, actions: tuple[str, ...]) -> Observation:
        """Read and check; a term may be there once for each source."""
        entry = field.mapping(("terms",), ("history", "features", "normalisation"))
        items = entry["terms"].items()
        if not items:
            raise entry["terms"].refused("at least one term")
        terms = tuple(Term.read(item, joints, actions) for item in items)
        seen = [(term.name, term.topic, term.frame) for term in terms]
        for item, term, key in zip(items, terms, seen, strict=True):
            if seen.count(key) > 1:
                raise item.refused("each term once", f"{term.name} repeatedly")
        history = entry["history"].optional(lambda item: item.integer(1, MAX_HISTORY)) or 1
        if history > 1 and any(term.history > 1 for term in terms):
            raise entry["history"].refused("1 where a term has its own history")
        features = entry["features"].optional(lambda item: item.choice(*FEATURES))
        plain = cls(terms, history)
        if features is not None and not plain.is_input_of(features, joints.names):
            raise entry["features"].refused(f"null for other terms than those of '{features}'")
        size = feature_count(features, plain.size(joints.names, actions))
        normalisation = entry["normalisation"].optional(lambda item: Normalisation.read(item, size))
        return cls(terms, history, features, normalisation)

    @property
    def has_history(self) -> bool:
        """True if it holds more than one value of a term."""
        return self.history > 1 or any(term.history > 1 for term in self.terms)

    def sizes(self, joints: tuple[str, ...], actions: tuple[str, ...]) -> dict[str, int]:
        """Number of values of each term, with its history and from all of its sources."""
        sizes = dict.fromkeys((term.name for term in self.terms), 0)
        for term in self.terms:
            sizes[term.name] += term.history * len(entries(term.name, joints, actions))
        return sizes

    def size(self, joints: tuple[str, ...], actions: tuple[str, ...]) -> int:
        """Number of values."""
        return self.history * sum(self.sizes(joints, actions).values())

    def is_input_of(self, features: str, joints: tuple[str, ...]) -> bool:
        """True if the terms are those that the features were defined for."""
        expected = FEATURES[features]
        names = tuple((term.name, term.frame) for term in self.terms)
        is_plain = expected.are_scaled or all(term == Term(term.name, frame=term.frame) for term in self.terms)
        return is_plain and not self.has_history and names == expected.terms and len(joints) == expected.joints
