"""Envelope of the states that a policy was seen in."""

import math

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import default_card
from ant_policy.card.parts import Envelope


class EnvelopeRecorder:
    """Extremes of the torso's tilt, the joint positions and the joint speeds."""

    def __init__(self) -> None:
        """Start without any state."""
        self._names = default_card("zero").joints.names
        self._up = 1.0
        self._low = np.full(len(self._names), np.inf)
        self._high = np.full(len(self._names), -np.inf)
        self._speed = np.zeros(len(self._names))

    def add(self, observations: NDArray[np.float64]) -> None:
        """Take in observations (n, 27), n > 0."""
        x, y = observations[:, 2], observations[:, 3]
        # z of the torso's z axis, from a unit quaternion.
        self._up = min(self._up, float((1.0 - 2.0 * (x * x + y * y)).min()))
        positions, velocities = observations[:, 5:13], observations[:, 19:27]
        self._low = np.minimum(self._low, positions.min(axis=0))
        self._high = np.maximum(self._high, positions.max(axis=0))
        self._speed = np.maximum(self._speed, np.abs(velocities).max(axis=0))

    def result(self) -> Envelope:
        """Envelope of the observations so far."""
        ranges = zip(self._low.tolist(), self._high.tolist(), strict=True)
        return Envelope(
            math.acos(max(self._up, -1.0)),
            dict(zip(self._names, ranges, strict=True)),
            dict(zip(self._names, self._speed.tolist(), strict=True)),
        )
