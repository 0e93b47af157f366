from array import array

import numpy as np
import pytest

pytest.importorskip("sensor_msgs", reason="ROS 2 is not installed (make setup installs it)")

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Quaternion, Twist, TwistStamped, Vector3
from nav_msgs.msg import Odometry
from sensor_msgs.msg import Imu, JointState

from ant_policy.control.commands import Command
from ant_policy.observation.samples import BaseSample, ImuSample
from ant_policy.ros.messages import (
    CommandMessages,
    base_sample,
    imu_sample,
    joint_sample,
    velocity_command,
)

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


def test_reading_of_the_imu_is_a_sample():
    message = Imu()
    message.header.stamp = STAMP
    message.orientation = Quaternion(w=0.1, x=0.2, y=0.3, z=0.4)
    message.angular_velocity = Vector3(x=7.0, y=8.0, z=9.0)
    assert imu_sample(message) == ImuSample(STAMP_NS, (0.1, 0.2, 0.3, 0.4), (7.0, 8.0, 9.0))
    message.orientation_covariance[0] = -1.0
    assert imu_sample(message).quaternion is None


def test_velocity_command_is_read_from_both_types():
    twist = Twist(linear=Vector3(x=0.1, y=0.2, z=9.0), angular=Vector3(x=9.0, y=9.0, z=0.3))
    assert velocity_command(twist) == velocity_command(TwistStamped(twist=twist)) == (0.1, 0.2, 0.3)


@pytest.mark.parametrize("interface", ["effort", "position", "velocity"])
def test_command_goes_by_name_and_in_order_and_says_who_commands(interface):
    command = Command(STAMP_NS, ("hip_2", "hip_1"), interface, np.array([30.0, -0.1]))
    messages = CommandMessages("policy/1f")
    by_name = messages.by_name(command)
    assert (by_name.header.stamp, by_name.header.frame_id) == (STAMP, "policy/1f")
    assert list(by_name.name) == ["hip_2", "hip_1"]
    assert getattr(by_name, interface) == messages.in_order(command).data == array("d", [30.0, -0.1])
    assert sum(len(getattr(by_name, each)) for each in ("effort", "position", "velocity")) == 2


def test_command_of_another_interface_has_none_of_the_values_before():
    messages = CommandMessages("policy/1f")
    for interface in ("position", "effort", "position"):
        message = messages.by_name(Command(STAMP_NS, ("hip_2", "hip_1"), interface, np.array([30.0, -0.1])))
        assert [each for each in ("effort", "position", "velocity") if getattr(message, each)] == [interface]
