"""Conversion of states and commands between ROS messages and the controller."""

from array import array

from nav_msgs.msg import Odometry
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ant_policy.control.controller import Command
from ant_policy.observation.builder import BaseSample, JointSample
from ant_ros.messages import to_ns, to_time


def joint_sample(message: JointState) -> JointSample:
    """Convert joint states to the controller's sample."""
    return JointSample(to_ns(message.header.stamp), message.name, message.position, message.velocity)


def base_sample(message: Odometry) -> BaseSample:
    """Convert odometry to the controller's sample."""
    pose, twist = message.pose.pose, message.twist.twist
    q, v, w = pose.orientation, twist.linear, twist.angular
    return BaseSample(
        to_ns(message.header.stamp), pose.position.z, (q.w, q.x, q.y, q.z), (v.x, v.y, v.z), (w.x, w.y, w.z)
    )


def command_messages(command: Command, commander: str) -> tuple[JointState, Float64MultiArray]:
    """Convert a command; returns joint_commands with the commander's id, and effort_controller/commands [N m]."""
    efforts = array("d", command.efforts.tolist())
    message = JointState(name=command.joints, effort=efforts)
    message.header.stamp = to_time(command.stamp_ns)
    message.header.frame_id = commander
    return message, Float64MultiArray(data=efforts)
