"""Policies with a network in numpy; the card says what is done to its output."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.card import Card
from ant_policy.observation.feature_registry import features_of
from ant_policy.policies.interface import rounded
from ant_policy.policies.mlp import Float32, Mlp

LOG_STD_RANGE = (-20.0, 2.0)
"""Limits of the logarithm of the standard deviation, as in stable_baselines3.sac.policies."""


def finish(output: str, outputs: Any, xp: Any = np) -> Any:
    """Actions (..., n) of the outputs of a network, or values of the moves for argmax.

    Args:
        output: of the card: none, tanh, clip or argmax.
        outputs: (..., n) arrays or tensors.
        xp: library of the arrays, numpy or torch.
    """
    if output == "tanh":
        return xp.tanh(outputs)
    return xp.clip(outputs, -1.0, 1.0) if output == "clip" else outputs


class NetworkPolicy:
    """A multilayer perceptron whose outputs are the action, or the values of the card's moves.

    With twice as many outputs as actions, the second half is the logarithm of a Gaussian's standard deviation.
    """

    def __init__(self, card: Card, network: Mlp, *, deterministic: bool = True, seed: int = 0) -> None:
        """Make the policy.

        Args:
            card: its contract.
            network: from the features to the outputs.
            deterministic: take the mean or the best move; otherwise sample a Gaussian, or explore at the card's
                `exploration_rate`.
            seed: seed of the samples.
        """
        self.card = card
        self.network = network
        self._normalisation: tuple[Float32, Float32, float] | None = None
        if (given := card.observation.normalisation) is not None:
            mean, std = (np.array(values, dtype=np.float32) for values in (given.mean, given.std))
            self._normalisation = mean, std, math.inf if given.clip is None else given.clip
        self._output = card.policy.output
        self._size = card.action_size
        self._moves = None if card.action.moves is None else np.array(card.action.moves, dtype=np.float32)
        self._exploration_rate = card.action.exploration_rate or 0.0
        self._has_std = self._moves is None and len(network.layers[-1].bias) == 2 * self._size
        self._rng = None if deterministic else np.random.default_rng(seed)

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        x = self._input(observation)
        if self._moves is not None:
            if self._rng is not None and self._rng.random() < self._exploration_rate:
                return np.array(self._moves[self._rng.integers(len(self._moves))])
            return np.array(self._moves[np.argmax(self.network(x))])
        outputs: Any = self.network(x)
        if self._has_std:
            outputs, log_std = outputs[: self._size], outputs[self._size :]
            if self._rng is not None:
                std = np.exp(np.clip(log_std, *LOG_STD_RANGE))
                outputs = outputs + std * self._rng.standard_normal(self._size, dtype=np.float32)
        action: Float32 = finish(self._output, outputs)
        return action

    def _input(self, observation: ArrayLike) -> Any:
        """Input (n_features,) of the network for an observation (n_observation,)."""
        x = features_of(self.card.observation.features, rounded(observation, self.card.observation_size))
        if self._normalisation is not None:
            mean, std, clip = self._normalisation
            x = np.clip((x - mean) / std, -clip, clip)
        return x

    def reset(self) -> None:
        """Nothing to forget."""
