"""Interface of a policy."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.card import Card
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
