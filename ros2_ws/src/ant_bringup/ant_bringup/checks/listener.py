"""Node of `check_driver`: records a driver's messages, and may command it."""

import time
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
            ("odom", Odometry, self._on_base),
            ("imu", Imu, self._on_imu),
            ("torso_height", Float64, lambda m: self.recording.heights.append((self._now(), m.data))),
            ("e_stop_active", Bool, lambda m: self.recording.e_stops.append((self._now(), m.data))),
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

    def _now(self) -> float:
        if self._simulation_time is not None:
            return self._simulation_time
        return float(self.get_clock().now().nanoseconds) * 1e-9

    def _on_joints(self, message: JointState) -> None:
        values = map(np.array, (message.position, message.velocity, message.effort))
        self.recording.joints.append(JointMessage(self._now(), _seconds(message), tuple(message.name), *values))

    def _on_base(self, message: Odometry) -> None:
        pose, twist = message.pose.pose, message.twist.twist
        p, q, v, w = pose.position, pose.orientation, twist.linear, twist.angular
        frames = message.header.frame_id, message.child_frame_id
        rows = [p.x, p.y, p.z], [q.w, q.x, q.y, q.z], [v.x, v.y, v.z], [w.x, w.y, w.z]
        self.recording.bases.append(BaseMessage(self._now(), _seconds(message), *frames, *map(np.array, rows)))

    def _on_imu(self, message: Imu) -> None:
        a = message.linear_acceleration
        reading = ImuMessage(self._now(), _seconds(message), message.header.frame_id, np.array([a.x, a.y, a.z]))
        self.recording.imus.append(reading)


def _seconds(message: Any) -> float:
    stamp = message.header.stamp
    return float(stamp.sec + stamp.nanosec * 1e-9)
