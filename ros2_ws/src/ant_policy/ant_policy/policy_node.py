"""ROS 2 lifecycle node that commands joint efforts by a policy: `ros2 run ant_policy policy_node`."""

import copy
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64MultiArray

from ant_policy.card.parts import OBSERVATION_SIZE
from ant_policy.control.config import PolicyConfig
from ant_policy.control.controller import Command, Controller
from ant_policy.control.state import LATCHED, ControlState
from ant_policy.errors import PolicyError
from ant_policy.policies.loading import load_policy
from ant_policy.ros.messages import base_sample, command_messages, joint_sample
from ant_ros.compat import destroy_state_machine, guard_transitions, lifecycle_state
from ant_ros.messages import diagnostics
from ant_ros.parameters import declare_config, read_config
from ant_ros.qos import BEST_EFFORT, RELIABLE, advertise
from ant_ros.run_node import NodeError, run_node, spin

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


class PolicyNode(LifecycleNode):
    """Answers states with commands; decisions are the controller's.

    configure loads the policy, activate lets it command, deactivate sends one zero command and is silent then.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Create the node, unconfigured.

        Args:
            **kwargs: of `rclpy.node.Node`, such as `context` or `parameter_overrides`.

        Raises:
            ValueError: for an unknown parameter.
            InvalidParameterTypeException: for a parameter of the wrong type.
            InvalidParameterValueException: for a parameter out of range.
        """
        super().__init__("policy_node", **kwargs)
        declare_config(self, PolicyConfig, read_only=False)
        self._controller: Controller | None = None
        self._policy_name = ""
        self._active = False
        self._awaits_e_stop_state = False
        self._e_stopped = False
        self._driver_e_stopped: bool | None = None
        self._reported = ""
        self._commander_id = f"{self.get_fully_qualified_name()}/{secrets.token_hex(4)}"
        steady = Clock(clock_type=ClockType.STEADY_TIME)

        self._commands_publisher = advertise(self, JointState, "joint_commands")
        self._array_publisher = advertise(self, Float64MultiArray, "effort_controller/commands")
        self._diagnostics_publisher = advertise(self, DiagnosticArray, "/diagnostics")
        self.create_subscription(Odometry, "odom", self._on_odometry, BEST_EFFORT)
        self.create_subscription(JointState, "joint_states", self._on_joint_states, BEST_EFFORT)
        self.create_subscription(Bool, "e_stop", self._on_e_stop, RELIABLE)
        self.create_subscription(Bool, "e_stop_active", self._on_e_stop_active, BEST_EFFORT)
        self.create_timer(0.02, self._watch, clock=steady)
        self.create_timer(1.0, self._publish_diagnostics, clock=steady)
        guard_transitions(self)

    def run(self, stop: threading.Event) -> None:
        """Start by itself if asked to, command until `stop` is set, and go limp.

        Raises:
            NodeError: the policy cannot be used; the log says why.
        """
        if self.get_parameter("autostart").value and not self.autostart():
            raise NodeError
        spin(self, stop)
        self.go_limp()

    # Lifecycle

    def autostart(self) -> bool:
        """Configure and activate; returns whether the policy could be loaded."""
        if self.trigger_configure() != SUCCESS:
            return False
        if self.trigger_activate() != SUCCESS:
            self._awaits_e_stop_state = self.get_parameter("require_e_stop_state").value
        return True

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load and check the policy and let it act once; FAILURE, with the reason logged, if it cannot be used."""
        config = read_config(self, PolicyConfig)
        try:
            policy = load_policy(config.policy, deterministic=config.deterministic, seed=config.seed)
            self._controller = Controller(policy, config)
            # A copy warms up, so that a sampling policy keeps its first draw for the robot.
            copy.deepcopy(policy).act([0.0] * OBSERVATION_SIZE)
        except (PolicyError, OSError) as error:
            self.get_logger().error(f"policy '{config.policy}' cannot be used: {error}")
            return FAILURE
        except Exception as error:
            # rclpy turns any exception here into a failed transition, without a word.
            self.get_logger().error(f"policy '{config.policy}' cannot be used: {type(error).__name__}: {error}")
            return FAILURE
        self._policy_name = config.policy
        self.get_logger().info(f"policy '{config.policy}' ({policy.card.algorithm}) is ready")
        return SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begin to command; FAILURE while an emergency stop is latched or, if required, its state is unknown."""
        assert self._controller is not None
        required = self.get_parameter("require_e_stop_state").value
        if self._e_stopped or self._driver_e_stopped:
            self.get_logger().error("not activated: e_stop is latched; release it first")
            return FAILURE
        if required and self._driver_e_stopped is None:
            self.get_logger().warning("not activated: waiting for e_stop_active to say false")
            return FAILURE
        self._controller.activate(monotonic())
        self._reported = ""
        self._active = True
        self.get_logger().info("active: waiting for joint_states and odom")
        return SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Send one zero command and be silent."""
        assert self._controller is not None
        self._active = False
        self._send([self._controller.zero_command()])
        return SUCCESS

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forget the policy."""
        self._controller = None
        return SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go limp if active."""
        return self.on_deactivate(state) if self._active else SUCCESS

    def go_limp(self) -> None:
        """Deactivate if active and wait a moment until the driver has the zero command."""
        if self._active:
            self.trigger_deactivate()
            self._commands_publisher.wait_for_all_acked(Duration(seconds=0.1))

    def destroy_node(self) -> None:
        """Destroy the node and its state machine."""
        super().destroy_node()
        destroy_state_machine(self)

    # Inputs

    def _on_joint_states(self, message: JointState) -> None:
        if self._active and self._controller is not None:
            self._send(self._controller.on_joint_states(joint_sample(message), monotonic()))
            self._report()

    def _on_odometry(self, message: Odometry) -> None:
        if self._active and self._controller is not None:
            self._send(self._controller.on_odometry(base_sample(message), monotonic()))
            self._report()

    def _on_e_stop(self, message: Bool) -> None:
        self._e_stopped = message.data
        if message.data:
            self._stop("e_stop")

    def _stop(self, what: str) -> None:
        if self._active and self._controller is not None:
            self._send(self._controller.stop(f"{what}: zero effort; release it, then activate this node again"))
            self._report()

    def _on_e_stop_active(self, message: Bool) -> None:
        self._driver_e_stopped = message.data
        if message.data:
            self._stop("e_stop_active: the driver is stopped")
        if self._awaits_e_stop_state and not message.data:
            self._awaits_e_stop_state = False
            self.trigger_activate()

    def _watch(self) -> None:
        if self._active and self._controller is not None:
            self._send(self._controller.tick(monotonic()))
            self._report()

    # Outputs

    def _send(self, commands: list[Command]) -> None:
        for command in commands:
            by_name, in_order = command_messages(command, self._commander_id)
            self._commands_publisher.publish(by_name)
            self._array_publisher.publish(in_order)

    def _report(self) -> None:
        """Log why the robot stops, or that it goes on, once each; leave the states that a latched stop forbids."""
        controller = self._controller
        if controller is None or controller.message == self._reported:
            return
        self._reported = controller.message
        if controller.state is ControlState.COMMANDING:
            self.get_logger().info("states are back: the policy commands")
            return
        self.get_logger().warning(controller.message)
        self._publish_diagnostics()
        if controller.state in LATCHED:
            self.trigger_deactivate()
        if controller.state is ControlState.MISMATCHED:
            self.trigger_cleanup()

    def _publish_diagnostics(self) -> None:
        controller = self._controller
        lifecycle = lifecycle_state(self)
        values: dict[str, Any] = {"lifecycle state": lifecycle, "policy": self._policy_name}
        if controller is not None:
            values |= asdict(controller.counters)
        reason, stamp = self._reported, self.get_clock().now().to_msg()
        name = f"{self.get_fully_qualified_name()}: policy"
        message = diagnostics(stamp, name, reason or lifecycle, values, is_warning=bool(reason))
        self._diagnostics_publisher.publish(message)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; returns the exit code."""
    return run_node("policy_node", __doc__.splitlines()[0], PolicyNode, args, config=PolicyConfig, run=PolicyNode.run)


if __name__ == "__main__":
    raise SystemExit(main())
