"""Messages of a driver as plain data, and the rows of the result."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Verdict = Literal["pass", "warning", "fail", "not observed"]


@dataclass(frozen=True)
class JointMessage:
    """joint_states, or joint_commands; times are seconds of the ROS clock."""

    received: float
    stamp: float
    names: tuple[str, ...]
    positions: Floats
    velocities: Floats
    efforts: Floats


@dataclass(frozen=True)
class BaseMessage:
    """odom: frames, position (3,) [m], quaternion (w, x, y, z), linear and angular velocity (3,) as published."""

    received: float
    stamp: float
    frame: str
    child_frame: str
    position: Floats
    quaternion: Floats
    velocity: Floats
    angular_velocity: Floats


@dataclass(frozen=True)
class ImuMessage:
    """imu: frame, acceleration (3,) [m/s2], quaternion (w, x, y, z), angular velocity (3,) [rad/s], as published.

    The quaternion is empty if the IMU has none.
    """

    received: float
    stamp: float
    frame: str
    acceleration: Floats
    quaternion: Floats
    angular_velocity: Floats


@dataclass
class Recording:
    """Messages of `seconds`, in the order of their reception; those without a stamp with the time of it."""

    seconds: float
    joints: list[JointMessage] = field(default_factory=list)
    bases: list[BaseMessage] = field(default_factory=list)
    imus: list[ImuMessage] = field(default_factory=list)
    commands: list[JointMessage] = field(default_factory=list)
    heights: list[tuple[float, float]] = field(default_factory=list)
    e_stops: list[tuple[float, bool]] = field(default_factory=list)

    def joint_rows(self, names: Sequence[str], field: str) -> Floats:
        """Values (messages, joints) of a field of joint_states, each message of which has all of these joints."""
        return np.array([getattr(each, field)[[each.names.index(name) for name in names]] for each in self.joints])

    @property
    def oriented_imus(self) -> list[ImuMessage]:
        """Readings of the IMU with an orientation."""
        return [message for message in self.imus if message.quaternion.any()]

    @property
    def topics(self) -> dict[str, Sequence[Any]]:
        """Messages with stamps of those topics that have any."""
        topics: dict[str, Sequence[Any]] = {"joint_states": self.joints, "odom": self.bases, "imu": self.imus}
        return {topic: messages for topic, messages in topics.items() if messages}


@dataclass(frozen=True)
class Row:
    """Result of one check."""

    check: str
    verdict: Verdict
    detail: str
