"""Simulator and policy in one process, over ROS 2: `python -m ant_bringup.run`, `make jump` or `make walk`.

For machines without `ros2 launch`. The two nodes are those of the launch file, in one executor.
"""

import argparse
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import fields
from pathlib import Path
from time import monotonic

from geometry_msgs.msg import Twist
from rclpy.node import Node
from rclpy.parameter import Parameter
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ant_bringup.bags.recorder_process import Recording, RecordingError
from ant_bringup.checks.gains import gains_warning
from ant_bringup.web.child import web_page
from ant_policy.optional import command
from ant_policy.policy_node import PolicyNode
from ant_ros.arguments import split_ros_arguments
from ant_ros.qos import advertise
from ant_ros.run_node import NodeError, as_node_error, ros, spin
from ant_sim.control_loop.config import SimConfig
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.sim_node import SimNode

REFRESH_PERIOD = 0.1
"""Time between two updates of the live line [s]."""

OF_SIMULATOR = (
    "robot",
    "model",
    "base_link",
    "keyframe",
    "gains",
    "control_period",
    "task",
    "seed",
    "real_time_factor",
)
"""Parameters of the simulator that are options."""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m ant_bringup.jump", description=__doc__)
    for entry in fields(SimConfig):
        if entry.name in OF_SIMULATOR:
            flag, text = f"--{entry.name.replace('_', '-')}", entry.metadata["description"]
            if entry.default != "":
                text += " (default: %(default)s)"
            parser.add_argument(flag, type=type(entry.default), default=entry.default, help=text)
    parser.add_argument("--policy", default="sac", help="shipped policy, zero, random, or a path (default: sac)")
    velocity = "constant velocity command: forwards, sideways [m/s], turning [rad/s] (default: none)"
    parser.add_argument("--cmd-vel", type=float, nargs=3, metavar=("X", "Y", "YAW"), help=velocity)
    parser.add_argument("--seconds", type=float, default=0.0, help="wall time to run [s]; 0: until Ctrl-C (default: 0)")
    parser.add_argument("--free-running", action="store_true", help="do not wait for commands, as a real robot")
    parser.add_argument("--viewer", choices=["none", "web"], default="none", help="web: in a browser (default: none)")
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="record all topics into a new bag")
    own, ros_arguments = split_ros_arguments(parser, argv)
    arguments = parser.parse_args(own, argparse.Namespace(ros_arguments=ros_arguments))
    if arguments.seconds < 0.0:
        parser.error(f"--seconds is {arguments.seconds:g}; expected 0 or more")
    return arguments


def make_nodes(arguments: argparse.Namespace) -> tuple[SimNode, PolicyNode]:
    """Create both nodes with the parameters of the command line."""
    simulator = {name: getattr(arguments, name) for name in OF_SIMULATOR} | {"sync": not arguments.free_running}
    policy = {"policy": arguments.policy, "seed": arguments.seed, "use_sim_time": True}
    return SimNode(parameter_overrides=overrides(simulator)), PolicyNode(parameter_overrides=overrides(policy))


def overrides(values: Mapping[str, object]) -> list[Parameter]:
    """Parameters with these values."""
    return [Parameter(name, value=value) for name, value in values.items()]


def velocity_source(node: Node, values: Sequence[float] | None) -> Callable[[], None]:
    """Function that publishes a velocity command (3,) on cmd_vel; it does nothing without one."""
    if values is None:
        return lambda: None
    message, publisher = Twist(), advertise(node, Twist, "cmd_vel")
    message.linear.x, message.linear.y, message.angular.z = values
    return lambda: publisher.publish(message)


