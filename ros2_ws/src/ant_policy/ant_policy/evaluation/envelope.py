"""Envelope of the states that observations hold."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card
from ant_policy.card.observation import Term, entries
from ant_policy.card.parts import Envelope

Float64 = NDArray[np.float64]


class Extremes:
    """Extremes of joint positions, joint velocities and tilt in observations."""

    def __init__(self, card: Card | None) -> None:
        """Find the terms on a card; without them, or with a history, there is no envelope."""
        self._joints: tuple[str, ...] = ()
        self._columns: dict[str, tuple[slice, Any, Any]] = {}
        self._low: Any = np.inf
        self._high: Any = -np.inf
        if card is None or card.observation.history > 1 or any(term.history > 1 for term in card.observation.terms):
            return
        self._joints = card.joints.names
        end = 0
        for term in card.observation.terms:
            names = entries(term.name, card.joints.names, card.action.joints)
            start, end = end, end + len(names)
            self._columns[term.name] = slice(start, end), *_scaling(term, names)
        attitudes = {"base_orientation", "projected_gravity"} & set(self._columns)
        if not attitudes or not {"joint_positions", "joint_velocities"} <= set(self._columns):
            self._columns = {}

    def add(self, observations: Float64) -> None:
        """Add observations (n, n_observation), n > 0."""
        if self._columns:
            joints = [self._term(name, observations) for name in ("joint_positions", "joint_velocities")]
            seen = np.column_stack([*joints, self._cosine(observations)])
            self._low = np.minimum(self._low, seen.min(axis=0))
            self._high = np.maximum(self._high, seen.max(axis=0))

    def envelope(self) -> Envelope | None:
        """Envelope of what was added; None without the terms."""
        if not self._columns:
            return None
        n = len(self._joints)
        ranges = zip(self._low[:n].tolist(), self._high[:n].tolist(), strict=True)
        speeds = np.maximum(-self._low, self._high)[n:-1].tolist()
        tilt = math.acos(min(max(self._low[-1], -1.0), 1.0))
        return Envelope(
            tilt, dict(zip(self._joints, ranges, strict=True)), dict(zip(self._joints, speeds, strict=True))
        )

    def _term(self, name: str, observations: Float64) -> Float64:
        columns, scale, offset = self._columns[name]
        values: Float64 = observations[:, columns] / scale + offset
        return values

    def _cosine(self, observations: Float64) -> Float64:
        """Cosine (n,) of the tilt."""
        if "base_orientation" not in self._columns:
            return -self._term("projected_gravity", observations)[:, 2]
        _, x, y, _ = self._term("base_orientation", observations).T
        cosine: Float64 = 1.0 - 2.0 * (x * x + y * y)
        return cosine


def _scaling(term: Term, names: tuple[str, ...]) -> tuple[Float64, Float64]:
    """Scale and offset (n,) of a term, a scale of 0 as 1."""
    scale, offset = (
        np.array([values.get(name, default) if isinstance(values, dict) else values for name in names])
        for values, default in ((1.0 if term.scale is None else term.scale, 1.0), (term.offset or 0.0, 0.0))
    )
    return np.where(scale == 0.0, 1.0, scale), offset
