"""A policy on the model itself, without ROS: states and commands go over by the card's names, as in the policy node."""

import math

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card, default_card
from ant_policy.errors import CardError
from ant_policy.observation.builder import BaseSample, JointSample, ObservationBuilder
from ant_policy.policies.policies import Policy
from ant_sim import AntSimulator, AntState


class PolicyOnModel:
    """Answers states of the simulator with controls for it."""

    def __init__(self, policy: Policy, simulator: AntSimulator) -> None:
        """Match the card with the model.

        Raises:
            CardError: the card is for other joints or another control period than the model's.
        """
        _check(policy.card, simulator)
        action = policy.card.action
        self._policy = policy
        self._builder = ObservationBuilder(policy.card.observation)
        self._joint_names = simulator.joint_names
        self._order = [action.joints.index(name) for name in simulator.actuator_joints]
        scale = np.array([action.effort_scale[name] for name in simulator.actuator_joints])
        self._ctrl_per_action = scale / simulator.gears

    def ctrl(self, state: AntState) -> NDArray[np.float64]:
        """Controls (8,), actuator order, that the policy answers a state with."""
        action = self._policy.act(self._builder.build(*_samples(state, self._joint_names)))
        ctrl: NDArray[np.float64] = action[self._order] * self._ctrl_per_action
        return ctrl


def check_layout(card: Card) -> None:
    """Refuse a policy that cannot be given the environment's observations and actions as they are.

    Raises:
        CardError: its card has joints, terms or scales in another way than `CustomAntEnv-v1`.
    """
    own = default_card(card.algorithm)
    for name, found, expected in (
        ("observation.joints", card.observation.joints, own.observation.joints),
        ("observation.terms", *([term.name for term in each.observation.terms] for each in (card, own))),
        ("action.joints", card.action.joints, own.action.joints),
        ("action.effort_scale", card.action.effort_scale, own.action.effort_scale),
        ("control_period", card.control_period, own.control_period),
    ):
        if found != expected:
            raise CardError(
                f"card: field '{name}': expected the environment's own, {expected}, found {found}; "
                "python -m ant_policy.evaluate takes it"
            )


def _check(card: Card, simulator: AntSimulator) -> None:
    if set(card.action.joints) != set(simulator.joint_names):
        raise CardError(
            f"card: field 'action.joints': expected {', '.join(simulator.actuator_joints)} "
            f"in any order, found {', '.join(card.action.joints)}"
        )
    if not math.isclose(card.control_period, simulator.control_period):
        raise CardError(
            f"card: field 'control_period': expected {simulator.control_period:g} s, found {card.control_period:g} s"
        )


def _samples(state: AntState, joint_names: tuple[str, ...]) -> tuple[JointSample, BaseSample]:
    """Say the state as a robot's driver would."""
    w, x, y, z = state.torso_quaternion
    rate_x, rate_y, rate_z = state.torso_angular_velocity_b
    return (
        JointSample(0, joint_names, state.joint_positions, state.joint_velocities),
        BaseSample(
            0,
            state.torso_position_w[2],
            (w, x, y, z),
            state.torso_velocity_b,
            (rate_x, rate_y, rate_z),
        ),
    )
