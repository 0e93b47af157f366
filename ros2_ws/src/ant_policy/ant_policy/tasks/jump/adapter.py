"""Policies on the observations and actions of an environment, matched by the names on their cards."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card
from ant_policy.errors import CardError
from ant_policy.policies.interface import Policy

Float64 = NDArray[np.float64]
Act = Callable[[Float64], Any]
"""Function from observations (n, n_observation) of n environments to their actions."""


class PolicyAdapter:
    """Policy called with an environment's order of terms and joints and its scale of actions."""

    def __init__(self, policy: Policy, own: Card) -> None:
        """Match the policy's card with `own`, that of the environment.

        Raises:
            CardError: the card is for other joints or terms, another interface, other moves or another control period.
        """
        card = policy.card
        _check(card, own)
        self._policy = policy
        self._columns = _columns(card, own)
        joints, action = own.action.joints, card.action
        scale = np.array([own.action.scale[name] for name in joints])
        self._order = [action.joints.index(name) for name in joints]
        self._scale = np.array([action.scale[name] for name in joints]) / scale
        offsets = ((action.offset or {}).get(name, 0.0) - (own.action.offset or {}).get(name, 0.0) for name in joints)
        self._offset = np.array([*offsets]) / scale

    def act(self, observations: Float64) -> Float64:
        """Actions (n, n_action) in [-1, 1] for observations (n, n_observation), both in the environment's order."""
        actions = np.array([self._policy.act(observation) for observation in observations[:, self._columns]])
        controls: Float64 = actions[:, self._order] * self._scale
        return controls + self._offset if self._offset.any() else controls


def _columns(card: Card, own: Card) -> Any:
    """Indices into the environment's observation that give the card's observation."""
    forms = [(each.observation.terms, each.observation.history, each.layout) for each in (card, own)]
    if forms[0] == forms[1]:
        return slice(None)
    found, known = ([(term, name) for term, _, names in each.layout for name in names] for each in (card, own))
    if card.observation.has_history or own.observation.has_history or any(value not in known for value in found):
        names = ", ".join(term.name for term in own.observation.terms)
        raise CardError(f"card: field 'observation.terms': expected the environment's, scaled as there: {names}")
    return [known.index(value) for value in found]


def _check(card: Card, own: Card) -> None:
    for field, found, expected in (
        ("joints.names", card.joints.names, own.joints.names),
        ("action.joints", card.action.joints, own.action.joints),
    ):
        if set(found) != set(expected):
            raise CardError(
                f"card: field '{field}': expected {', '.join(expected)} in any order, found {', '.join(found)}; for "
                "another robot give an environment of its own (--env)"
            )
    if card.action.interface != own.action.interface:
        raise CardError(
            f"card: field 'action.interface': expected {own.action.interface}, found {card.action.interface}"
        )
    if own.action.moves is not None and card.action.moves != own.action.moves:
        raise CardError("card: field 'action.moves': expected those of the environment, found others")
    if not math.isclose(card.control_period, own.control_period, rel_tol=1e-6):
        raise CardError(
            f"card: field 'control_period': expected {own.control_period:g} s, found {card.control_period:g} s"
        )
