"""Interface of a policy, and preparation of its observation."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.card import Card
from ant_policy.observation.feature_registry import features_of
from ant_policy.policies.mlp import Float32


class Policy(Protocol):
    """Policy as the policy node and the evaluation run it; seed and determinism are given when it is made."""

    @property
    def card(self) -> Card:
        """The policy's contract."""
        ...

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action.

        Args:
            observation: (n_observation,) stacked as the card's `observation` says; rounded to float32 first, so that
                the action is the same wherever the policy runs.

        Returns:
            (n_action,) float32 in the order of the card's `action.joints`, in [-1, 1] unless the card's output is
            none; a fresh array.

        Raises:
            ValueError: the observation has another shape.
        """
        ...

    def reset(self) -> None:
        """Forget what the policy remembers of earlier observations, at the start of an episode."""
        ...


def rounded(observation: ArrayLike, size: int) -> Float32:
    """Observation (size,) in float32.

    Raises:
        ValueError: the observation has another shape.
    """
    x = np.asarray(observation, dtype=np.float32)
    if x.shape != (size,):
        raise ValueError(f"observation: expected shape ({size},), found {x.shape}")
    return x


class NetworkInput:
    """Input of a network: the features of an observation, normalised as the card says."""

    def __init__(self, card: Card) -> None:
        """Take the features and the normalisation of a card's observation."""
        self._size = card.observation_size
        self._features = card.observation.features
        self._scaling: tuple[Float32, Float32, float] | None = None
        normalisation = card.observation.normalisation
        if normalisation is not None:
            mean = np.array(normalisation.mean, dtype=np.float32)
            std = np.array(normalisation.std, dtype=np.float32)
            self._scaling = mean, std, math.inf if normalisation.clip is None else normalisation.clip

    def __call__(self, observation: ArrayLike) -> Float32:
        """Compute the input (n_features,) from an observation (n_observation,)."""
        x = features_of(self._features, rounded(observation, self._size))
        if self._scaling is not None:
            mean, std, clip = self._scaling
            x = np.clip((x - mean) / std, -clip, clip)
        return x
