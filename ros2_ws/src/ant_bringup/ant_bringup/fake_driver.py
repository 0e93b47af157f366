"""Driver template with a simulated robot behind it: `ros2 run ant_bringup fake_driver`.

It meets the contract of docs/real_robot.md as a real driver does: wall clock, joint states at 200 Hz, odometry at
100 Hz with stamps of its own, a watchdog on commands. Replace `RobotLink` by the connection to your robot.
"""

import threading
from array import array
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Bool, Float64, Float64MultiArray
from std_srvs.srv import Trigger

from ant_bringup.fake_robot.gate import DriverGate, GateState
from ant_bringup.fake_robot.link import RobotLink
from ant_bringup.fake_robot.robot import Defects
from ant_bringup.fake_robot.transport import LossyTransport
from ant_ros.config import parameter
from ant_ros.messages import OK, WARN, diagnostics, to_ns, to_time
from ant_ros.parameters import declare_config
from ant_ros.qos import BEST_EFFORT, RELIABLE
from ant_ros.run_node import NodeError, run_node, spin
from ant_sim.control_loop.config import RobotConfig, check_interface

RECEIVE_TIMEOUT = 0.1
"""Period [s] of the checks for the node's end and for the command timeout while the robot is silent."""
SETTINGS = ("robot", "model", "base_link", "keyframe", "gains", "on_stop", "seed", "command_timeout")
"""Parameters for the robot's process."""
MAX_AGE = 0.1
"""Age [s] beyond which a measurement is not published: it waited while this process was stalled."""


@dataclass(frozen=True)
class DriverConfig(RobotConfig, Defects):
    """Parameters of the driver beside those of the robot and its defects."""

    seed: int = parameter(0, "seed of the robot's noise", (0, 2**63 - 1))
    defects: bool = parameter(True, "false: an ideal robot, without any of the defects")
    split_joint_states: bool = parameter(False, "publish joint_states in two messages, as two publishers would")
    omit_velocities: bool = parameter(False, "leave the velocities of joint_states empty")
    ground_truth: bool = parameter(False, "publish ground_truth/odom too: true pose and velocity, without any defect")


