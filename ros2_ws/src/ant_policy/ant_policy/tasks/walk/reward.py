"""Reward of the walk: follow the command, upright, smoothly, with a trot's foot lifts."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ant_policy.tasks.walk.commands import is_moving
from ant_policy.tasks.walk.contract import GAIT_PERIOD
from ant_policy.tasks.walk.robot import CONTROL_PERIOD, FOOT_RADIUS, HOME, HOME_HEIGHT, RobotState
from ant_sim.tasks.walk import FALL_HEIGHT, FALL_TILT

Floats = NDArray[np.float64]

FOOT_LIFT = 0.06
"""Height [m] to which a foot is lifted in mid-swing."""
STIFFNESS = 35.0
_TROT: Floats = np.array([0.0, np.pi, np.pi, 0.0])
"""Phase offset of each leg: diagonal legs swing together."""


@dataclass(frozen=True)
class Transition:
    """One control step of n robots.

    Attributes:
        before: state before the step.
        after: state after it.
        action: (n, 12) in [-1, 1].
        last_action: (n, 12) of the step before.
        targets: (n, 12) joint targets [rad].
        command: (n, 3) velocity command.
        step: (n,) control steps since the start, after the step.
    """

    before: RobotState
    after: RobotState
    action: Floats
    last_action: Floats
    targets: Floats
    command: Floats
    step: NDArray[np.int64]


def linear_error(state: RobotState, command: Floats) -> Floats:
    """Norm (n,) of the horizontal velocity's error [m/s]."""
    error: Floats = np.linalg.norm(state.linear_velocity[:, :2] - command[:, :2], axis=1)
    return error


def yaw_error(state: RobotState, command: Floats) -> Floats:
    """Absolute error (n,) of the yaw rate [rad/s]."""
    error: Floats = np.abs(state.angular_velocity[:, 2] - command[:, 2])
    return error


def foot_height_targets(step: NDArray[np.int64], command: Floats) -> Floats:
    """Heights (n, 4) [m] of the feet's centres in a trot; of a robot that is to stand, all on the floor."""
    phase = step * (2.0 * np.pi * CONTROL_PERIOD / GAIT_PERIOD)
    swing = np.sin(phase[:, None] + _TROT)
    lift = FOOT_LIFT * np.square(np.maximum(swing, 0.0))
    return FOOT_RADIUS + np.where(is_moving(command)[:, None], lift, 0.0)


def _square_sum(values: Floats) -> Floats:
    squares: Floats = np.square(values).sum(axis=1)
    return squares


def _foot_height(t: Transition) -> Floats:
    return _square_sum((t.after.feet[:, :, 2] - foot_height_targets(t.step, t.command)) / FOOT_LIFT)


def _slip(t: Transition) -> Floats:
    velocity = (t.after.feet[:, :, :2] - t.before.feet[:, :, :2]) / CONTROL_PERIOD
    on_floor = np.minimum(t.after.feet[:, :, 2], t.before.feet[:, :, 2]) < FOOT_RADIUS + 0.005
    slip: Floats = (np.square(velocity).sum(axis=2) * on_floor).sum(axis=1)
    return slip


TERMS: dict[str, tuple[float, Callable[[Transition], Floats]]] = {
    "linear_velocity": (1.5, lambda t: np.exp(-np.square(linear_error(t.after, t.command)) / 0.1)),
    "yaw_rate": (0.8, lambda t: np.exp(-np.square(yaw_error(t.after, t.command)) / 0.25)),
    "tilt": (-2.0, lambda t: _square_sum(t.after.gravity[:, :2])),
    "vertical_velocity": (-1.0, lambda t: np.square(t.after.linear_velocity[:, 2])),
    "roll_pitch_rate": (-0.03, lambda t: _square_sum(t.after.angular_velocity[:, :2])),
    "height": (-0.2, lambda t: np.square((t.after.height - HOME_HEIGHT) / 0.1)),
    "foot_height": (-0.6, _foot_height),
    "slip": (-0.1, _slip),
    "hips": (-0.2, lambda t: _square_sum(t.after.joint_positions[:, ::3])),
    "stand": (-0.3, lambda t: _square_sum(t.after.joint_positions - HOME) * ~is_moving(t.command)),
    "action_rate": (-0.02, lambda t: _square_sum(t.action - t.last_action)),
    "torque": (-0.0002, lambda t: _square_sum(STIFFNESS * (t.targets - t.after.joint_positions))),
}
"""Name -> weight and value (n,) of each term."""


def rewards_of(transition: Transition) -> Floats:
    """Rewards (n,): the sum of the terms with weights above 0, times exp(sum of those below 0).

    So a step is worth 0 to 2.3: no cost can make a fall worth while.
    """
    gains, costs = np.zeros((2, len(transition.action)))
    for weight, value in TERMS.values():
        total = gains if weight > 0.0 else costs
        total += weight * value(transition)
    rewards: Floats = gains * np.exp(costs)
    return rewards


def fallen(state: RobotState) -> NDArray[np.bool_]:
    """Mask (n,) of the robots that have fallen; as the simulator's task says."""
    return (state.height < FALL_HEIGHT) | (state.gravity[:, 2] > -math.cos(FALL_TILT))
