"""Interface of a policy, an object with a card and one method, `act`; and preparation of its observation."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.card import Card
from ant_policy.card.parts import OBSERVATION_SIZE, Observation
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
            observation: (27,) stacked as the card's `observation` says; rounded to float32 first, so that the action
                is the same wherever the policy runs.

        Returns:
            (8,) float32 in [-1, 1], in the order of the card's `action.joints`; a fresh array.

        Raises:
            ValueError: the observation has another shape.
        """
        ...


def rounded(observation: ArrayLike) -> Float32:
    """Observation (27,) in float32.

    Raises:
        ValueError: the observation has another shape.
    """
    x = np.asarray(observation, dtype=np.float32)
    if x.shape != (OBSERVATION_SIZE,):
        raise ValueError(f"observation: expected shape ({OBSERVATION_SIZE},), found {x.shape}")
    return x


class NetworkInput:
    """Input of a network: the features of an observation, normalised as the card says."""

    def __init__(self, contract: Observation) -> None:
        """Take the features and the normalisation of a card's observation."""
        self._features = contract.features
        self._scaling: tuple[Float32, Float32, float] | None = None
        normalisation = contract.normalisation
        if normalisation is not None:
            mean = np.array(normalisation.mean, dtype=np.float32)
            std = np.array(normalisation.std, dtype=np.float32)
            self._scaling = mean, std, math.inf if normalisation.clip is None else normalisation.clip

    def __call__(self, observation: ArrayLike) -> Float32:
        """Compute the input (n_features,) from an observation (27,)."""
        x = features_of(self._features, rounded(observation))
        if self._scaling is not None:
            mean, std, clip = self._scaling
            x = np.clip((x - mean) / std, -clip, clip)
        return x
