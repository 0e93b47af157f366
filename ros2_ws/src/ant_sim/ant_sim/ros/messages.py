"""The simulator's state as ROS messages."""

from array import array
from collections.abc import Sequence

from nav_msgs.msg import Odometry
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Float64

from ant_ros.messages import to_time
from ant_sim.physics.simulator import AntState, ImuReading


class StateMessages:
    """State messages, created once and filled at each control instant.

    Attributes:
        clock: simulation time.
        joints: positions [rad], velocities [rad/s] and applied efforts [N m] by joint name.
        odometry: pose of the torso in `odom`, twist in the torso frame (REP-105).
        imu: reading of an IMU at the torso (REP-145).
        height: z of the torso [m].
    """

    def __init__(self, joint_names: Sequence[str], frame_prefix: str) -> None:
        """Create the messages.

        Args:
            joint_names: in the order of the state's joint arrays.
            frame_prefix: of the frame ids `odom` and `torso`.
        """
        torso = f"{frame_prefix}torso"
        self.clock = Clock()
        self.joints = JointState(name=list(joint_names))
        self.odometry = Odometry(child_frame_id=torso)
        self.odometry.header.frame_id = f"{frame_prefix}odom"
        self.imu = Imu()
        self.imu.header.frame_id = torso
        self.height = Float64()

    def fill(self, state: AntState, stamp_ns: int) -> None:
        """Fill in the state at that simulation time [ns], except for the IMU."""
        stamp = to_time(stamp_ns)
        joints = self.joints
        joints.header.stamp = stamp
        joints.position = array("d", state.joint_positions)
        joints.velocity = array("d", state.joint_velocities)
        joints.effort = array("d", state.joint_efforts)

        odometry = self.odometry
        odometry.header.stamp = stamp
        pose, twist = odometry.pose.pose, odometry.twist.twist
        position, orientation = pose.position, pose.orientation
        position.x, position.y, position.z = state.torso_position_w
        orientation.w, orientation.x, orientation.y, orientation.z = state.torso_quaternion
        twist.linear.x, twist.linear.y, twist.linear.z = state.torso_velocity_b
        twist.angular.x, twist.angular.y, twist.angular.z = state.torso_angular_velocity_b

        self.height.data = state.torso_position_w[2]
        self.clock.clock = stamp

    def fill_imu(self, reading: ImuReading) -> None:
        """Fill in the IMU's reading in the same state."""
        imu, acceleration = self.imu, self.imu.linear_acceleration
        imu.header.stamp = self.odometry.header.stamp
        imu.orientation = self.odometry.pose.pose.orientation
        imu.angular_velocity = self.odometry.twist.twist.angular
        acceleration.x, acceleration.y, acceleration.z = reading.linear_acceleration_b
