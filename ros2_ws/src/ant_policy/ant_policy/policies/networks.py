"""Policies with a network; each class says what its outputs mean."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.card import Card
from ant_policy.card.parts import ACTION_SIZE
from ant_policy.policies.interface import NetworkInput
from ant_policy.policies.mlp import Float32, Mlp

LOG_STD_RANGE = (-20.0, 2.0)
"""Limits of the logarithm of SAC's standard deviation, as in stable_baselines3.sac.policies."""


class NetworkPolicy(ABC):
    """A policy whose action is made of the outputs of a network."""

    def __init__(self, card: Card, network: Mlp, *, deterministic: bool = True, seed: int = 0) -> None:
        """Make the policy.

        Args:
            card: its contract.
            network: from the features to the outputs.
            deterministic: take the best action instead of sampling.
            seed: seed of the samples.
        """
        self.card = card
        self.network = network
        self._input = NetworkInput(card.observation)
        self._rng = None if deterministic else np.random.default_rng(seed)

    @staticmethod
    def n_outputs(card: Card) -> int:
        """Number of outputs of the network for a card."""
        return ACTION_SIZE

    @staticmethod
    @abstractmethod
    def result(outputs: Any, xp: Any = np) -> Any:
        """Actions (..., 8) or values of the moves (..., n_moves), of outputs of the library `xp`, numpy or torch."""

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        action: Float32 = self.result(self.network(self._input(observation)))
        return action


class SacPolicy(NetworkPolicy):
    """SB3's SAC actor: the tanh of a Gaussian's mean, or of a sample of it.

    Outputs are the mean (8,) and the logarithm of the standard deviation (8,) before the tanh.
    """

    @staticmethod
    def n_outputs(card: Card) -> int:
        """Number of outputs of the network for a card."""
        return 2 * ACTION_SIZE

    @staticmethod
    def result(outputs: Any, xp: Any = np) -> Any:
        """Actions (..., 8) of the means."""
        return xp.tanh(outputs[..., :ACTION_SIZE])

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        if self._rng is None:
            return super().act(observation)
        outputs = self.network(self._input(observation))
        std = np.exp(np.clip(outputs[ACTION_SIZE:], *LOG_STD_RANGE))
        sample = outputs[:ACTION_SIZE] + std * self._rng.standard_normal(ACTION_SIZE, dtype=np.float32)
        return np.tanh(sample)


class DqnPolicy(NetworkPolicy):
    """SB3's DQN: the move of greatest value, or a random one at the card's `exploration_rate` unless deterministic."""

    def __init__(self, card: Card, network: Mlp, *, deterministic: bool = True, seed: int = 0) -> None:
        """Make the policy; see `NetworkPolicy`."""
        super().__init__(card, network, deterministic=deterministic, seed=seed)
        self._moves = np.array(card.action.moves, dtype=np.float32)
        self._exploration_rate = card.action.exploration_rate or 0.0

    @staticmethod
    def n_outputs(card: Card) -> int:
        """Number of outputs of the network for a card."""
        return len(card.action.moves or ())

    @staticmethod
    def result(outputs: Any, xp: Any = np) -> Any:
        """Values of the moves (..., n_moves)."""
        return outputs

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        x = self._input(observation)
        if self._rng is not None and self._rng.random() < self._exploration_rate:
            move = self._rng.integers(len(self._moves))
        else:
            move = np.argmax(self.network(x))
        return np.array(self._moves[move])


class PgpePolicy(NetworkPolicy):
    """A network found by PGPE, usually linear; its output is clipped to [-1, 1]."""

    @staticmethod
    def result(outputs: Any, xp: Any = np) -> Any:
        """Actions (..., 8)."""
        return xp.clip(outputs, -1.0, 1.0)


NETWORK_POLICIES: dict[str, type[NetworkPolicy]] = {"sac": SacPolicy, "dqn": DqnPolicy, "pgpe": PgpePolicy}
"""Class by the algorithm of the card."""
