"""The two ends of a bare DDS round trip: `python -m benchmarks.loop.round_trip driver|commander [PERIOD]`.

The messages are the contract's, filled once and published in the nodes' order; nothing is computed. It is the ideal
against which the nodes are measured. The driver publishes a state every PERIOD [s], or upon each command.
"""

import sys
from array import array
from time import monotonic

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ant_ros.messages import diagnostics
from ant_ros.qos import BEST_EFFORT, RELIABLE, advertise
from ant_ros.run_node import ros, spin
from ant_sim.control_loop.timing import TimingMonitor
from ant_sim.ros.messages import StateMessages
from benchmarks.session import LATENCY_KEYS, STEPS_KEY

JOINTS = [f"{part}_{leg}" for leg in range(1, 5) for part in ("hip", "ankle")]
VALUES = array("d", range(8))


class BareDriver(Node):
    """Publishes states, counts the commands that come, and measures the time until they do."""

    def __init__(self, period: float) -> None:
        """Publish a state every `period` [s]; 0: upon each command, and again and again until the first comes."""
        super().__init__("bare_driver")
        self._round_trips, self._is_paced = 0, period > 0.0
        self._timing = TimingMonitor()
        state = StateMessages(JOINTS, "torso", "")
        state.joints.position = state.joints.velocity = state.joints.effort = VALUES
        messages = {"odom": state.odometry, "joint_states": state.joints, "/clock": state.clock}
        messages |= {"imu": state.imu, "torso_height": state.height}
        self._stamped = (state.odometry.header, state.joints.header, state.imu.header)
        self._outputs = [(advertise(self, type(message), topic), message) for topic, message in messages.items()]
        self._diagnostics_publisher = advertise(self, DiagnosticArray, "/diagnostics")
        self.create_subscription(JointState, "joint_commands", self._on_command, RELIABLE)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._state_timer = self.create_timer(period or 0.1, self._publish_state, clock=steady)
        self.create_timer(1.0, self._publish_count, clock=steady)

    def _publish_state(self) -> None:
        self._timing.on_state(0, monotonic())
        if self._is_paced:
            stamp = self.get_clock().now().to_msg()
            for header in self._stamped:
                header.stamp = stamp
        for publisher, message in self._outputs:
            publisher.publish(message)

    def _on_command(self, _: JointState) -> None:
        self._timing.on_command(0, monotonic())
        self._round_trips += 1
        if not self._is_paced:
            # One state is under way at any time: the timer's repetitions would each begin a round of their own.
            self._state_timer.cancel()
            self._publish_state()

    def _publish_count(self) -> None:
        latencies = (f"{seconds * 1e3:.3f}" for seconds in self._timing.latency_percentiles())
        values = {STEPS_KEY: self._round_trips, **dict(zip(LATENCY_KEYS, latencies, strict=True))}
        self._diagnostics_publisher.publish(diagnostics(self.get_clock().now().to_msg(), "bare_driver", "", values))


class BareCommander(Node):
    """Answers each joint_states with the same command."""

    def __init__(self) -> None:
        """Create the node."""
        super().__init__("bare_commander")
        self._command, self._array = JointState(name=JOINTS, effort=VALUES), Float64MultiArray(data=VALUES)
        self._command.header.frame_id = "/bare_commander/00000000"
        self._commands_publisher = advertise(self, JointState, "joint_commands")
        self._array_publisher = advertise(self, Float64MultiArray, "effort_controller/commands")
        self.create_subscription(Odometry, "odom", lambda _: None, BEST_EFFORT)
        self.create_subscription(JointState, "joint_states", self._on_joint_states, BEST_EFFORT)

    def _on_joint_states(self, _: JointState) -> None:
        self._commands_publisher.publish(self._command)
        self._array_publisher.publish(self._array)


def main() -> int:
    """Run one end until SIGINT."""
    with ros([]) as stop:
        end, period = sys.argv[1], float([*sys.argv, 0.0][2])
        node = BareDriver(period) if end == "driver" else BareCommander()
        spin(node, stop)
        node.destroy_node()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