class FakeDriver(Node):
    """Publishes the robot's measurements and forwards commands to it."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the node, with the arguments of `rclpy.node.Node`, and start its robot; `run` runs both.

        Raises:
            ConnectionError: the robot does not start.
            ValueError: for a bad parameter, or a file that is not a model of a robot.
        """
        super().__init__("fake_driver", **kwargs)
        self._config = config = declare_config(self, DriverConfig)
        defects = config if config.defects else Defects.none()
        self._robot = robot = RobotLink(defects, **{name: getattr(config, name) for name in SETTINGS})
        self._gate = DriverGate(robot.interface, robot.limits, config.command_timeout, robot.consequence)
        self._lock = threading.Lock()
        self._transport = LossyTransport(defects, config.seed + 1)
        self._stalled = 0.0
        self._reported: GateState | None = None
        states = BEST_EFFORT if defects.best_effort else RELIABLE
        self._joints = self.create_publisher(JointState, "joint_states", states)
        self._odometry = self.create_publisher(Odometry, "odom", states)
        self._imu = self.create_publisher(Imu, "imu", states)
        self._height = self.create_publisher(Float64, "torso_height", states) if robot.publishes_height else None
        self._truth = self.create_publisher(Odometry, "ground_truth/odom", RELIABLE) if config.ground_truth else None
        self._e_stop_active = self.create_publisher(Bool, "e_stop_active", RELIABLE)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", RELIABLE)
        check_interface(interface := config.command_interface, robot.interface)
        if interface == "joint_commands":
            self.create_subscription(JointState, interface, self._on_joint_commands, BEST_EFFORT)
        else:
            self.create_subscription(Float64MultiArray, f"{interface}/commands", self._on_array, BEST_EFFORT)
        self.create_subscription(Bool, "e_stop", self._on_e_stop, RELIABLE)
        self.create_service(Trigger, "~/reset", self._on_reset)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(0.1, self._publish_latch, clock=steady)
        self.create_timer(1.0, self._publish_diagnostics, clock=steady)

    def run(self, stop: threading.Event) -> None:
        """Publish and follow commands until `stop` is set.

        Raises:
            NodeError: the robot's process has ended.
        """
        self._report()
        with ThreadPoolExecutor() as threads:
            working = [threads.submit(loop, stop) for loop in (self._listen, self._transport.run)]
            for each in working:
                each.add_done_callback(lambda _: stop.set())
            spin(self, stop)
        try:
            for each in working:
                each.result()
        except ConnectionError as error:
            raise NodeError(str(error)) from error

    def destroy_node(self) -> None:
        """End the robot's process too."""
        self._robot.close()
        super().destroy_node()

    def _listen(self, stop: threading.Event) -> None:
        """Publish measurements, and run the same command watchdog as the robot itself."""
        while not stop.is_set():
            measured = self._robot.receive(RECEIVE_TIMEOUT)
            now = monotonic()
            with self._lock:
                if self._gate.expired(now):
                    self._robot.stop()
            if measured is None or now - measured["at"] > MAX_AGE:
                continue
            stamp = to_time(measured["stamp"])
            if "joints" in measured:
                self._stalled = measured["stalled"]
                self._send_joints(measured, stamp)
            else:
                self._send_base(measured, stamp)

    def _send_joints(self, measured: Mapping[str, Any], stamp: Time) -> None:
        joints = measured["joints"]
        names = list(joints)
        middle = len(names) // 2
        for part in (names[:middle], names[middle:]) if self._config.split_joint_states else (names,):
            message = JointState(name=part)
            message.header.stamp = stamp
            rows = zip(*(joints[name] for name in part), strict=True)
            message.position, message.velocity, message.effort = (array("d", row) for row in rows)
            if self._config.omit_velocities:
                message.velocity = array("d")
            self._transport.send(partial(self._joints.publish, message), measured["at"])

    def _send_base(self, measured: Mapping[str, Any], stamp: Time) -> None:
        odometry = self._odometry_of(measured["base"], stamp)
        orientation, twist = odometry.pose.pose.orientation, odometry.twist.twist
        imu = Imu(orientation=orientation, angular_velocity=twist.angular)
        imu.header.frame_id, imu.header.stamp = odometry.child_frame_id, stamp
        acceleration = imu.linear_acceleration
        acceleration.x, acceleration.y, acceleration.z = measured["acceleration_b"]
        height = Float64(data=odometry.pose.pose.position.z)
        for publisher, message in ((self._odometry, odometry), (self._imu, imu), (self._height, height)):
            if publisher is not None:
                self._transport.send(partial(publisher.publish, message), measured["at"])
        if self._truth is not None:
            self._truth.publish(self._odometry_of(measured["truth"], stamp))

    def _odometry_of(self, base: Mapping[str, Any], stamp: Time) -> Odometry:
        prefix = self._config.frame_prefix
        odometry = Odometry(child_frame_id=f"{prefix}{self._robot.base_link}")
        odometry.header.frame_id, odometry.header.stamp = f"{prefix}odom", stamp
        position, q, twist = odometry.pose.pose.position, odometry.pose.pose.orientation, odometry.twist.twist
        position.x, position.y, position.z = base["position_w"]
        q.w, q.x, q.y, q.z = base["quaternion"]
        twist.linear.x, twist.linear.y, twist.linear.z = base["velocity_b"]
        twist.angular.x, twist.angular.y, twist.angular.z = base["angular_velocity_b"]
        return odometry

    def _on_joint_commands(self, message: JointState) -> None:
        age = (time_ns() - to_ns(message.header.stamp)) * 1e-9
        fields = {"effort": message.effort, "position": message.position, "velocity": message.velocity}
        self._on_command(message.name, fields, message.header.frame_id, age)

    def _on_array(self, message: Float64MultiArray) -> None:
        # The topic has no names: the order is that of joint_states.
        names = [name for name in self._robot.joint_names if name in self._robot.limits]
        self._on_command(names, {self._robot.interface: message.data}, None, None)

    def _on_command(
        self, names: Sequence[str], fields: Mapping[str, Sequence[float]], commander: str | None, age: float | None
    ) -> None:
        # A timeout that this command ends is reported first.
        self._report()
        with self._lock:
            accepted = self._gate.on_command(names, fields, commander, monotonic(), age)
            if accepted is not None:
                self._robot.command(*accepted)
            elif self._gate.e_stopped:
                self._robot.stop()
        if accepted is None and not self._gate.e_stopped:
            self.get_logger().warning(self._gate.rejection, throttle_duration_sec=1.0)
        self._report()

    def _on_e_stop(self, message: Bool) -> None:
        with self._lock:
            if message.data:
                self._gate.latch("e_stop")
                self._robot.stop()
            else:
                self._gate.release()
        self._publish_latch()

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._robot.reset()
        if not self._gate.may_move:
            self._robot.stop()
        response.message = "robot reset to standing" if response.success else "the robot's process does not respond"
        return response

    def _publish_latch(self) -> None:
        """Publish the latch, and a change of state."""
        self._e_stop_active.publish(Bool(data=self._gate.e_stopped))
        self._report()

    def _report(self) -> None:
        """Log and publish the state when it has changed."""
        state, reason = self._gate.state, self._gate.reason
        if state == self._reported:
            return
        self._reported = state
        if state == GateState.FOLLOWING:
            self.get_logger().info("commands come: following them")
        else:
            self.get_logger().warning(reason)
        self._publish_diagnostics()

    def _publish_diagnostics(self) -> None:
        gate = self._gate
        message = diagnostics(
            self.get_clock().now().to_msg(),
            f"{self.get_fully_qualified_name()}: driver",
            gate.reason or "following commands",
            {"commands rejected": gate.rejected, "held up [s]": self._stalled, "e-stop": gate.e_stopped},
            level=OK if gate.state == GateState.FOLLOWING else WARN,
            hardware_id=f"fake {Path(self._config.model or self._config.robot).stem}",
        )
        self._diagnostics.publish(message)


def main(args: Sequence[str] | None = None) -> int:
    """Run the driver until SIGINT or SIGTERM; exit code 0, or 2 if it could not start or its robot has ended."""
    about = __doc__.splitlines()[0]
    return run_node("ant_bringup.fake_driver", about, FakeDriver, args, config=DriverConfig, run=FakeDriver.run)


if __name__ == "__main__":
    raise SystemExit(main())
