"""ROS 2 node of a simulated robot: `ros2 run ant_sim sim_node` or `python -m ant_sim.sim_node`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Bool, Float64, Float64MultiArray
from std_srvs.srv import SetBool, Trigger

from ant_ros.clock_watch import ClockWatch
from ant_ros.commander import CommanderWatch
from ant_ros.compat import LateResponses
from ant_ros.messages import to_ns
from ant_ros.parameters import declare_config
from ant_ros.qos import RELIABLE, advertise, publish_if_heard
from ant_ros.run_node import run_node
from ant_sim.control_loop.clamping import ClampCounter
from ant_sim.control_loop.command_decoder import CommandDecoder, CommandError
from ant_sim.control_loop.commands import Command
from ant_sim.control_loop.config import SimConfig, check_interface
from ant_sim.control_loop.events import EpisodeEnd, Severity
from ant_sim.control_loop.free_running import FreeRunning
from ant_sim.control_loop.lockstep import Lockstep
from ant_sim.control_loop.loop import ControlLoop
from ant_sim.control_loop.timing import TimingMonitor
from ant_sim.physics.robot import Interface, load_robot
from ant_sim.physics.shipped import find_model
from ant_sim.physics.simulator import Simulator
from ant_sim.ros.messages import StateMessages
from ant_sim.ros.reports import episode_report, loop_report
from ant_sim.ros.simulation_interfaces import SimulationInterfaces
from ant_sim.ros.view import ViewPublisher
from ant_sim.tasks.registry import make_task


class SimNode(Node):
    """Publishes the robot's state and passes commands on to the control loop, which decides."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the node and publish the first state; the robot stands still.

        Args:
            **kwargs: of `rclpy.node.Node`, such as `context` or `parameter_overrides`.

        Raises:
            ValueError: for a bad parameter, or a file that is not a model of the robot.
            FileNotFoundError: if there is no such file.
        """
        super().__init__("sim_node", **kwargs)
        self.config = config = declare_config(self, SimConfig)
        robot = load_robot(config.model or find_model(config.robot), config.base_link, config.gains)
        check_interface(config.command_interface, robot.interface)
        task = make_task(config.task, robot)
        keyframe = config.keyframe or robot.initial_keyframe
        self.simulator = simulator = Simulator(
            robot, config.control_period or task.control_period, keyframe, task.reset_noise
        )
        self.timing = TimingMonitor()
        self._decoder = CommandDecoder(robot.actuator_joints, robot.gears, robot.interface)
        self._array_joints = [name for name in robot.joint_names if name in robot.actuator_joints]
        self._hardware_id = f"simulated {robot.name if config.model else Path(config.robot).name}"
        self._commanders = CommanderWatch(config.command_timeout)
        self._published_ns = 0
        self._last_notice = ""
        self._rejected = 0
        self._clamps = ClampCounter(robot)
        self._clock_watch = ClockWatch(self)
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._armed_for = float("inf")

        self._messages = StateMessages(robot.joint_names, robot.base_link, config.frame_prefix)
        self._view = ViewPublisher(self)
        self._joint_states_publisher = advertise(self, JointState, "joint_states")
        self._odometry_publisher = advertise(self, Odometry, "odom")
        self._imu_publisher = advertise(self, Imu, "imu")
        self._height_publisher = advertise(self, Float64, "torso_height") if task.publishes_height else None
        self._clock_publisher = advertise(self, ClockMessage, "/clock")
        self._e_stop_publisher = advertise(self, Bool, "e_stop_active")
        self._diagnostics_publisher = advertise(self, DiagnosticArray, "/diagnostics")

        loop_type: type[ControlLoop] = Lockstep if config.sync else FreeRunning
        self.loop = loop_type(simulator, config, self, task)

        if config.command_interface == "joint_commands":
            self.create_subscription(JointState, "joint_commands", self._on_joint_commands, RELIABLE)
        else:
            topic = f"{config.command_interface}/commands"
            self.create_subscription(Float64MultiArray, topic, self._on_array, RELIABLE)
        self.create_subscription(Bool, "e_stop", self._on_e_stop, RELIABLE)
        self.create_service(Trigger, "~/reset", self._on_reset)
        self.create_service(SetBool, "~/set_pause", self._on_set_pause)
        self._late_steps = LateResponses(self.create_service(Trigger, "~/step", self._on_step))
        SimulationInterfaces(self, self.loop, self._on_reset, self._on_set_pause, self._request_step)
        self._tick_timer = self.create_timer(0.1, self._tick, clock=self._steady)
        self.create_timer(0.1, self._publish_e_stop, clock=self._steady)
        self.create_timer(1.0, self._publish_diagnostics, clock=self._steady)

        self.get_logger().info(
            f"robot '{robot.name}': {len(robot.actuator_joints)} joints take {robot.interface}, base link "
            f"'{robot.base_link}', control period {simulator.control_period:g} s"
        )
        self.loop.start(monotonic())
        self.timing.skip()
        self._arm_timer()

    def on_state(self, stamp_ns: int) -> None:
        """Publish the state of this control instant, or repeat it."""
        messages = self._messages
        if stamp_ns != self._published_ns:
            messages.fill(self.simulator.state(), stamp_ns, self.loop.episode)
            self._published_ns = stamp_ns
            self.timing.on_state(stamp_ns, monotonic())
        self._odometry_publisher.publish(messages.odometry)
        self._joint_states_publisher.publish(messages.joints)
        # The rest follows while the policy is computing, where somebody listens.
        publish_if_heard(self._clock_publisher, messages.clock)
        if self._imu_publisher.get_subscription_count():
            if messages.imu.header.stamp != messages.odometry.header.stamp:
                messages.fill_imu(self.simulator.proper_acceleration_b())
            self._imu_publisher.publish(messages.imu)
        if self._height_publisher is not None:
            publish_if_heard(self._height_publisher, messages.height)
        self._view.publish(messages)

    def on_episode_end(self, end: EpisodeEnd) -> None:
        """Report the episode on /diagnostics."""
        self._diagnostics_publisher.publish(episode_report(self.get_fully_qualified_name(), self._hardware_id, end))
        found = f", return {end.episode_return:.1f}" if self.loop.task.report() else ""
        self.get_logger().info(f"episode {end.episode} {end.outcome} after {end.steps} steps{found}")

    def on_notice(self, severity: Severity, text: str) -> None:
        """Log a notice, once if it is repeated."""
        if text == self._last_notice:
            return
        self._last_notice = text
        if severity is Severity.WARNING:
            self.get_logger().warning(text)
        else:
            self.get_logger().info(text)

    def _publish_e_stop(self) -> None:
        self._e_stop_publisher.publish(Bool(data=self.loop.e_stopped))

    def _publish_diagnostics(self) -> None:
        self._clock_watch.check()
        self.timing.close_window(monotonic(), self.loop.stamp_ns)
        commanders = self.count_publishers(self.resolve_topic_name("joint_commands"))
        name, hardware_id = self.get_fully_qualified_name(), self._hardware_id
        counts = {"rejected": self._rejected, "clamped": self._clamps.count, "commanders": commanders}
        report = loop_report(name, hardware_id, self.loop, self.timing, seed=self.config.seed, **counts)
        self._diagnostics_publisher.publish(report)

    def _on_joint_commands(self, message: JointState) -> None:
        position, velocity, effort = message.position, message.velocity, message.effort
        fields = {Interface.POSITION: position, Interface.VELOCITY: velocity, Interface.EFFORT: effort}
        stamp_ns, commander = to_ns(message.header.stamp), message.header.frame_id
        self._on_command(stamp_ns, commander, lambda: self._decoder.decode_message(message.name, fields))

    def _on_array(self, message: Float64MultiArray) -> None:
        self._on_command(None, None, lambda: self._decoder.command(self._array_joints, message.data))

    def _on_command(self, stamp_ns: int | None, commander: str | None, decode: Callable[[], Command]) -> None:
        now = monotonic()
        try:
            command = decode()
        except CommandError as error:
            self._rejected += 1
            self.on_notice(Severity.WARNING, f"command rejected: {error}")
            return
        if commander is not None and not self.loop.e_stopped:
            other = self._commanders.register(commander, command.is_stop, now)
            if other is not None:
                self._latch(f"joint_commands: two commanders at once, '{other[:80]}' and '{commander[:80]}': e_stop")
        self.timing.on_command(stamp_ns, now)
        if warning := self._clamps.add(command):
            self.on_notice(Severity.WARNING, warning)
        self.loop.on_command(stamp_ns, command, now)
        self._arm_timer()

    def _on_e_stop(self, message: Bool) -> None:
        self._latch("e_stop", message.data)

    def _latch(self, reason: str, stop: bool = True) -> None:
        self.loop.set_e_stop(stop, reason)
        self._publish_e_stop()
        self._arm_timer()

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self.loop.reset(monotonic())
        self._arm_timer()
        response.success, response.message = True, f"episode {self.loop.episode} begins"
        return response

    def _on_set_pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self.loop.set_paused(request.data, monotonic())
        self.timing.skip()
        self._arm_timer()
        response.success, response.message = True, "paused" if request.data else "running"
        return response

    def _on_step(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        if not self.loop.paused:
            response.success, response.message = False, "not paused: call ~/set_pause with true first"
            return response

        def done() -> None:
            response.success, response.message = True, f"simulation time {self.loop.stamp_ns * 1e-9:.2f} s"
            self._late_steps.send(response)

        self._late_steps.hold(response)
        self._request_step(done)
        return response

    def _request_step(self, done: Callable[[], None]) -> None:
        self.loop.request_step(monotonic(), done)
        self._arm_timer()

    def _tick(self) -> None:
        self._armed_for = float("inf")
        now = monotonic()
        if now >= self.loop.deadline():
            self.loop.tick(now)
        self._arm_timer()

    def _arm_timer(self) -> None:
        """Let the timer fire at the loop's deadline, unless it fires before that."""
        deadline = self.loop.deadline()
        if deadline < self._armed_for:
            self._armed_for = deadline
            self._tick_timer.timer_period_ns = max(0, round((deadline - monotonic()) * 1e9))
            self._tick_timer.reset()


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; returns the exit code."""
    return run_node("ant_sim.sim_node", __doc__.splitlines()[0], SimNode, args, config=SimConfig)


if __name__ == "__main__":
    raise SystemExit(main())
