"""The two ends of a bare DDS round trip of the contract's messages: `python -m benchmarks.round_trip driver|commander`.

Nothing but rclpy: messages are filled once, nothing is computed. It is the ideal against which lockstep is measured.
"""

import signal
import sys
import threading
from array import array

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Float64, Float64MultiArray

from benchmarks.observer import STEPS_KEY

RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)

JOINTS = [f"{part}_{leg}" for leg in range(1, 5) for part in ("hip", "ankle")]


class BareDriver(Node):
    """Publishes a state for each command that comes, and counts them."""

    def __init__(self) -> None:
        """Create the node and publish the first state, again and again until a command comes."""
        super().__init__("bare_driver")
        self._round_trips = 0
        values = array("d", range(8))
        joint_state = JointState(name=JOINTS, position=values, velocity=values, effort=values)
        odometry = Odometry(child_frame_id="torso")
        odometry.header.frame_id = "odom"
        imu = Imu()
        imu.header.frame_id = "torso"
        messages = {
            "/clock": ClockMessage(),
            "odom": odometry,
            "joint_states": joint_state,
            "imu": imu,
            "torso_height": Float64(),
        }
        self._outputs = [
            (self.create_publisher(type(message), topic, RELIABLE), message) for topic, message in messages.items()
        ]
        self._diagnostics_publisher = self.create_publisher(DiagnosticArray, "/diagnostics", RELIABLE)
        self.create_subscription(JointState, "joint_commands", self._on_command, RELIABLE)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._first_timer = self.create_timer(0.1, self._publish_state, clock=steady)
        self.create_timer(1.0, self._publish_count, clock=steady)

    def _publish_state(self) -> None:
        for publisher, message in self._outputs:
            publisher.publish(message)

    def _on_command(self, _: JointState) -> None:
        # One state is under way at any time: the timer's repetitions would each begin a round of their own.
        if self._round_trips == 0:
            self._first_timer.cancel()
        self._round_trips += 1
        self._publish_state()

    def _publish_count(self) -> None:
        status = DiagnosticStatus(values=[KeyValue(key=STEPS_KEY, value=str(self._round_trips))])
        self._diagnostics_publisher.publish(DiagnosticArray(status=[status]))


class BareCommander(Node):
    """Answers each joint_states with the same command."""

    def __init__(self) -> None:
        """Create the node."""
        super().__init__("bare_commander")
        efforts = array("d", range(8))
        self._command = JointState(name=JOINTS, effort=efforts)
        self._command.header.frame_id = "/bare_commander/00000000"
        self._array = Float64MultiArray(data=efforts)
        self._commands_publisher = self.create_publisher(JointState, "joint_commands", RELIABLE)
        self._array_publisher = self.create_publisher(Float64MultiArray, "effort_controller/commands", RELIABLE)
        self.create_subscription(Odometry, "odom", lambda _: None, BEST_EFFORT)
        self.create_subscription(JointState, "joint_states", self._on_joint_states, BEST_EFFORT)

    def _on_joint_states(self, _: JointState) -> None:
        self._commands_publisher.publish(self._command)
        self._array_publisher.publish(self._array)


def main() -> int:
    """Run one end until SIGINT."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = BareDriver() if sys.argv[1] == "driver" else BareCommander()
    with SingleThreadedExecutor() as executor:
        executor.add_node(node)
        while not stop.is_set():
            executor.spin_once()
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
