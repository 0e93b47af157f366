"""ROS 2 lifecycle node that runs a policy: `ros2 run ant_policy policy_node`."""

import copy
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.subscription import Subscription
from std_msgs.msg import Bool

from ant_policy.control.commands import Command
from ant_policy.control.config import LIVE, PolicyConfig
from ant_policy.control.controller import Controller
from ant_policy.control.state import LATCHED, ControlState
from ant_policy.errors import PolicyError
from ant_policy.observation.terms import JOINT_STATES
from ant_policy.policies.loading import load_policy
from ant_policy.ros import activation
from ant_policy.ros.inputs import subscribe
from ant_policy.ros.outputs import CommandPublisher
from ant_ros.clock_watch import ClockWatch
from ant_ros.compat import destroy_state_machine, guard_transitions, lifecycle_state
from ant_ros.messages import OK, STALE, WARN, diagnostics
from ant_ros.parameters import declare_config, read_config
from ant_ros.qos import BEST_EFFORT, RELIABLE, advertise
from ant_ros.run_node import NodeError, run_node, spin

DESCRIPTION = f"{__doc__}\n{activation.OPTION} [NODE]: configure and activate a running one instead, and end."
SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


class PolicyNode(LifecycleNode):
    """Passes states to the controller, which decides, and publishes its commands.

    configure loads the policy and subscribes to what it needs, activate starts commanding, deactivate sends one command
    that stops the robot and nothing after it.

    Attributes:
        controller: of the policy; None while the node is not configured.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Create the node, unconfigured.

        Args:
            **kwargs: of `rclpy.node.Node`, such as `context` or `parameter_overrides`.

        Raises:
            ValueError: for an unknown parameter; see `declare_config` for others.
        """
        super().__init__("policy_node", **kwargs)
        declare_config(self, PolicyConfig, read_only=False)
        self.add_on_set_parameters_callback(self._on_parameters)
        self.controller: Controller | None = None
        self._clock_watch = ClockWatch(self)
        self._policy_name, self._robot = "", "none"
        self._active = False
        self._awaits_e_stop_state = False
        self._e_stopped = False
        self._driver_e_stopped: bool | None = None
        self._reported = ""
        steady = Clock(clock_type=ClockType.STEADY_TIME)

        self._outputs = CommandPublisher(self)
        self._inputs: list[Subscription] = []
        self._diagnostics_publisher = advertise(self, DiagnosticArray, "/diagnostics")
        self.create_subscription(Bool, "e_stop", self._on_e_stop, RELIABLE)
        self.create_subscription(Bool, "e_stop_active", self._on_e_stop_active, BEST_EFFORT)
        self.create_timer(0.02, self._watch, clock=steady)
        self.create_timer(1.0, self._publish_diagnostics, clock=steady)
        guard_transitions(self)

    def run(self, stop: threading.Event) -> None:
        """Start by `autostart`, command until `stop` is set, and go limp.

        Raises:
            NodeError: the policy cannot be loaded; the log says why.
        """
        if self.get_parameter("autostart").value and not self.autostart():
            raise NodeError
        spin(self, stop)
        self.go_limp()

    def autostart(self) -> bool:
        """Configure and activate, or wait for the e-stop's state; returns False if the policy cannot be loaded."""
        if self.trigger_configure() != SUCCESS:
            return False
        if self.trigger_activate() != SUCCESS:
            self._awaits_e_stop_state = self.get_parameter("require_e_stop_state").value
        return True

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load and check the policy and warm it up; FAILURE, with the reason in the log, if it cannot be used."""
        config = read_config(self, PolicyConfig)
        try:
            policy = load_policy(config.policy, deterministic=config.deterministic, seed=config.seed)
            self.controller = Controller(policy, config)
            # A copy, so that a sampling policy keeps its first draw for the robot.
            copy.deepcopy(policy).act([0.0] * policy.card.observation_size)
        except Exception as error:  # rclpy turns any exception into a failed transition, without a word
            kind = "" if isinstance(error, PolicyError | OSError) else f"{type(error).__name__}: "
            self.get_logger().error(f"policy '{config.policy}' cannot be used: {kind}{error}")
            return FAILURE
        self._policy_name, self._robot = config.policy, policy.card.robot
        self._inputs = subscribe(self, policy.card, config.command_input, self._act)
        self._outputs.open(policy.card.action.interface)
        self.get_logger().info(f"policy '{config.policy}' ({policy.card.policy.algorithm}) is ready")
        return SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start commanding; FAILURE while an e-stop is latched or, if required, its state is unknown."""
        assert self.controller is not None
        required = self.get_parameter("require_e_stop_state").value
        if self._e_stopped or self._driver_e_stopped:
            self.get_logger().error("not activated: e_stop is latched; release it first")
            return FAILURE
        if required and self._driver_e_stopped is None:
            self.get_logger().warning("not activated: waiting for e_stop_active to say false")
            return FAILURE
        self.controller.activate(monotonic())
        self._reported = ""
        self._active = True
        self.get_logger().info(f"active: waiting for {' and '.join([JOINT_STATES, *self.controller.sources])}")
        return SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Send one command that stops the robot."""
        assert self.controller is not None
        self._active = False
        self._send([self.controller.stop_command()])
        return SUCCESS

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forget the policy."""
        self.controller = None
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self._inputs = []
        self._outputs.close()
        return SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go limp if active."""
        return self.on_deactivate(state) if self._active else SUCCESS

    def go_limp(self) -> None:
        """Deactivate if active, and give the driver a moment to receive the zero command."""
        if self._active:
            self.trigger_deactivate()
            self._outputs.flush()

    def destroy_node(self) -> None:
        """Destroy the node and its state machine."""
        super().destroy_node()
        destroy_state_machine(self)

    def _on_parameters(self, changes: "list[Parameter[Any]]") -> SetParametersResult:
        """Take limits and timeouts at once; the other parameters can only change before configure."""
        fixed = [each.name for each in changes if each.name not in LIVE and each.name != "use_sim_time"]
        try:
            config = read_config(self, PolicyConfig, changes)
            if self.controller is not None:
                if fixed:
                    raise ValueError(f"parameter '{fixed[0]}' is read by configure: clean up the node first")
                self.controller.set_limits(config)
        except (ValueError, PolicyError) as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _on_e_stop(self, message: Bool) -> None:
        self._e_stopped = message.data
        if message.data:
            self._stop("e_stop")

    def _stop(self, what: str) -> None:
        self._act(lambda c: c.stop(f"{what}: {c.commands.consequence}; release it, then activate this node again"))

    def _on_e_stop_active(self, message: Bool) -> None:
        self._driver_e_stopped = message.data
        if message.data:
            self._stop("e_stop_active: the driver is stopped")
        if self._awaits_e_stop_state and not message.data:
            self._awaits_e_stop_state = False
            self.trigger_activate()

    def _watch(self) -> None:
        self._act(lambda controller: controller.tick(monotonic()))

    def _act(self, decide: Callable[[Controller], list[Command]]) -> None:
        """While active, send what the controller decides and report its stops."""
        if self._active and self.controller is not None:
            self._send(decide(self.controller))
            self._report()

    def _send(self, commands: list[Command]) -> None:
        assert self.controller is not None
        for command in commands:
            self._outputs.publish(command, self.controller)

    def _report(self) -> None:
        """Log each stop and its end once; a latched stop leaves the lifecycle states that it forbids."""
        controller = self.controller
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
        if self.get_parameter("use_sim_time").value:
            self._clock_watch.check()
        controller = self.controller
        lifecycle = lifecycle_state(self)
        values: dict[str, Any] = {"lifecycle state": lifecycle, "policy": self._policy_name}
        reason, stamp = self._reported, self.get_clock().now().to_msg()
        level = WARN if reason else OK
        if controller is not None:
            level = STALE if controller.state is ControlState.STALE else level
            values |= {"state": controller.state} | asdict(controller.counters)
        name = f"{self.get_fully_qualified_name()}: policy"
        message = diagnostics(stamp, name, reason or lifecycle, values, level=level, hardware_id=self._robot)
        self._diagnostics_publisher.publish(message)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM, or activate a running one; returns the exit code."""
    given = sys.argv[1:] if args is None else list(args)
    if activation.OPTION in given:
        return activation.main(given)
    return run_node("ant_policy.policy_node", DESCRIPTION, PolicyNode, given, config=PolicyConfig, run=PolicyNode.run)


if __name__ == "__main__":
    raise SystemExit(main())
