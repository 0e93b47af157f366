"""The simulator's state as ROS messages."""

from array import array
from collections.abc import Sequence

from nav_msgs.msg import Odometry
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Float64

from ant_ros.messages import to_time
from ant_sim.physics.simulator import RobotState


class StateMessages:
    """State messages, created once and filled at each control instant.

    Attributes:
        clock: simulation time.
        joints: positions [rad], velocities [rad/s] and applied efforts [N m] by joint name (slide joints: [m], [m/s],
            [N]). `header.frame_id` is `episode_<n>`, n counting from 1, so that a policy resets its memory with the
            first state of an episode; a real driver leaves it empty.
        odometry: pose of the base link in `odom`, twist in the base link's frame (REP-105).
        imu: reading of an IMU at the base link (REP-145).
        height: z of the base link [m].
    """

    def __init__(self, joint_names: Sequence[str], base_link: str, frame_prefix: str) -> None:
        """Create the messages.

        Args:
            joint_names: in the order of the state's joint arrays.
            base_link: name of the base link.
            frame_prefix: of the frame ids: `odom`, and the base link.
        """
        base_frame = f"{frame_prefix}{base_link}"
        self.clock = Clock()
        self.joints = JointState(name=list(joint_names))
        self.odometry = Odometry(child_frame_id=base_frame)
        self.odometry.header.frame_id = f"{frame_prefix}odom"
        self.imu = Imu()
        self.imu.header.frame_id = base_frame
        self.height = Float64()
        self._episode = 0

    def fill(self, state: RobotState, stamp_ns: int, episode: int) -> None:
        """Fill in the state at that simulation time [ns] of an episode, except for the IMU."""
        stamp = to_time(stamp_ns)
        joints = self.joints
        if episode != self._episode:
            self._episode, joints.header.frame_id = episode, f"episode_{episode}"
        joints.header.stamp = stamp
        joints.position = array("d", state.joint_positions)
        joints.velocity = array("d", state.joint_velocities)
        joints.effort = array("d", state.joint_efforts)

        odometry = self.odometry
        odometry.header.stamp = stamp
        pose, twist = odometry.pose.pose, odometry.twist.twist
        position, orientation = pose.position, pose.orientation
        position.x, position.y, position.z = state.base_position_w
        orientation.w, orientation.x, orientation.y, orientation.z = state.base_quaternion
        twist.linear.x, twist.linear.y, twist.linear.z = state.base_velocity_b
        twist.angular.x, twist.angular.y, twist.angular.z = state.base_angular_velocity_b

        self.height.data = state.base_position_w[2]
        self.clock.clock = stamp

    def fill_imu(self, acceleration_b: Sequence[float]) -> None:
        """Fill in the IMU in the same state, with its proper acceleration (3,) [m/s2] in the base frame."""
        imu, acceleration = self.imu, self.imu.linear_acceleration
        imu.header.stamp = self.odometry.header.stamp
        imu.orientation = self.odometry.pose.pose.orientation
        imu.angular_velocity = self.odometry.twist.twist.angular
        acceleration.x, acceleration.y, acceleration.z = acceleration_b
