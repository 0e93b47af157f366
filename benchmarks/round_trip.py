"""The two ends of a bare DDS round trip of the contract's messages: `python -m benchmarks.round_trip driver|commander`.

Messages are filled once, nothing is computed. It is the ideal against which lockstep is measured.
"""

import sys
from array import array

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ant_ros.messages import diagnostics
from ant_ros.qos import BEST_EFFORT, RELIABLE
from ant_ros.run_node import ros, spin
from ant_sim.ros.messages import StateMessages
from benchmarks.session import STEPS_KEY

JOINTS = [f"{part}_{leg}" for leg in range(1, 5) for part in ("hip", "ankle")]
VALUES = array("d", range(8))


class BareDriver(Node):
    """Publishes a state for each command that comes, and counts them."""

    def __init__(self) -> None:
        """Create the node and publish the first state, again and again until a command comes."""
        super().__init__("bare_driver")
        self._round_trips = 0
        state = StateMessages(JOINTS, "torso", "")
        state.joints.position = state.joints.velocity = state.joints.effort = VALUES
        messages = {"/clock": state.clock, "odom": state.odometry, "joint_states": state.joints}
        messages |= {"imu": state.imu, "torso_height": state.height}
        self._outputs = [
            (self.create_publisher(type(message), topic, RELIABLE), message) for topic, message in messages.items()
        ]
        self._diagnostics_publisher = self.create_publisher(DiagnosticArray, "/diagnostics", RELIABLE)
        self.create_subscription(JointState, "joint_commands", self._on_command, RELIABLE)
        self._first_timer = self.create_timer(0.1, self._publish_state)
        self.create_timer(1.0, self._publish_count)

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
        stamp, values = self.get_clock().now().to_msg(), {STEPS_KEY: self._round_trips}
        self._diagnostics_publisher.publish(diagnostics(stamp, "bare_driver", "", values))


class BareCommander(Node):
    """Answers each joint_states with the same command."""

    def __init__(self) -> None:
        """Create the node."""
        super().__init__("bare_commander")
        self._command, self._array = JointState(name=JOINTS, effort=VALUES), Float64MultiArray(data=VALUES)
        self._command.header.frame_id = "/bare_commander/00000000"
        self._commands_publisher = self.create_publisher(JointState, "joint_commands", RELIABLE)
        self._array_publisher = self.create_publisher(Float64MultiArray, "effort_controller/commands", RELIABLE)
        self.create_subscription(Odometry, "odom", lambda _: None, BEST_EFFORT)
        self.create_subscription(JointState, "joint_states", self._on_joint_states, BEST_EFFORT)

    def _on_joint_states(self, _: JointState) -> None:
        self._commands_publisher.publish(self._command)
        self._array_publisher.publish(self._array)


def main() -> int:
    """Run one end until SIGINT."""
    with ros([]) as stop:
        node = BareDriver() if sys.argv[1] == "driver" else BareCommander()
        spin(node, stop)
        node.destroy_node()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
