from array import array

import numpy as np
import pytest

pytest.importorskip("sensor_msgs", reason="ROS 2 is not installed (make setup installs it)")

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Quaternion, Vector3
from nav_msgs.msg import Odometry
from sensor_msgs.msg import JointState

from ant_policy.control.controller import Command
from ant_policy.observation.samples import BaseSample
from ant_policy.ros.messages import base_sample, command_messages, joint_sample

STAMP = Time(sec=2, nanosec=50_000_000)
STAMP_NS = 2_050_000_000


def test_joint_states_are_a_sample():
    message = JointState(name=["hip_2", "hip_1"], position=[0.1, 0.2], velocity=[0.3, 0.4])
    message.header.stamp = STAMP
    sample = joint_sample(message)
    assert (sample.stamp_ns, list(sample.names)) == (STAMP_NS, ["hip_2", "hip_1"])
    assert (list(sample.positions), list(sample.velocities)) == ([0.1, 0.2], [0.3, 0.4])


def test_odometry_is_a_sample():
    message = Odometry()
    message.header.stamp = STAMP
    message.pose.pose.position = Point(x=1.0, y=2.0, z=3.0)
    message.pose.pose.orientation = Quaternion(w=0.1, x=0.2, y=0.3, z=0.4)
    message.twist.twist.linear = Vector3(x=4.0, y=5.0, z=6.0)
    message.twist.twist.angular = Vector3(x=7.0, y=8.0, z=9.0)
    assert base_sample(message) == BaseSample(STAMP_NS, 3.0, (0.1, 0.2, 0.3, 0.4), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0))


def test_command_goes_by_name_and_in_order_and_says_who_commands():
    by_name, in_order = command_messages(Command(STAMP_NS, ("hip_2", "hip_1"), np.array([30.0, -0.1])), "policy/1f")
    assert (by_name.header.stamp, by_name.header.frame_id) == (STAMP, "policy/1f")
    assert list(by_name.name) == ["hip_2", "hip_1"]
    assert by_name.effort == in_order.data == array("d", [30.0, -0.1])
