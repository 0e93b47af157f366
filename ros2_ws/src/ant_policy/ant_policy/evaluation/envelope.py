"""Envelope of the states that observations hold."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card
from ant_policy.card.parts import Envelope
from ant_policy.observation.frames import gravity
from ant_policy.observation.reading import TermReader

Float64 = NDArray[np.float64]


class Extremes:
    """Extremes of joint positions, joint velocities and tilt in observations."""

    def __init__(self, card: Card | None) -> None:
        """Find the terms on a card; without them, or with a history, there is no envelope."""
        self._columns: dict[str, slice] = {}
        self._low: Any = np.inf
        self._high: Any = -np.inf
        if card is None or card.observation.has_history:
            return
        self._joints = card.joints.names
        self._unscaled = TermReader(card.observation.terms, card.joints.names, card.action.joints).unscaled
        columns = {term.name: part for term, part, _ in card.layout}
        has_joints = {"joint_positions", "joint_velocities"} <= columns.keys()
        if has_joints and not columns.keys().isdisjoint({"base_orientation", "projected_gravity"}):
            self._columns = columns

    def add(self, observations: Float64) -> None:
        """Add observations (n, n_observation), n > 0."""
        if self._columns:
            values = self._unscaled(observations)
            joints = [values[:, self._columns[name]] for name in ("joint_positions", "joint_velocities")]
            seen = np.column_stack([*joints, self._cosine(values)])
            self._low = np.minimum(self._low, seen.min(axis=0))
            self._high = np.maximum(self._high, seen.max(axis=0))

    def tilts(self, observations: Float64) -> Float64:
        """Tilt (n,) [rad] in observations (n, n_observation); NaN without the terms."""
        if not self._columns:
            return np.full(len(observations), np.nan)
        return np.arccos(np.clip(self._cosine(self._unscaled(observations)), -1.0, 1.0))

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

    def _cosine(self, values: Float64) -> Float64:
        """Cosine (n,) of the tilt."""
        if "base_orientation" not in self._columns:
            return -values[:, self._columns["projected_gravity"]][:, 2]
        quaternions: Any = values[:, self._columns["base_orientation"]].T
        cosine: Any = -gravity(quaternions)[2]
        return np.asarray(cosine)
