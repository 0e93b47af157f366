"""Conversion of states and commands between ROS messages and the controller."""

from array import array

from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Float64MultiArray

from ant_policy.control.commands import Command
from ant_policy.observation.samples import BaseSample, ImuSample, JointSample, Vector
from ant_ros.messages import to_ns, to_time


def joint_sample(message: JointState) -> JointSample:
    """Convert joint states to the controller's sample; the frame id of a simulator names its episode."""
    header = message.header
    return JointSample(to_ns(header.stamp), message.name, message.position, message.velocity, header.frame_id)


def base_sample(message: Odometry) -> BaseSample:
    """Convert odometry to the controller's sample."""
    pose, twist = message.pose.pose, message.twist.twist
    q, v, w = pose.orientation, twist.linear, twist.angular
    return BaseSample(
        to_ns(message.header.stamp), pose.position.z, (q.w, q.x, q.y, q.z), (v.x, v.y, v.z), (w.x, w.y, w.z)
    )


def imu_sample(message: Imu) -> ImuSample:
    """Convert a reading of the IMU; a covariance of -1 means that it has no orientation (sensor_msgs/Imu)."""
    q, w = message.orientation, message.angular_velocity
    quaternion = None if message.orientation_covariance[0] == -1.0 else (q.w, q.x, q.y, q.z)
    return ImuSample(to_ns(message.header.stamp), quaternion, (w.x, w.y, w.z))


def velocity_command(message: Twist | TwistStamped) -> Vector:
    """Convert a velocity command to (linear x, linear y [m/s], angular z [rad/s])."""
    twist = message.twist if isinstance(message, TwistStamped) else message
    return twist.linear.x, twist.linear.y, twist.angular.z


class CommandMessages:
    """Messages of commands, created once and filled for each."""

    def __init__(self, commander: str) -> None:
        """Take the commander's id."""
        self._commander = commander
        self._by_name: dict[tuple[str, tuple[str, ...]], JointState] = {}
        self._in_order = Float64MultiArray()

    def by_name(self, command: Command) -> JointState:
        """Convert a command to joint_commands."""
        message = self._by_name.get((command.interface, command.joints))
        if message is None:
            message = self._by_name[command.interface, command.joints] = JointState(name=command.joints)
            message.header.frame_id = self._commander
        setattr(message, command.interface, array("d", command.values.tolist()))
        message.header.stamp = to_time(command.stamp_ns)
        return message

    def in_order(self, command: Command) -> Float64MultiArray:
        """Convert a command to the one of ros2_control's forward controllers, without names and stamp."""
        self._in_order.data = array("d", command.values.tolist())
        return self._in_order
