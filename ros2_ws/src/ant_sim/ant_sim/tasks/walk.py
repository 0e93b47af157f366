"""The walking task: falls of a legged robot. What it is to do comes by `cmd_vel`; there is no reward."""

import math

from ant_sim.physics.frames import rotation_matrix
from ant_sim.physics.simulator import Simulator
from ant_sim.tasks.task import NoTask

FALL_HEIGHT = 0.15
"""Height [m] of the base below which the robot has fallen."""
FALL_TILT = 1.0
"""Angle [rad] between the base's z axis and the vertical above which it has fallen."""


class WalkTask(NoTask):
    """The walk in a control loop: an episode ends with a fall."""

    def step(self, simulator: Simulator) -> tuple[float, bool]:
        """No reward, and whether the robot has fallen."""
        upright = rotation_matrix(simulator.state().base_quaternion)[-1]
        return 0.0, simulator.base_height < FALL_HEIGHT or upright < math.cos(FALL_TILT)