def live_line(simulator: SimNode) -> Text:
    """Current state in one line."""
    loop, timing = simulator.loop, simulator.timing
    p50, _ = timing.latency_percentiles()
    height = simulator.simulator.base_height
    bar = "█" * min(round(4 * height), 20)
    has_reward = bool(loop.task.report())
    return Text.assemble(
        (f" {loop.stamp_ns * 1e-9:8.2f} s ", "bold"),
        f"height {height:5.2f} m {bar:<20} episode {loop.episode} ",
        f"return {loop.episode_return:8.1f}  " if has_reward else "",
        f"{timing.real_time_factor:5.2f} x real time  latency {p50 * 1e3:5.2f} ms",
        (f"  {loop.stop_message}", "yellow"),
    )


def summary_table(simulator: SimNode, wall_seconds: float) -> Table:
    """Summary of the run."""
    loop = simulator.loop
    p50, p99 = simulator.timing.latency_percentiles()
    simulated_seconds = (loop.stamp_ns - FIRST_STAMP_NS) * 1e-9
    table = Table(title="Summary", show_header=False)
    table.add_row("simulated time", f"{simulated_seconds:.2f} s in {wall_seconds:.2f} s")
    table.add_row("control steps", f"{loop.control_steps}")
    table.add_row("episode", f"{loop.episode}")
    of_task = loop.task.report()
    if of_task:
        table.add_row("return of this episode", f"{loop.episode_return:.1f} in {loop.steps} steps")
    for name, value in of_task.items():
        table.add_row(escape(name), f"{value}")
    table.add_row("latency p50 / p99", f"{p50 * 1e3:.2f} / {p99 * 1e3:.2f} ms")
    return table


def show(simulator: SimNode, arguments: argparse.Namespace, refresh: Callable[[], None], stop: threading.Event) -> None:
    """Show the live line until the time is over or `stop` is set, and call `refresh` with it; then the summary."""
    console = Console()
    begin, seconds = monotonic(), arguments.seconds
    shown = {name: getattr(arguments, name) for name in ("robot", "model", "task")}
    is_web = arguments.viewer == "web"
    options = shown, *arguments.ros_arguments
    page = web_page(lambda line: console.print(line, soft_wrap=True), *options) if is_web else nullcontext()
    with page, Live(console=console, auto_refresh=False, transient=True) as live:
        while not stop.wait(REFRESH_PERIOD) and (not seconds or monotonic() - begin < seconds):
            live.update(live_line(simulator), refresh=True)
            refresh()
    console.print(summary_table(simulator, monotonic() - begin))


def run(arguments: argparse.Namespace, recording: Recording | None, stop: threading.Event) -> int:
    """Run both nodes until the time is over or `stop` is set; exit code 0, or 2 if the policy could not start.

    Raises:
        RecordingError: the recording could not begin.
        NodeError: a node could not start.
    """
    with ExitStack() as stack:
        with as_node_error():
            simulator, policy = make_nodes(arguments)
        refresh = velocity_source(policy, arguments.cmd_vel)
        for node in (simulator, policy):
            stack.callback(node.destroy_node)
        if recording is not None:
            recording.wait_until_heard(stop, simulator, policy)
        if not policy.autostart():
            return 2
        assert policy.controller is not None
        if warning := gains_warning(simulator.simulator.robot, policy.controller.card):
            policy.get_logger().warning(warning)
        with ThreadPoolExecutor(max_workers=1) as threads:
            # One thread for both: two would wait for each other's hold on the interpreter.
            spinning = threads.submit(spin, (simulator, policy), stop)
            try:
                show(simulator, arguments, refresh, stop)
            finally:
                stop.set()
        spinning.result()
        if recording is not None:
            recording.wait_until_received(simulator, policy)
    return 0


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Run both nodes; exit code 0, or 2 if one could not start."""
    arguments = parse(argv)
    with ros(arguments.ros_arguments) as stop:
        recording = Recording(arguments.record, *arguments.ros_arguments) if arguments.record else None
        try:
            return run(arguments, recording, stop)
        except (RecordingError, NodeError) as error:
            print(f"run: error: {error}", file=sys.stderr)
            return 2
        finally:
            if recording is not None:
                recording.finish()


if __name__ == "__main__":
    raise SystemExit(main())
