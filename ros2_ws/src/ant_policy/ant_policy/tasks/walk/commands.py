"""Velocity commands: (vx, vy) [m/s] and yaw rate [rad/s], in the trunk's frame."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COMMAND_LIMITS: Floats = np.array([0.8, 0.4, 0.8])
STANDING_FRACTION = 0.15
"""Probability that a training command is zero."""
SINGLE_AXIS_FRACTION = 0.25
"""Probability that a training command moves along one axis alone."""


def draw_uniform(rng: np.random.Generator, count: int) -> Floats:
    """Draw commands (count, 3) uniformly within the limits."""
    return rng.uniform(-1.0, 1.0, (count, 3)) * COMMAND_LIMITS


def draw_for_training(rng: np.random.Generator, count: int) -> Floats:
    """Draw commands (count, 3), some of which are zero or along one axis."""
    commands = draw_uniform(rng, count)
    kind = rng.random((count, 1))
    axis = np.eye(3)[rng.integers(3, size=count)]
    commands *= np.where(kind < STANDING_FRACTION + SINGLE_AXIS_FRACTION, axis, 1.0)
    return np.where(kind < STANDING_FRACTION, 0.0, commands)


def is_moving(commands: Floats) -> NDArray[np.bool_]:
    """Mask (n,) of the commands (n, 3) that ask for motion."""
    moving: NDArray[np.bool_] = np.abs(commands).max(axis=1) > 0.05
    return moving
