"""Registry of observation terms: the only place where a term is defined.

A term is read from the sample of its source. The functions also take samples with arrays (n,) in the place of numbers,
for n robots.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ant_policy.observation.frames import gravity, to_world

ODOM, IMU, JOINT_STATES, CMD_VEL, MEMORY = "odom", "imu", "joint_states", "cmd_vel", "memory"
"""Sources: topics, and what the policy's runtime remembers."""
BASE_LINK = "base_link"
"""Frame of the base; `odom` is the world."""
JOINTS, ACTIONS = "joints", "actions"
"""Terms with one number for each joint, and for each joint that the policy drives."""

XYZ = ("x", "y", "z")


@dataclass
class Memory:
    """State of the policy's runtime, empty at a reset.

    Attributes:
        last_action: (n_actions,) output of the policy at the last control step; zeros at first.
        time: since the reset, at the control step [s]; an array (n,) for n robots.
        period: of the gait [s].
    """

    last_action: Sequence[Any]
    time: Any = 0.0
    period: float = 1.0

    @property
    def phase(self) -> Sequence[Any]:
        """Sine and cosine of the gait's phase."""
        angle = 2.0 * np.pi * self.time / self.period
        return np.sin(angle), np.cos(angle)


@dataclass(frozen=True)
class Kind:
    """Definition of a term.

    Attributes:
        unit: SI; that of a slide joint in brackets.
        entries: names of its numbers, or `JOINTS` or `ACTIONS`.
        sources: where it may come from; the first is the default.
        read: function of the source's sample, by frame; the first frame is the default, '' stands for none.
    """

    unit: str
    entries: tuple[str, ...] | str
    sources: tuple[str, ...]
    read: Mapping[str, Callable[[Any], Sequence[float]]] = field(repr=False)


TERMS = {
    "base_height": Kind("m", ("z",), (ODOM,), {ODOM: lambda base: (base.height,)}),
    "base_orientation": Kind("1", ("w", *XYZ), (ODOM, IMU), {ODOM: lambda sample: sample.quaternion}),
    "projected_gravity": Kind("1", XYZ, (ODOM, IMU), {BASE_LINK: lambda sample: gravity(sample.quaternion)}),
    "base_linear_velocity": Kind(
        "m/s",
        XYZ,
        (ODOM,),
        {BASE_LINK: lambda base: base.velocity_b, ODOM: lambda base: to_world(base.quaternion, base.velocity_b)},
    ),
    "base_angular_velocity": Kind(
        "rad/s",
        XYZ,
        (ODOM, IMU),
        {
            BASE_LINK: lambda sample: sample.angular_velocity_b,
            ODOM: lambda sample: to_world(sample.quaternion, sample.angular_velocity_b),
        },
    ),
    "joint_positions": Kind("rad (m)", JOINTS, (JOINT_STATES,), {"": lambda joints: joints.positions}),
    "joint_velocities": Kind("rad/s (m/s)", JOINTS, (JOINT_STATES,), {"": lambda joints: joints.velocities}),
    "last_action": Kind("1", ACTIONS, (MEMORY,), {"": lambda memory: memory.last_action}),
    "velocity_command": Kind(
        "m/s, rad/s", ("linear_x", "linear_y", "angular_z"), (CMD_VEL,), {BASE_LINK: lambda command: command}
    ),
    "gait_phase": Kind("1", ("sin", "cos"), (MEMORY,), {"": lambda memory: memory.phase}),
}
