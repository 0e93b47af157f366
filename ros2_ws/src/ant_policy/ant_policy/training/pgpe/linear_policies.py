"""Linear policies, which the solutions of a PGPE search parametrise, and the normalisation of their features."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.observation import Normalisation
from ant_policy.observation.feature_registry import feature_count
from ant_policy.policies.mlp import Layer
from ant_policy.tasks.symmetry import equivariant_maps, symmetries

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


class LinearPolicies:
    """Family of linear policies on normalised features.

    Attributes:
        features: name of the features, as on a card.
        inputs: number of features.
        shape: of a policy's matrix, n_action, n_features + 1.
        symmetric: whether policies are equivariant: a turned or mirrored state gets the turned or mirrored action.
        size: number of parameters of a solution.
    """

    def __init__(
        self, features: str | None, *, symmetric: bool, observation_size: int = 27, action_size: int = 8
    ) -> None:
        self.features = features
        self.inputs = feature_count(features, observation_size)
        self.symmetric = symmetric
        self.shape = action_size, self.inputs + 1
        self.size = action_size * self.shape[1]
        # Each weight of a symmetric policy is plus or minus one parameter, or 0.
        self._maps: Float32 | None = None
        if symmetric:
            assert features is not None
            maps = equivariant_maps(features)
            self.size = len(maps)
            self._maps = maps.reshape(self.size, -1)

    def matrices(self, solutions: Float32) -> Float32:
        """Weights, with the biases as last column, (n, n_action, n_features + 1) of solutions (n, size)."""
        entries = solutions if self._maps is None else solutions @ self._maps
        return entries.reshape(-1, *self.shape)

    def solution(self, matrix: Float32) -> Float32:
        """Solution (size,) of a matrix (n_action, n_features + 1), which is to be symmetric if policies are."""
        entries = matrix.ravel()
        return entries if self._maps is None else entries[(self._maps != 0.0).argmax(axis=1)]

    def layer(self, solution: Float32) -> Layer:
        """Network layer of a solution (size,)."""
        (matrix,) = self.matrices(solution[None])
        return Layer(matrix[:, :-1].copy(), matrix[:, -1].copy())


def act_linearly(matrices: Float32, features: Float32, normalisation: Normalisation | None) -> Float32:
    """Actions (n, n_action) in [-1, 1] of n policies, or one for all, for the features (n, n_features)."""
    x = features
    if normalisation is not None:
        mean, std = (np.array(values, dtype=np.float32) for values in (normalisation.mean, normalisation.std))
        clip = np.float32(normalisation.clip)
        x = np.clip((features - mean) / std, -clip, clip)
    actions: Float32 = np.matmul(matrices[:, :, :-1], x[:, :, None])[:, :, 0] + matrices[:, :, -1]
    return np.clip(actions, -1.0, 1.0)


class RunningNormalisation:
    """Running mean and standard deviation of features, symmetrised for symmetric policies."""

    def __init__(self, clip: float, policies: LinearPolicies) -> None:
        """Start with mean 0 and standard deviation 1."""
        self._clip = clip
        self._group = []
        if policies.symmetric and policies.features is not None:
            self._group = [each.features.astype(np.float64) for each in symmetries(policies.features)]
        self.count = 0.0
        self.total: Float64 = np.zeros(policies.inputs)
        self.total_of_squares: Float64 = np.zeros_like(self.total)

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
            size = len(self.total)
            return Normalisation((0.0,) * size, (1.0,) * size, self._clip)
        mean, squares = self.total / self.count, self.total_of_squares / self.count
        if self._group:
            mean = np.mean([matrix @ mean for matrix in self._group], axis=0)
            squares = np.mean([np.abs(matrix) @ squares for matrix in self._group], axis=0)
        variance = np.maximum(squares - mean**2, 1e-4)
        return Normalisation(tuple(mean.tolist()), tuple(np.sqrt(variance).tolist()), self._clip)
