"""Node of `check_driver`: records a driver's messages, and may command it."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Bool, Float64

from ant_bringup.checks.recording import BaseMessage, ImuMessage, JointMessage, Recording
from ant_ros.qos import BEST_EFFORT, BEST_EFFORT_DEEP, RELIABLE

STATES = ("joint_states", "odom", "imu", "torso_height", "e_stop_active")
"""Topics that a driver publishes."""
Info = Mapping[str, int]
"""Metadata of a message from rclpy; times in ns of the system clock."""
DISCOVERY_TIMEOUT = 4.0
"""Timeout [s] for the first message of a driver."""


class Listener(Node):
    """Records a driver's messages."""

    def __init__(self) -> None:
        """Create the node; time is that of /clock, where it is published."""
        super().__init__("check_driver", start_parameter_services=False)
        self.recording = Recording(0.0)
        self._simulation_time: float | None = None
        self.create_subscription(Clock, "/clock", self._on_clock, BEST_EFFORT_DEEP)
        for topic, kind, handler in (
            ("joint_states", JointState, self._on_joints),
            ("joint_commands", JointState, lambda m, i: self.recording.commands.append(self._joint_message(m, i))),
            ("odom", Odometry, self._on_base),
            ("imu", Imu, self._on_imu),
            ("torso_height", Float64, lambda m, i: self.recording.heights.append((self._received(i), m.data))),
            ("e_stop_active", Bool, lambda m, i: self.recording.e_stops.append((self._received(i), m.data))),
        ):
            self.create_subscription(kind, topic, handler, BEST_EFFORT_DEEP)
        self.commands = self.create_publisher(JointState, "joint_commands", RELIABLE)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)

    def follow_joints(self) -> None:
        """Record anew, and only the newest joint_states, so that a busy machine does not lag behind them."""
        for subscription in list(self.subscriptions):
            self.destroy_subscription(subscription)
        self.recording = Recording(0.0)
        self.create_subscription(JointState, "joint_states", self._on_joints, BEST_EFFORT)
        self._wait_for_joints()

    def listen(self, seconds: float) -> None:
        """Record for some seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0.0:
            self._executor.spin_once(timeout_sec=left)

    def wait_for_driver(self) -> None:
        """Listen until the first joint states, and a second longer for discovery to settle."""
        self._wait_for_joints()
        self.listen(1.0)

    def _wait_for_joints(self) -> None:
        deadline = time.monotonic() + DISCOVERY_TIMEOUT
        while not self.recording.joints and time.monotonic() < deadline:
            self.listen(0.1)

    def close(self) -> None:
        """Stop listening."""
        self._executor.shutdown()
        self.destroy_node()

    def _on_clock(self, message: Clock) -> None:
        self._simulation_time = message.clock.sec + message.clock.nanosec * 1e-9

    def _received(self, info: Info) -> float:
        """Time [s] at which a message came, not that of its callback: on a busy machine messages wait for theirs."""
        return self._simulation_time or info["received_timestamp"] * 1e-9

    def _joint_message(self, message: JointState, info: Info) -> JointMessage:
        times, names = (self._received(info), _seconds(message)), tuple(message.name)
        return JointMessage(*times, names, *map(np.array, (message.position, message.velocity, message.effort)))

    def _on_joints(self, message: JointState, info: Info) -> None:
        self.recording.joints.append(self._joint_message(message, info))

    def _on_base(self, message: Odometry, info: Info) -> None:
        pose, twist = message.pose.pose, message.twist.twist
        p, q, v, w = pose.position, pose.orientation, twist.linear, twist.angular
        frames = message.header.frame_id, message.child_frame_id
        rows = [p.x, p.y, p.z], [q.w, q.x, q.y, q.z], [v.x, v.y, v.z], [w.x, w.y, w.z]
        times = self._received(info), _seconds(message)
        self.recording.bases.append(BaseMessage(*times, *frames, *map(np.array, rows)))

    def _on_imu(self, message: Imu, info: Info) -> None:
        times, a = (self._received(info), _seconds(message)), message.linear_acceleration
        q, w = message.orientation, message.angular_velocity
        has_orientation = message.orientation_covariance[0] != -1.0
        rows = [a.x, a.y, a.z], [q.w, q.x, q.y, q.z] if has_orientation else [], [w.x, w.y, w.z]
        self.recording.imus.append(ImuMessage(*times, message.header.frame_id, *map(np.array, rows)))


def _seconds(message: Any) -> float:
    stamp = message.header.stamp
    return float(stamp.sec + stamp.nanosec * 1e-9)
