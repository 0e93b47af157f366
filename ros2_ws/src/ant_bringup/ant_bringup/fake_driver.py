"""A robot's driver to copy, with a fake robot behind it: `ros2 run ant_bringup fake_driver`.

It honours the contract of docs/real_robot.md as a real driver does: wall clock, joint states at 200 Hz, odometry at
100 Hz with stamps of its own, a watchdog on commands. Replace `FakeRobot` by your robot.
"""

import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Bool, Float64, Float64MultiArray
from std_srvs.srv import Trigger

from ant_bringup.driver_gate import DriverGate
from ant_bringup.fake_robot import PERIOD, Defects, FakeRobot
from ant_bringup.run_node import run_node, spin
from ant_bringup.wire import Wire
from ant_policy.config import parameter
from ant_policy.ros.messages import diagnostics
from ant_policy.ros.parameters import declare_config

JOINT_STATE_PERIOD = 0.005
ODOMETRY_PERIOD = 0.010
LATEST_CATCH_UP = 0.1
"""A thread that was held up for longer than this [s] lets the time pass that it missed."""

RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)


@dataclass(frozen=True)
class DriverConfig(Defects):
    """Parameters of the driver: the defects, and its own."""

    seed: int = parameter(0, "seed of the robot's noise", (0, 2**63 - 1))
    defects: bool = parameter(True, "false: an ideal robot; true: with the defects that the other parameters set")
    command_interface: str = parameter("joint_commands", "joint_commands or effort_controller (ros2_control's topic)")
    command_timeout: float = parameter(0.2, "time without a command until effort is zero [s, steady clock]", (0.01, 60))
    frame_prefix: str = parameter("", "put before the frame ids odom and torso, such as 'ant1/'")

    def __post_init__(self) -> None:
        """Check what ROS parameter descriptors cannot express.

        Raises:
            ValueError: for another command interface.
        """
        if self.command_interface not in ("joint_commands", "effort_controller"):
            raise ValueError(
                f"parameter 'command_interface' is '{self.command_interface}'; expected joint_commands or "
                "effort_controller"
            )


