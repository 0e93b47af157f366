"""The policies: objects with a card and one method, `act`.

Each rounds its observation to float32 first and gives a fresh float32 array, so that a policy
behaves the same wherever it is run. Seeds and determinism are given when a policy is made.
"""

import math
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.card import Card
from ant_policy.card.parts import ACTION_SIZE, OBSERVATION_SIZE, Observation
from ant_policy.observation.features import features_of
from ant_policy.policies.mlp import Float32, Mlp

LOG_STD_RANGE = (-20.0, 2.0)
"""Limits of the logarithm of SAC's standard deviation, as in stable_baselines3.sac.policies."""


class Policy(Protocol):
    """What the policy node, the evaluation and everybody else runs."""

    @property
    def card(self) -> Card:
        """The policy's contract."""
        ...

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action.

        Args:
            observation: (27,) stacked as the card's `observation` says.

        Returns:
            (8,) float32 in [-1, 1], in the order of the card's `action.joints`; a fresh array.

        Raises:
            ValueError: the observation has another shape.
        """
        ...


class _Input:
    """Rounds and checks observations, takes their features and normalises these."""

    def __init__(self, contract: Observation) -> None:
        self._features = contract.features
        self._scaling: tuple[Float32, Float32, float] | None = None
        normalisation = contract.normalisation
        if normalisation is not None:
            mean = np.array(normalisation.mean, dtype=np.float32)
            std = np.array(normalisation.std, dtype=np.float32)
            clip = normalisation.clip
            self._scaling = mean, std, math.inf if clip is None else clip

    def __call__(self, observation: ArrayLike) -> Float32:
        x = np.asarray(observation, dtype=np.float32)
        if x.shape != (OBSERVATION_SIZE,):
            raise ValueError(f"observation: expected shape ({OBSERVATION_SIZE},), found {x.shape}")
        x = features_of(self._features, x)
        if self._scaling is not None:
            mean, std, clip = self._scaling
            x = np.clip((x - mean) / std, -clip, clip)
        return x


class SacPolicy:
    """SB3's SAC actor: the tanh of a Gaussian's mean, or of a sample of it."""

    def __init__(self, card: Card, network: Mlp, *, deterministic: bool = True, seed: int = 0) -> None:
        """Make the policy.

        Args:
            card: its contract.
            network: from the features to mean (8,) and logarithm of the standard
                deviation (8,) of the action before the tanh, one after the other (16,).
            deterministic: act by the mean.
            seed: seed of the samples.
        """
        self.card = card
        self._input = _Input(card.observation)
        self.network = network
        self._rng = None if deterministic else np.random.default_rng(seed)

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        output = self.network(self._input(observation))
        action = output[:ACTION_SIZE]
        if self._rng is not None:
            std = np.exp(np.clip(output[ACTION_SIZE:], *LOG_STD_RANGE))
            action += std * self._rng.standard_normal(ACTION_SIZE, dtype=np.float32)
        return np.tanh(action)


class DqnPolicy:
    """SB3's DQN: the move of the card with the greatest value, or now and then a random one."""

    def __init__(self, card: Card, network: Mlp, *, exploration_rate: float = 0.0, seed: int = 0) -> None:
        """Make the policy.

        Args:
            card: its contract, with moves.
            network: from the features to the value of each move (n_moves,).
            exploration_rate: probability of a random move; 0 makes the policy deterministic.
            seed: seed of the random moves.
        """
        self.card = card
        self._input = _Input(card.observation)
        self.network = network
        self._moves = np.array(card.action.moves, dtype=np.float32)
        self._exploration_rate = exploration_rate
        self._rng = np.random.default_rng(seed)

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        x = self._input(observation)
        if self._exploration_rate > 0.0 and self._rng.random() < self._exploration_rate:
            move = self._rng.integers(len(self._moves))
        else:
            move = np.argmax(self.network(x))
        return np.array(self._moves[move])


class PgpePolicy:
    """A network found by PGPE, usually linear; its output is clipped to [-1, 1]."""

    def __init__(self, card: Card, network: Mlp) -> None:
        """Make the policy.

        Args:
            card: its contract.
            network: from the normalised features to the action (8,).
        """
        self.card = card
        self._input = _Input(card.observation)
        self.network = network

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        return np.clip(self.network(self._input(observation)), -1.0, 1.0)


class ZeroPolicy:
    """Never moves a joint."""

    def __init__(self, card: Card) -> None:
        """Make the policy.

        Args:
            card: its contract.
        """
        self.card = card
        self._input = _Input(card.observation)

    def act(self, observation: ArrayLike) -> Float32:
        """Choose no action; see `Policy.act`."""
        self._input(observation)
        return np.zeros(ACTION_SIZE, dtype=np.float32)


class RandomPolicy:
    """Draws every action from the uniform distribution over [-1, 1)."""

    def __init__(self, card: Card, *, seed: int = 0) -> None:
        """Make the policy.

        Args:
            card: its contract.
            seed: seed of the actions.
        """
        self.card = card
        self._input = _Input(card.observation)
        self._rng = np.random.default_rng(seed)

    def act(self, observation: ArrayLike) -> Float32:
        """Draw an action; see `Policy.act`."""
        self._input(observation)
        return self._rng.uniform(-1.0, 1.0, ACTION_SIZE).astype(np.float32)
