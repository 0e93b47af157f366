"""The newest state and its age, as shown by the markers. Free of ROS; time is passed in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ant_bringup.joint_values import JointValues
from ant_bringup.rviz.marker_geometry import Mark, effort_marks, height_marks, legend_mark, reward_marks, status_mark
from ant_bringup.rviz.robot_description import RobotDescription, Vector


@dataclass
class Source:
    """A topic: time of receipt [s, steady clock] and stamp [ns] of its last usable message."""

    topic: str
    heard_at: float = -math.inf
    stamp_ns: int = 0

    def hear(self, stamp_ns: int, now: float) -> None:
        """Register a message."""
        self.stamp_ns, self.heard_at = stamp_ns, now

    def complaint(self, now: float, timeout: float) -> str:
        """Describe a topic that is missing or older than `timeout` [s]; empty if it is fresh."""
        if self.heard_at == -math.inf:
            return f"waiting for {self.topic}"
        age = now - self.heard_at
        return f"stale: no {self.topic} for {age:.1f} s" if age > timeout else ""


class MarkerScene:
    """Keeps the newest joint efforts and base position; stale ones are drawn grey."""

    def __init__(self, robot: RobotDescription, state_timeout: float, is_jump: bool) -> None:
        """Start without any state.

        Args:
            robot: its links and joints.
            state_timeout: age beyond which a state is stale [s].
            is_jump: show height and reward of the jumping task.
        """
        self._robot = robot
        self._is_jump = is_jump
        self._timeout = state_timeout
        self._joint_states, self._odometry = Source("joint_states"), Source("odom")
        self._efforts = JointValues(state_timeout)
        self._frame, self._child_frame = "odom", robot.root
        self._base: Vector = (0.0, 0.0, 0.0)

    def on_efforts(self, stamp_ns: int, names: Sequence[str], efforts: Sequence[float], now: float) -> None:
        """Take in the efforts of some joints; a driver that measures none sends an empty list."""
        self._efforts.add(names, efforts, now, stamp_ns)
        self._joint_states.hear(stamp_ns, now)

    def on_base(self, stamp_ns: int, frame: str, child_frame: str, position: Vector, now: float) -> None:
        """Take in the base's position [m] in `frame`; one that is not finite is ignored."""
        if all(math.isfinite(part) for part in position):
            self._frame, self._child_frame, self._base = frame, child_frame, position
            self._odometry.hear(stamp_ns, now)

    def status(self, now: float) -> str:
        """Describe the state's faults, a line each; empty if there are none."""
        lines = [each.complaint(now, self._timeout) for each in (self._joint_states, self._odometry)]
        if not self._child_frame.endswith(self._robot.root):
            lines.append(f"odom's child frame is '{self._child_frame}'; expected '{self._robot.root}', with any prefix")
        missing = [joint.name for joint in self._robot.joints if self._effort(joint.name) is None]
        if missing and not lines[0]:
            lines.append(f"joint_states has no effort of {', '.join(missing)}")
        return "\n".join(filter(None, lines))

    def marks(self, now: float) -> list[Mark]:
        """All markers to show at this time."""
        marks = [status_mark(self._frame, self._base, self.status(now))]
        if self._odometry.heard_at == -math.inf:
            return marks
        fresh_joints, fresh = (not each.complaint(now, self._timeout) for each in (self._joint_states, self._odometry))
        if self._is_jump:
            marks += height_marks(self._frame, self._odometry.stamp_ns, self._base, fresh)
            marks += reward_marks(self._frame, self._base)
        marks.append(legend_mark(self._frame, self._base, self._robot.joints, self._is_jump))
        # The frames of the links carry the same prefix as the base's, which only odom carries.
        prefix = self._child_frame.removesuffix(self._robot.root)
        for number, joint in enumerate(self._robot.joints):
            known = self._efforts.joints.get(joint.name)
            stamp_ns = self._joint_states.stamp_ns if known is None else known.stamp_ns
            effort = self._effort(joint.name)
            marks += effort_marks(number, joint, prefix + joint.link, stamp_ns, effort, fresh_joints)
        return marks

    def _effort(self, joint: str) -> float | None:
        known = self._efforts.joints.get(joint)
        return known.value if known is not None and math.isfinite(known.value) else None
