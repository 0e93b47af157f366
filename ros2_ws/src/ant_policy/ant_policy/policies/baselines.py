"""Policies without a network, to compare others with."""

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.card import Card
from ant_policy.policies.interface import rounded
from ant_policy.policies.mlp import Float32


class ZeroPolicy:
    """Zero action, always."""

    def __init__(self, card: Card, *, seed: int = 0) -> None:
        """Make the policy; it draws nothing, so that the seed changes nothing."""
        self.card = card

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        rounded(observation, self.card.observation_size)
        return np.zeros(self.card.action_size, dtype=np.float32)

    def reset(self) -> None:
        """Nothing to forget."""


class RandomPolicy(ZeroPolicy):
    """Actions drawn from the uniform distribution over [-1, 1)."""

    def __init__(self, card: Card, *, seed: int = 0) -> None:
        """Make the policy.

        Args:
            card: its contract.
            seed: seed of the actions.
        """
        super().__init__(card)
        self._rng = np.random.default_rng(seed)

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        rounded(observation, self.card.observation_size)
        return self._rng.uniform(-1.0, 1.0, self.card.action_size).astype(np.float32)


BASELINES: dict[str, type[ZeroPolicy]] = {"zero": ZeroPolicy, "random": RandomPolicy}
"""Class by the algorithm of the card."""
