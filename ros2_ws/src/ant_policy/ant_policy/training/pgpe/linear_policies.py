"""Linear policies, what the solutions of PGPE's search stand for; many act at a time."""

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.parts import ACTION_SIZE, Normalisation
from ant_policy.observation.features import feature_count
from ant_policy.policies.mlp import Layer
from ant_policy.tasks.jump.symmetry import equivariant_maps

Float32 = NDArray[np.float32]


class LinearPolicies:
    """What solutions stand for: linear policies on normalised features, all of them or those that are symmetric.

    Attributes:
        features: what the policies see of the observations, as a card names it.
        symmetric: whether they are the same for each leg: turned or mirrored states get the turned or mirrored action.
        size: numbers of a solution.
    """

    def __init__(self, features: str | None, *, symmetric: bool) -> None:
        """All policies on these features, or all symmetric ones."""
        self.features = features
        self.symmetric = symmetric
        count = feature_count(features)
        self._shape = ACTION_SIZE, count + 1
        # A symmetric policy's every weight is a number of the solution, or minus it, or 0.
        self._maps: Float32 | None = None
        self.size = ACTION_SIZE * (count + 1)
        if symmetric:
            assert features is not None
            maps = equivariant_maps(features)
            self.size = len(maps)
            self._maps = maps.reshape(self.size, -1)

    def matrices(self, solutions: Float32) -> Float32:
        """Weights and, in the last column, biases (n, 8, n_features + 1) of solutions (n, size)."""
        entries = solutions if self._maps is None else solutions @ self._maps
        return entries.reshape(-1, *self._shape)

    def layer(self, solution: Float32) -> Layer:
        """The layer that a solution (size,) stands for."""
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
