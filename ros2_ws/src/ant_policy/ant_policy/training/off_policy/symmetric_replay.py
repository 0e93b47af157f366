"""Replay buffers that augment transitions by the robot's symmetries.

Each sampled transition is turned or mirrored by a symmetry of its own: eight times the data, and a policy that learns
the same with each leg (Abdolhosseini et al., On Learning Symmetric Locomotion, 2019, "duplicate tuples").
"""

from typing import Any

import numpy as np
import torch
from stable_baselines3.common.buffers import NStepReplayBuffer, ReplayBuffer

from ant_policy.tasks.jump.symmetry import move_symmetries, symmetries


class SymmetricReplayBuffer(ReplayBuffer):
    """Replay buffer of SAC that uses all eight symmetries."""

    def __init__(self, *args: Any, features: str, **kwargs: Any) -> None:
        """Create an SB3 buffer; `features` names what the observations hold."""
        super().__init__(*args, **kwargs)
        group = symmetries(features)
        self._features = torch.as_tensor(np.array([each.features for each in group]))
        self._actions = torch.as_tensor(np.array([each.actions for each in group]))

    def _get_samples(self, batch_inds: Any, env: Any = None) -> Any:
        samples = super()._get_samples(batch_inds, env)
        drawn = torch.as_tensor(np.random.randint(len(self._features), size=len(samples.actions)))
        features, actions = self._features[drawn], self._actions[drawn]
        return samples._replace(
            observations=_apply(features, samples.observations),
            next_observations=_apply(features, samples.next_observations),
            actions=_apply(actions, samples.actions),
        )


class SymmetricMovesReplayBuffer(NStepReplayBuffer):
    """Replay buffer of DQN that uses the symmetries which map moves to moves."""

    def __init__(self, *args: Any, features: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._features, self._moves = move_symmetries(features)
        self._drawn = np.zeros(0, dtype=np.int64)

    def _get_samples(self, batch_inds: Any, env: Any = None) -> Any:
        self._drawn = np.random.randint(len(self._features), size=len(batch_inds))
        samples = super()._get_samples(batch_inds, env)
        moves = self._moves[self._drawn[:, None], samples.actions.numpy()]
        return samples._replace(actions=torch.as_tensor(moves))

    def _normalize_obs(self, obs: Any, env: Any = None) -> Any:
        # Mirrored before the normalisation, whose statistics need not be symmetric.
        return super()._normalize_obs(np.matmul(self._features[self._drawn], obs[:, :, None])[:, :, 0], env)


def _apply(matrices: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return torch.matmul(matrices, values[:, :, None])[:, :, 0]
