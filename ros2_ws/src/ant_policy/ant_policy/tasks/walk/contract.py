"""Contract of policies that walk: terms of the observation, and joint targets."""

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.observation import Term
from ant_policy.observation.terms import IMU
from ant_policy.tasks.walk.commands import COMMAND_LIMITS
from ant_policy.tasks.walk.robot import HOME, JOINTS

Floats = NDArray[np.float64]

GAIT_PERIOD = 0.4
"""Period of the gait's phase [s]."""
ACTION_SCALE: Floats = np.tile([0.25, 0.4, 0.4], 4)
"""Joint targets [rad] are `HOME` + `ACTION_SCALE` x action."""
_COMMANDS = [(-limit, limit) for limit in COMMAND_LIMITS.tolist()]
POSE = dict(zip(JOINTS, HOME.tolist(), strict=True))

TERMS = (
    Term("base_angular_velocity", IMU, scale=0.25),
    Term("projected_gravity", IMU),
    Term("joint_positions", offset=POSE),
    Term("joint_velocities", scale=0.05),
    Term("last_action"),
    Term("velocity_command", clip=dict(zip(("linear_x", "linear_y", "angular_z"), _COMMANDS, strict=True))),
    Term("gait_phase", period=GAIT_PERIOD),
)
"""Terms of the observation: measurements of a real robot, and memory of its controller."""
NOISE = {
    "base_angular_velocity": 0.1,
    "projected_gravity": 0.02,
    "joint_positions": 0.01,
    "joint_velocities": 0.5,
}
"""Standard deviations of measured terms at noise 1 [rad/s], [1], [rad], [rad/s]."""
