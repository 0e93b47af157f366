"""Linear policies, which the solutions of a PGPE search parametrise."""

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.observation import Normalisation
from ant_policy.observation.feature_registry import feature_count
from ant_policy.policies.mlp import Layer
from ant_policy.tasks.jump.symmetry import equivariant_maps

Float32 = NDArray[np.float32]
ACTION_SIZE = 8


class LinearPolicies:
    """Family of linear policies on normalised features.

    Attributes:
        features: name of the features, as on a card.
        symmetric: whether policies are equivariant: a turned or mirrored state gets the turned or mirrored action.
        size: number of parameters of a solution.
    """

    def __init__(self, features: str | None, *, symmetric: bool) -> None:
        """Define the family."""
        self.features = features
        self.symmetric = symmetric
        count = feature_count(features)
        self._shape = ACTION_SIZE, count + 1
        # Each weight of a symmetric policy is plus or minus one parameter, or 0.
        self._maps: Float32 | None = None
        self.size = ACTION_SIZE * (count + 1)
        if symmetric:
            assert features is not None
            maps = equivariant_maps(features)
            self.size = len(maps)
            self._maps = maps.reshape(self.size, -1)

    def matrices(self, solutions: Float32) -> Float32:
        """Weights, with the biases as last column, (n, 8, n_features + 1) of solutions (n, size)."""
        entries = solutions if self._maps is None else solutions @ self._maps
        return entries.reshape(-1, *self._shape)

    def layer(self, solution: Float32) -> Layer:
        """Network layer of a solution (size,)."""
        matrix = self.matrices(solution[None])[0]
        return Layer(matrix[:, :-1].copy(), matrix[:, -1].copy())


def act_linearly(matrices: Float32, features: Float32, normalisation: Normalisation) -> Float32:
    """Actions (n, 8) in [-1, 1] of n policies (or one for all) for the features (n, n_features) of n observations."""
    mean = np.array(normalisation.mean, dtype=np.float32)
    std = np.array(normalisation.std, dtype=np.float32)
    clip = np.float32(normalisation.clip)
    x = np.clip((features - mean) / std, -clip, clip)
    actions: Float32 = np.matmul(matrices[:, :, :-1], x[:, :, None])[:, :, 0] + matrices[:, :, -1]
    return np.clip(actions, -1.0, 1.0)
