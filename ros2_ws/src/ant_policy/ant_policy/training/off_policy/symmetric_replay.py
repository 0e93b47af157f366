"""Replay buffers that augment transitions by the robot's symmetries.

Each sampled transition is turned or mirrored by a symmetry of its own: eight times the data, and a policy that learns
the same with each leg (Abdolhosseini et al., On Learning Symmetric Locomotion, 2019, "duplicate tuples").
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.buffers import NStepReplayBuffer, ReplayBuffer

from ant_policy.tasks.jump.symmetry import move_symmetries, symmetries
from ant_policy.tasks.symmetry import Floats


class SymmetricReplayBuffer(ReplayBuffer):
    """Replay buffer of SAC that uses all eight symmetries."""

    def __init__(self, *args: Any, features: str, **kwargs: Any) -> None:
        """Create an SB3 buffer; `features` names what the observations hold."""
        super().__init__(*args, **kwargs)
        group = symmetries(features)
        self._features = _SignedPermutations(np.array([each.features for each in group]))
        self._actions = _SignedPermutations(np.array([each.actions for each in group]))

    def _get_samples(self, batch_inds: Any, env: Any = None) -> Any:
        samples = super()._get_samples(batch_inds, env)
        drawn = np.random.randint(len(self._features), size=len(samples.actions))
        return samples._replace(
            observations=torch.from_numpy(self._features.apply(drawn, samples.observations.numpy())),
            next_observations=torch.from_numpy(self._features.apply(drawn, samples.next_observations.numpy())),
            actions=torch.from_numpy(self._actions.apply(drawn, samples.actions.numpy())),
        )


class SymmetricMovesReplayBuffer(NStepReplayBuffer):
    """Replay buffer of DQN that uses the symmetries which map moves to moves."""

    def __init__(self, *args: Any, features: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        matrices, self._moves = move_symmetries(features)
        self._features = _SignedPermutations(matrices)
        self._drawn = np.zeros(0, dtype=np.int64)

    def _get_samples(self, batch_inds: Any, env: Any = None) -> Any:
        self._drawn = np.random.randint(len(self._features), size=len(batch_inds))
        samples = super()._get_samples(batch_inds, env)
        moves = self._moves[self._drawn[:, None], samples.actions.numpy()]
        return samples._replace(actions=torch.as_tensor(moves))

    def _normalize_obs(self, obs: Any, env: Any = None) -> Any:
        # Mirrored before the normalisation, whose statistics need not be symmetric.
        return super()._normalize_obs(self._features.apply(self._drawn, obs), env)


class _SignedPermutations:
    """Matrices (k, n, n) with one entry of 1 or -1 in each row."""

    def __init__(self, matrices: Floats) -> None:
        self._sources, self._signs = np.abs(matrices).argmax(axis=2), matrices.sum(axis=2)

    def __len__(self) -> int:
        return len(self._signs)

    def apply(self, drawn: NDArray[np.int64], vectors: Floats) -> Floats:
        """Multiply vectors (m, n) by the matrices with the numbers `drawn` (m,)."""
        product: Floats = np.take_along_axis(vectors, self._sources[drawn], axis=1) * self._signs[drawn]
        return product
