"""Policies on the observations and actions of `CustomAntEnv-v1`, matched by the names on their cards."""

import math

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card, default_card
from ant_policy.errors import CardError
from ant_policy.policies.interface import Policy

Float64 = NDArray[np.float64]


class PolicyAdapter:
    """Policy on the Ant, called with its own order of terms and joints and its own action scale."""

    def __init__(self, policy: Policy) -> None:
        """Match the policy's card with the Ant.

        Raises:
            CardError: the card is for other joints or another control period.
        """
        own, card = default_card("zero"), policy.card
        _check(card, own)
        self._policy = policy
        self._columns = _columns(card, own)
        self._order = [card.action.joints.index(name) for name in own.action.joints]
        self._scale = np.array(
            [card.action.effort_scale[name] / own.action.effort_scale[name] for name in own.action.joints]
        )

    def act(self, observations: Float64) -> Float64:
        """Controls (n, 8) in [-1, 1], actuator order, for observations (n, 27) of the environment."""
        actions = np.array([self._policy.act(observation) for observation in observations[:, self._columns]])
        controls: Float64 = actions[:, self._order] * self._scale
        return controls


def _columns(card: Card, own: Card) -> list[int]:
    """Indices into the environment's observation that give the card's observation."""
    starts, start = {}, 0
    for term in own.observation.terms:
        starts[term.name], start = start, start + term.size
    joints = [own.observation.joints.index(name) for name in card.observation.joints]
    return [
        starts[term.name] + offset
        for term in card.observation.terms
        for offset in (joints if term.name.startswith("joint_") else range(term.size))
    ]


def _check(card: Card, own: Card) -> None:
    for part in ("action", "observation"):
        found, expected = getattr(card, part).joints, getattr(own, part).joints
        if set(found) != set(expected):
            raise CardError(
                f"card: field '{part}.joints': expected {', '.join(expected)} in any order, found {', '.join(found)}"
            )
    if not math.isclose(card.control_period, own.control_period):
        raise CardError(
            f"card: field 'control_period': expected {own.control_period:g} s, found {card.control_period:g} s"
        )
