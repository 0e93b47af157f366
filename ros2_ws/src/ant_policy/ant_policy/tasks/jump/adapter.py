"""Policies on the observations and actions of `CustomAntEnv-v1`, matched by the names on their cards."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card, default_card
from ant_policy.errors import CardError
from ant_policy.policies.interface import Policy

Float64 = NDArray[np.float64]
Act = Callable[[Float64], Any]
"""Function from observations (n, n_observation) of n environments to their actions."""


class PolicyAdapter:
    """Policy on the Ant, called with its own order of terms and joints and its own action scale."""

    def __init__(self, policy: Policy, own: Card | None = None) -> None:
        """Match the policy's card with `own`, that of the Ant.

        Raises:
            CardError: the card is for other joints or another control period.
        """
        own, card = own or default_card("zero"), policy.card
        _check(card, own)
        self._policy = policy
        self._columns = _columns(card, own)
        self._order = [card.action.joints.index(name) for name in own.action.joints]
        self._scale = np.array([card.action.scale[name] / own.action.scale[name] for name in own.action.joints])

    def act(self, observations: Float64) -> Float64:
        """Controls (n, 8) in [-1, 1], actuator order, for observations (n, 27) of the environment."""
        actions = np.array([self._policy.act(observation) for observation in observations[:, self._columns]])
        controls: Float64 = actions[:, self._order] * self._scale
        return controls


def _columns(card: Card, own: Card) -> list[int]:
    """Indices into the environment's observation that give the card's observation."""
    sizes = own.observation.sizes(own.joints.names, own.action.joints)
    starts = dict(zip(sizes, np.cumsum([0, *sizes.values()]).tolist(), strict=False))
    joints = [own.joints.names.index(name) for name in card.joints.names]
    return [
        starts[term.name] + offset
        for term in card.observation.terms
        for offset in (joints if term.name.startswith("joint_") else range(sizes[term.name]))
    ]


def _check(card: Card, own: Card) -> None:
    if any(term not in own.observation.terms for term in card.observation.terms) or card.observation.history > 1:
        names = ", ".join(term.name for term in own.observation.terms)
        raise CardError(
            f"card: field 'observation.terms': expected the environment's, unscaled: {names}; for another robot give "
            "an environment of its own (--env)"
        )
    for field, found, expected in (
        ("action.joints", card.action.joints, own.action.joints),
        ("joints.names", card.joints.names, own.joints.names),
    ):
        if set(found) != set(expected):
            raise CardError(
                f"card: field '{field}': expected {', '.join(expected)} in any order, found {', '.join(found)}"
            )
    if not math.isclose(card.control_period, own.control_period):
        raise CardError(
            f"card: field 'control_period': expected {own.control_period:g} s, found {card.control_period:g} s"
        )
