"""Reading of terms from samples of one robot, or of n robots at once, and their scaling."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.observation import Term, entries
from ant_policy.card.values import Ranges, Values

Float64 = NDArray[np.float64]


class TermReader:
    """Terms of an observation: read from samples, then scaled as clip(x - offset) * scale.

    Attributes:
        sources: topic and function of its sample, for each term.
    """

    def __init__(self, terms: Sequence[Term], joints: tuple[str, ...], actions: tuple[str, ...]) -> None:
        """Take the terms of a card, with the names of its joints and of those that it drives."""
        self.sources = [(term.topic, term.kind.read[term.frame or next(iter(term.kind.read))]) for term in terms]
        columns = [(term, name) for term in terms for name in entries(term.name, joints, actions)]
        self._offset = np.array([_value(term.offset, name, 0.0) for term, name in columns])
        self._scale = np.array([_value(term.scale, name, 1.0) for term, name in columns])
        ranges = [_range(term.clip, name) for term, name in columns]
        self._low, self._high = np.array(ranges).T
        self._has_range = bool(np.isfinite(ranges).any())
        self._is_identity = not self._offset.any() and (self._scale == 1.0).all() and not self._has_range

    def read(self, samples: Mapping[str, Any]) -> Float64:
        """Read samples by topic, joints in the card's order; returns (n_values,), or (n, n_values) for n robots."""
        return np.array([value for topic, read in self.sources for value in read(samples[topic])]).T

    def scaled(self, frames: Float64) -> Float64:
        """Scale frames (..., n_values); returns them as they are if the card asks for nothing."""
        if self._is_identity:
            return frames
        frames = frames - self._offset
        if self._has_range:
            frames = np.clip(frames, self._low, self._high)
        scaled: Float64 = frames * self._scale
        return scaled

    def unscaled(self, frames: Float64) -> Float64:
        """Frames (..., n_values) before scaling; clipped values stay so, and what is scaled by 0 is the offset."""
        unscaled: Float64 = frames / np.where(self._scale == 0.0, 1.0, self._scale) + self._offset
        return unscaled


def _value(values: Values | None, name: str, default: float) -> float:
    return default if values is None else values[name] if isinstance(values, dict) else values


def _range(ranges: Ranges | None, name: str) -> tuple[float, float]:
    return (ranges or {}).get(name, (-math.inf, math.inf))
