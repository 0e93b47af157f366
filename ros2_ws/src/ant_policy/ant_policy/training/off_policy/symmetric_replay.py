"""Replay buffers that show each transition as one of the robot's symmetries has it."""

from typing import Any

import numpy as np
import torch
from stable_baselines3.common.buffers import NStepReplayBuffer, ReplayBuffer
from stable_baselines3.common.type_aliases import ReplayBufferSamples

from ant_policy.tasks.jump.symmetry import move_symmetries, symmetries


class SymmetricReplayBuffer(ReplayBuffer):
    """Turns and mirrors what it samples, each transition by a symmetry of its own.

    Eight times the data, and a policy that learns the same with each leg (Abdolhosseini et al., On Learning Symmetric
    Locomotion, 2019, "duplicate tuples").
    """

    def __init__(self, *args: Any, features: str, **kwargs: Any) -> None:
        """Make an SB3 buffer.

        Args:
            args: SB3's.
            features: what the observations are, a name of `ant_policy.tasks.jump.features.FEATURES`.
            kwargs: SB3's.
        """
        super().__init__(*args, **kwargs)
        group = symmetries(features)
        self._features = torch.as_tensor(np.array([each.features for each in group]))
        self._actions = torch.as_tensor(np.array([each.actions for each in group]))

    def _get_samples(self, batch_inds: Any, env: Any = None) -> ReplayBufferSamples:
        samples = super()._get_samples(batch_inds, env)
        which = torch.as_tensor(np.random.randint(len(self._features), size=len(batch_inds)))
        features, actions = self._features[which], self._actions[which]
        return samples._replace(
            observations=_change(features, samples.observations),
            next_observations=_change(features, samples.next_observations),
            actions=_change(actions, samples.actions),
        )


class SymmetricMovesReplayBuffer(NStepReplayBuffer):
    """The same for DQN's moves and returns of n steps, with the symmetries that make moves of moves."""

    def __init__(self, *args: Any, features: str, **kwargs: Any) -> None:
        """Make an SB3 buffer.

        Args:
            args: SB3's.
            features: what the observations are, a name of `ant_policy.tasks.jump.features.FEATURES`.
            kwargs: SB3's.
        """
        super().__init__(*args, **kwargs)
        self._features, self._moves = move_symmetries(features)
        self._drawn = self._features[:0]

    def _get_samples(self, batch_inds: Any, env: Any = None) -> ReplayBufferSamples:
        which = np.random.randint(len(self._features), size=len(batch_inds))
        self._drawn = self._features[which]
        samples = super()._get_samples(batch_inds, env)
        moves = self._moves[which[:, None], samples.actions.numpy()]
        return samples._replace(actions=torch.as_tensor(moves))

    def _normalize_obs(self, obs: Any, env: Any = None) -> Any:
        # Observations are mirrored as they are: normalised, the robot's two sides need not look the same.
        return super()._normalize_obs(np.matmul(self._drawn, obs[:, :, None])[:, :, 0], env)


def _change(matrices: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return torch.matmul(matrices, values[:, :, None])[:, :, 0]
