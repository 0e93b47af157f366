"""Normalisation of features by running statistics."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.observation import Normalisation
from ant_policy.observation.feature_registry import feature_count
from ant_policy.tasks.jump.symmetry import symmetries
from ant_policy.training.pgpe.linear_policies import LinearPolicies

Float64 = NDArray[np.float64]


class RunningNormalisation:
    """Running mean and standard deviation of features, symmetrised for symmetric policies."""

    def __init__(self, clip: float, policies: LinearPolicies) -> None:
        """Start with mean 0 and standard deviation 1."""
        self.clip = clip
        self.count = 0.0
        self._size = feature_count(policies.features)
        self._group = []
        if policies.symmetric and policies.features is not None:
            self._group = [each.features.astype(np.float64) for each in symmetries(policies.features)]
        self.total: Float64 = np.zeros(self._size)
        self.total_of_squares: Float64 = np.zeros(self._size)

    def add(self, count: float, total: Float64, total_of_squares: Float64) -> None:
        """Add `count` observations, given the sums (n_features,) of their features and of the squares of these."""
        self.count += count
        self.total += total
        self.total_of_squares += total_of_squares

    def state(self) -> dict[str, Any]:
        """Snapshot for a checkpoint."""
        return {"count": self.count, "total": self.total.copy(), "total_of_squares": self.total_of_squares.copy()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a snapshot."""
        self.count, self.total, self.total_of_squares = state["count"], state["total"], state["total_of_squares"]

    def snapshot(self) -> Normalisation:
        """Current statistics in the form of a card."""
        if self.count == 0.0:
            return Normalisation((0.0,) * self._size, (1.0,) * self._size, self.clip)
        mean = self.total / self.count
        squares = self.total_of_squares / self.count
        if self._group:
            mean = np.mean([matrix @ mean for matrix in self._group], axis=0)
            squares = np.mean([np.abs(matrix) @ squares for matrix in self._group], axis=0)
        variance = np.maximum(squares - mean**2, 1e-4)
        return Normalisation(tuple(mean.tolist()), tuple(np.sqrt(variance).tolist()), self.clip)