class FakeDriver(Node):
    """Publishes what the robot measures and hands it the efforts that come."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the node; `start` sets the robot going.

        Args:
            **kwargs: of `rclpy.node.Node`.

        Raises:
            ValueError: for a bad parameter.
        """
        super().__init__("fake_driver", **kwargs)
        self._config = config = declare_config(self, DriverConfig)
        defects = config if config.defects else Defects.none()
        self._robot = FakeRobot(defects, config.seed)
        self._gate = DriverGate(self._robot.max_efforts, config.command_timeout)
        self._lock = threading.Lock()
        self._wire = Wire(defects, config.seed + 1)
        self._held_up = 0
        self._reported = ""
        states = BEST_EFFORT if defects.best_effort else RELIABLE
        self._joints = self.create_publisher(JointState, "joint_states", states)
        self._odometry = self.create_publisher(Odometry, "odom", states)
        self._imu = self.create_publisher(Imu, "imu", states)
        self._height = self.create_publisher(Float64, "torso_height", states)
        self._e_stop_active = self.create_publisher(Bool, "e_stop_active", RELIABLE)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", RELIABLE)
        if config.command_interface == "joint_commands":
            self.create_subscription(JointState, "joint_commands", self._on_joint_commands, RELIABLE)
        else:
            self.create_subscription(Float64MultiArray, "effort_controller/commands", self._on_array, RELIABLE)
        self.create_subscription(Bool, "e_stop", self._on_e_stop, RELIABLE)
        self.create_service(Trigger, "~/reset", self._on_reset)
        self.create_timer(0.1, lambda: self._e_stop_active.publish(Bool(data=self._gate.e_stopped)))
        self.create_timer(1.0, self._publish_diagnostics)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Set the robot going."""
        self._report()
        self._wire.start()
        self._thread.start()

    def close(self) -> None:
        """Stop the robot."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._wire.close()

    # The robot's thread

    def _run(self) -> None:
        """Step the robot in real time, watch over its commands, and measure."""
        due = joints_at = odometry_at = monotonic()
        while not self._stop.wait(max(0.0, due - monotonic())):
            now = monotonic()
            if now - due > LATEST_CATCH_UP:
                self._held_up += 1
                due = joints_at = odometry_at = now
            with self._lock:
                if self._gate.expired(now):
                    self._go_limp()
                self._robot.step()
            due += PERIOD
            if due > joints_at:
                self._measure_joints(now)
                joints_at += JOINT_STATE_PERIOD
            if due > odometry_at:
                self._measure_base(now)
                odometry_at += ODOMETRY_PERIOD

    def _stamp(self) -> Time:
        stamp: Time = self.get_clock().now().to_msg()
        return stamp

    def _measure_joints(self, now: float) -> None:
        positions, velocities, efforts = self._robot.joints()
        message = JointState(name=list(self._robot.joint_names))
        message.header.stamp = self._stamp()
        message.position, message.velocity = array("d", positions), array("d", velocities)
        message.effort = array("d", efforts)
        self._wire.send(lambda: self._joints.publish(message), now)

    def _measure_base(self, now: float) -> None:
        measured = self._robot.base()
        prefix = self._config.frame_prefix
        odometry = Odometry(child_frame_id=f"{prefix}torso")
        odometry.header.frame_id, odometry.header.stamp = f"{prefix}odom", self._stamp()
        pose, twist = odometry.pose.pose, odometry.twist.twist
        pose.position.x, pose.position.y, pose.position.z = measured["position_w"]
        orientation = pose.orientation
        orientation.w, orientation.x, orientation.y, orientation.z = measured["quaternion"]
        twist.linear.x, twist.linear.y, twist.linear.z = measured["velocity_b"]
        twist.angular.x, twist.angular.y, twist.angular.z = measured["angular_velocity_b"]
        imu = Imu(orientation=orientation, angular_velocity=twist.angular)
        imu.header.frame_id, imu.header.stamp = f"{prefix}torso", odometry.header.stamp
        acceleration = imu.linear_acceleration
        acceleration.x, acceleration.y, acceleration.z = self._robot.acceleration_b()
        height = Float64(data=pose.position.z)
        self._wire.send(lambda: self._odometry.publish(odometry), now)
        self._wire.send(lambda: self._imu.publish(imu), now)
        self._wire.send(lambda: self._height.publish(height), now)

    # Commands

    def _on_joint_commands(self, message: JointState) -> None:
        self._on_efforts(message.name, message.effort, message.header.frame_id)

    def _on_array(self, message: Float64MultiArray) -> None:
        # The order that the robot's own controller was configured with: that of its joint_states.
        names = [name for name in self._robot.joint_names if name in self._robot.max_efforts]
        self._on_efforts(names, message.data, None)

    def _on_efforts(self, names: Sequence[str], efforts: Sequence[float], commander: str | None) -> None:
        with self._lock:
            accepted = self._gate.on_command(names, efforts, commander, monotonic())
            if accepted is not None:
                self._robot.command(accepted)
            elif self._gate.e_stopped:
                self._go_limp()
        if accepted is None and not self._gate.e_stopped:
            self.get_logger().warning(self._gate.rejection, throttle_duration_sec=1.0)
        self._report()

    def _on_e_stop(self, message: Bool) -> None:
        with self._lock:
            if message.data:
                self._gate.latch("e_stop: zero effort until it is released")
                self._go_limp()
            else:
                self._gate.release()
        self._e_stop_active.publish(Bool(data=self._gate.e_stopped))
        self._report()

    def _go_limp(self) -> None:
        self._robot.command(dict.fromkeys(self._robot.max_efforts, 0.0))

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        with self._lock:
            self._robot.reset()
        response.success, response.message = True, "the robot was put back on its legs"
        return response

    # Reports

    def _report(self) -> None:
        reason = self._gate.reason
        if reason != self._reported:
            self._reported = reason
            if reason:
                self.get_logger().warning(reason)
            else:
                self.get_logger().info("commands come: following them")

    def _publish_diagnostics(self) -> None:
        self._report()
        gate = self._gate
        message = diagnostics(
            self._stamp(),
            f"{self.get_fully_qualified_name()}: driver",
            gate.reason or "following commands",
            {"commands rejected": gate.rejected, "held up": self._held_up, "e-stop": gate.e_stopped},
            is_warning=bool(gate.reason),
            hardware_id="fake ant",
        )
        self._diagnostics.publish(message)


def drive(node: FakeDriver, stop: threading.Event) -> None:
    """Let the robot go until somebody stops it."""
    node.start()
    try:
        spin(node, stop)
    finally:
        node.close()


def main(args: Sequence[str] | None = None) -> int:
    """Run the driver until SIGINT or SIGTERM; exit code 0, or 2 if it could not start."""
    return run_node("fake_driver", FakeDriver, args, drive)


if __name__ == "__main__":
    raise SystemExit(main())
