"""Observation terms of the walk: what a real robot measures, and what its controller knows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ant_policy.tasks.walk.robot import CONTROL_PERIOD, HOME, RobotState

Floats = NDArray[np.float64]

GAIT_PERIOD = 0.4
"""Period of the gait's phase [s]."""


@dataclass(frozen=True)
class Measurement:
    """Measurements and memory of n controllers.

    Attributes:
        robot: measured state; base velocity, height and feet are not read by any term.
        last_action: (n, 12) raw output of the policy, in [-1, 1].
        command: (n, 3) velocity command [m/s], [rad/s].
        step: (n,) control steps since the start.
    """

    robot: RobotState
    last_action: Floats
    command: Floats
    step: NDArray[np.int64]


def gait_phase(step: NDArray[np.int64]) -> Floats:
    """Phase (n,) [rad] of the gait after `step` control steps."""
    phase: Floats = step.astype(np.float64) * (2.0 * np.pi * CONTROL_PERIOD / GAIT_PERIOD)
    return phase


def _phase_term(measurement: Measurement) -> Floats:
    phase = gait_phase(measurement.step)
    return np.stack([np.sin(phase), np.cos(phase)], axis=1)


TERMS: dict[str, Callable[[Measurement], Floats]] = {
    "base_angular_velocity": lambda m: 0.25 * m.robot.angular_velocity,
    "projected_gravity": lambda m: m.robot.gravity,
    "joint_positions": lambda m: m.robot.joint_positions - HOME,
    "joint_velocities": lambda m: 0.05 * m.robot.joint_velocities,
    "last_action": lambda m: m.last_action,
    "velocity_command": lambda m: m.command,
    "gait_phase": _phase_term,
}
"""Name -> (n, size) of each term, in the order of the observation."""

SIZES = {
    "base_angular_velocity": 3,
    "projected_gravity": 3,
    "joint_positions": 12,
    "joint_velocities": 12,
    "last_action": 12,
    "velocity_command": 3,
    "gait_phase": 2,
}
OBSERVATION_SIZE = sum(SIZES.values())

NOISE: Floats = np.concatenate(
    [np.full(SIZES[name], std) for name, std in (("base_angular_velocity", 0.25 * 0.1), ("projected_gravity", 0.02))]
    + [np.full(SIZES["joint_positions"], 0.01), np.full(SIZES["joint_velocities"], 0.05 * 0.5)]
    + [np.zeros(SIZES["last_action"] + SIZES["velocity_command"] + SIZES["gait_phase"])]
)
"""Standard deviations (47,) of the observation at noise 1: 0.1 rad/s, 0.02, 0.01 rad, 0.5 rad/s."""


def observe(measurement: Measurement) -> Floats:
    """Observations (n, 47)."""
    return np.concatenate([term(measurement) for term in TERMS.values()], axis=1)
