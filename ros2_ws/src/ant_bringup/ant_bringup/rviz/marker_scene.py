"""The newest state and how old it is: what the markers show now. Free of ROS; time is passed in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ant_bringup.rviz.marker_geometry import Mark, effort_marks, height_marks, legend_mark, reward_marks, status_mark
from ant_bringup.rviz.robot_description import RobotDescription, Vector


@dataclass
class Source:
    """A topic: when [s] its last usable message came, and that message's stamp [ns]."""

    topic: str
    heard_at: float | None = None
    stamp_ns: int = 0

    def hear(self, stamp_ns: int, now: float) -> None:
        """Take note of a message."""
        self.stamp_ns, self.heard_at = stamp_ns, now

    def is_fresh(self, now: float, timeout: float) -> bool:
        """Whether the last message is not older than the timeout [s]."""
        return self.heard_at is not None and now - self.heard_at <= timeout

    def complaint(self, now: float, timeout: float) -> str:
        """What is wrong with the topic, in words; empty if nothing is."""
        if self.heard_at is None:
            return f"waiting for {self.topic}"
        if self.is_fresh(now, timeout):
            return ""
        return f"stale: no {self.topic} for {now - self.heard_at:.1f} s"


class MarkerScene:
    """Keeps the newest joint efforts and torso position, and draws them as old as they are."""

    def __init__(self, robot: RobotDescription, state_timeout: float) -> None:
        """Begin without any state.

        Args:
            robot: whose joints are shown.
            state_timeout: age [s] from which a state is stale.
        """
        self._robot = robot
        self._timeout = state_timeout
        self._joint_states, self._odometry = Source("joint_states"), Source("odom")
        self._efforts: dict[str, float] = {}
        self._frame, self._child_frame = "odom", robot.root
        self._torso: Vector = (0.0, 0.0, 0.0)

    def on_efforts(self, stamp_ns: int, efforts: Mapping[str, float], now: float) -> None:
        """Take in the efforts [N m] by joint name."""
        self._efforts = {name: effort for name, effort in efforts.items() if math.isfinite(effort)}
        self._joint_states.hear(stamp_ns, now)

    def on_torso(self, stamp_ns: int, frame: str, child_frame: str, position: Vector, now: float) -> None:
        """Take in the torso's position [m] in `frame`; one that is not finite counts as none."""
        if all(math.isfinite(part) for part in position):
            self._frame, self._child_frame, self._torso = frame, child_frame, position
            self._odometry.hear(stamp_ns, now)

    def status(self, now: float) -> str:
        """What is wrong with the state at this time, a line each; empty if nothing is."""
        lines = [source.complaint(now, self._timeout) for source in (self._joint_states, self._odometry)]
        if not self._child_frame.endswith(self._robot.root):
            lines.append(f"odom's child frame is '{self._child_frame}'; expected '{self._robot.root}', with any prefix")
        missing = [joint.name for joint in self._robot.joints if joint.name not in self._efforts]
        if missing and self._joint_states.is_fresh(now, self._timeout):
            lines.append(f"joint_states has no effort of {', '.join(missing)}")
        return "\n".join(line for line in lines if line)

    def marks(self, now: float) -> list[Mark]:
        """Everything that is to be seen at this time."""
        marks = [status_mark(self._frame, self._torso, self.status(now))]
        if self._odometry.heard_at is not None:
            fresh = self._odometry.is_fresh(now, self._timeout)
            marks += height_marks(self._frame, self._odometry.stamp_ns, self._torso, fresh)
            marks += reward_marks(self._frame, self._torso)
            marks.append(legend_mark(self._frame, self._torso))
            marks += self._effort_marks(now)
        return marks

    def _effort_marks(self, now: float) -> list[Mark]:
        # Frames of links carry the prefix of the torso's, which only odom tells.
        prefix = self._child_frame.removesuffix(self._robot.root)
        stamp_ns, fresh = self._joint_states.stamp_ns, self._joint_states.is_fresh(now, self._timeout)
        return [
            mark
            for number, joint in enumerate(self._robot.joints)
            for mark in effort_marks(number, joint, prefix + joint.link, stamp_ns, self._efforts.get(joint.name), fresh)
        ]
