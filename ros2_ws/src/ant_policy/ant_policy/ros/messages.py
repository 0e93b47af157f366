"""What the policy node hears as samples, and what it says as ROS messages."""

from array import array
from collections.abc import Mapping

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from nav_msgs.msg import Odometry
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ant_policy.control.controller import Command
from ant_policy.observation.builder import BaseSample, JointSample


def joint_sample(message: JointState) -> JointSample:
    """Joint states as the controller takes them."""
    return JointSample(to_ns(message.header.stamp), message.name, message.position, message.velocity)


def base_sample(message: Odometry) -> BaseSample:
    """Odometry as the controller takes it."""
    pose, twist = message.pose.pose, message.twist.twist
    q, v, w = pose.orientation, twist.linear, twist.angular
    return BaseSample(
        to_ns(message.header.stamp), pose.position.z, (q.w, q.x, q.y, q.z), (v.x, v.y, v.z), (w.x, w.y, w.z)
    )


def command_messages(command: Command, commander: str) -> tuple[JointState, Float64MultiArray]:
    """A command by joint name, from the commander with that id, and its efforts [N m] alone."""
    efforts = array("d", command.efforts.tolist())
    message = JointState(name=command.joints, effort=efforts)
    message.header.stamp = to_time(command.stamp_ns)
    message.header.frame_id = commander
    return message, Float64MultiArray(data=efforts)


def diagnostics(
    stamp: Time, name: str, message: str, values: Mapping[str, object], *, is_warning: bool, hardware_id: str = ""
) -> DiagnosticArray:
    """How one part of a node is.

    Args:
        stamp: when it is so.
        name: fully qualified name of the node, and its part.
        message: how it is, in words.
        values: what there is to know of it, by name.
        is_warning: whether somebody should look at it.
        hardware_id: of the robot, for a driver.
    """
    status = DiagnosticStatus(
        level=DiagnosticStatus.WARN if is_warning else DiagnosticStatus.OK,
        name=name,
        message=message,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
    )
    report = DiagnosticArray(status=[status])
    report.header.stamp = stamp
    return report


def to_time(stamp_ns: int) -> Time:
    """A stamp [ns] as a message."""
    return Time(sec=stamp_ns // 1_000_000_000, nanosec=stamp_ns % 1_000_000_000)


def to_ns(stamp: Time) -> int:
    """A stamp in nanoseconds."""
    return int(stamp.sec * 1_000_000_000 + stamp.nanosec)
