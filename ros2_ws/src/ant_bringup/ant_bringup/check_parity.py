"""Parity check of a policy over ROS with the Gymnasium environment: `ros2 run ant_bringup check_parity sac`.

Simulator and policy run as two processes in a ROS domain and namespace of their own; their states and commands are
compared bit for bit with the environment's for the same seed. Exit code 0 if they agree, 1 if they differ, 2 if there
was nothing to compare.
"""

import argparse
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.signals import SignalHandlerOptions
from rich.console import Console
from rich.progress import Progress
from sensor_msgs.msg import JointState

from ant_bringup.checks.parity import PERIOD_NS, Comparison, compare, replay
from ant_bringup.child_process import command_line, interrupt, this_machine
from ant_policy import PolicyError, load_policy
from ant_policy.evaluation.rollout import model_warning
from ant_ros.messages import to_ns
from ant_sim.control_loop.loop import FIRST_STAMP_NS

TIMEOUT = 60.0
"""Timeout [s] of every wait; the trajectory does not depend on it."""


class ParityError(RuntimeError):
    """There was nothing to compare; the message gives the reason."""


class Graph:
    """Simulator and policy as child processes, and a node that records their messages."""

    def __init__(self, policy: str, seed: int, logs: Path) -> None:
        """Start all processes; the robot stands still until `activate`."""
        self._namespace = f"/parity_{secrets.token_hex(4)}"
        self._domain = random.randint(1, 101)
        self._logs = logs
        rclpy.init(args=[], domain_id=self._domain, signal_handler_options=SignalHandlerOptions.NO)
        self.node = Node("check_parity", namespace=self._namespace, start_parameter_services=False)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        self.states: dict[int, JointState] = {}
        self.odometry: dict[int, Odometry] = {}
        self.commands: dict[int, JointState] = {}
        self._subscriptions = [
            self.node.create_subscription(kind, topic, partial(_keep, kept), QoSProfile(depth=10_000))
            for kind, topic, kept in (
                (JointState, "joint_states", self.states),
                (Odometry, "odom", self.odometry),
                (JointState, "joint_commands", self.commands),
            )
        ]
        self._processes = [
            self._start("ant_sim.sim_node", seed=seed, real_time_factor=0.0, command_timeout=TIMEOUT),
            self._start("ant_policy.policy_node", policy=policy, seed=seed, state_timeout=TIMEOUT, autostart="false"),
        ]

    def _start(self, module: str, **parameters: object) -> subprocess.Popen[bytes]:
        values = [word for name, value in parameters.items() for word in ("-p", f"{name}:={value}")]
        command = command_line(module, "--ros-args", "-r", f"__ns:={self._namespace}", *values)
        environment = os.environ | this_machine() | {"ROS_DOMAIN_ID": str(self._domain)}
        with (self._logs / f"{module}.log").open("wb") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def activate(self) -> None:
        """Activate the policy once all publishers are discovered.

        Raises:
            ParityError: if the policy cannot be used, or a process has ended.
        """
        self.wait(lambda: all(each.get_publisher_count() for each in self._subscriptions), "publishers")
        client = self.node.create_client(ChangeState, "policy_node/change_state")
        self.wait(client.service_is_ready, "the policy node")
        for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
            future = client.call_async(ChangeState.Request(transition=Transition(id=transition)))
            self.wait(future.done, "the policy node's transition")
            if not future.result().success:
                raise ParityError(f"the policy node refused; it said:\n{self._output()}")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Record messages until a condition holds.

        Raises:
            ParityError: after a timeout without messages, or if a process has ended.
        """
        heard, deadline = -1, 0.0
        while not condition():
            if heard < (heard := len(self.states) + len(self.commands)):
                deadline = time.monotonic() + TIMEOUT
            if time.monotonic() > deadline or any(process.poll() is not None for process in self._processes):
                raise ParityError(f"waited in vain for {what}; the nodes said:\n{self._output()}")
            self._executor.spin_once(timeout_sec=0.1)

    def _output(self) -> str:
        return "".join(path.read_text()[-1000:] for path in sorted(self._logs.glob("*.log")))

    def close(self) -> None:
        """End processes and node."""
        for process in reversed(self._processes):
            interrupt(process, TIMEOUT)
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown()


def _keep(kept: dict[int, Any], message: Any) -> None:
    kept[to_ns(message.header.stamp)] = message


def check(policy: str, seed: int, steps: int, console: Console) -> Comparison:
    """Run simulator and policy, and compare.

    Raises:
        PolicyError: the policy cannot be used.
        ParityError: there was nothing to compare.
    """
    loaded = load_policy(policy, seed=seed)
    if warning := model_warning(loaded.card):
        console.print(f"warning: {warning}", highlight=False)
    with tempfile.TemporaryDirectory() as logs, Progress(console=console, transient=True) as bar:
        graph = Graph(policy, seed, Path(logs))
        try:
            graph.activate()
            task = bar.add_task("over ROS", total=steps)
            end = FIRST_STAMP_NS + steps * PERIOD_NS

            def arrived() -> bool:
                newest = [max(kept, default=0) for kept in (graph.states, graph.odometry, graph.commands)]
                bar.update(task, completed=max(0, min(newest) - FIRST_STAMP_NS) // PERIOD_NS)
                return min(newest) >= end

            graph.wait(arrived, "the last command")
        finally:
            graph.close()
    instants = replay(loaded, seed, steps)
    return compare(loaded, instants, graph.states, graph.odometry, graph.commands)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; exit code 0: equal, 1: different, 2: nothing to compare."""
    parser = argparse.ArgumentParser(prog="check_parity", description=__doc__.splitlines()[0])
    parser.add_argument("policy", help="shipped policy (sac, dqn, pgpe), zero, random, or a path")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first reset (default: 0)")
    parser.add_argument("--steps", type=int, default=1000, help="control steps (default: 1000)")
    arguments = parser.parse_args(argv)
    if arguments.steps < 1 or arguments.seed < 0:
        parser.error(f"--steps is {arguments.steps} and --seed {arguments.seed}; expected at least 1 and 0")
    console = Console(stderr=True)
    try:
        result = check(arguments.policy, arguments.seed, arguments.steps, console)
    except (PolicyError, ParityError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if result.difference is not None:
        print(f"DIFFERENT at {result.difference}")
        return 1
    expected = arguments.steps + 1
    if min(result.states, result.commands) < expected:
        print(f"error: {result.states} states and {result.commands} commands of {expected} came", file=sys.stderr)
        return 2
    print(f"EQUAL: {result.states} states and {result.commands} commands, bit for bit")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
