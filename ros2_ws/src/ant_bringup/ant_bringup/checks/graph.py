"""Simulator and policy as processes of their own, and all that they say."""

import os
import random
import secrets
import subprocess
import time
from collections.abc import Callable, Container
from functools import partial
from pathlib import Path
from typing import Any

import rclpy
from geometry_msgs.msg import Twist
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Imu, JointState

from ant_bringup.child_process import command_line, interrupt, this_machine
from ant_policy.observation.samples import Vector
from ant_ros.messages import to_ns
from ant_ros.start import start_ros

TIMEOUT = 60.0
"""Timeout [s] of every wait; the trajectory does not depend on it."""
COMMAND_LEAD = 0.5
"""Time [s] for which the policy hears cmd_vel before the robot is there."""


class ParityError(RuntimeError):
    """There was nothing to compare; the message gives the reason."""


class Graph:
    """Simulator and policy as child processes, and a node that records their messages."""

    def __init__(
        self, policy: str, sources: Container[str], velocity_command: Vector, logs: Path, **simulator: object
    ) -> None:
        """Start the policy, let it hear the velocity command, and start the simulator; the robot stands still.

        Args:
            policy: as of the policy node.
            sources: of the policy's card; imu is recorded only if it is one.
            velocity_command: linear x, linear y [m/s], angular z [rad/s].
            logs: folder for the output of the processes.
            **simulator: parameters of the simulator node.

        Raises:
            ParityError: if the policy cannot be used, or a process has ended.
        """
        self._namespace = f"/parity_{secrets.token_hex(4)}"
        self._domain = random.randint(1, 101)
        self._logs = logs
        start_ros([], self._domain)
        self.node = Node("check_parity", namespace=self._namespace, start_parameter_services=False)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        self.states: dict[int, JointState] = {}
        self.odometry: dict[int, Odometry] = {}
        self.imus: dict[int, Imu] = {}
        self.commands: dict[int, JointState] = {}
        topics: dict[str, tuple[type, dict[int, Any]]] = {
            "joint_states": (JointState, self.states),
            "odom": (Odometry, self.odometry),
            "joint_commands": (JointState, self.commands),
        }
        if "imu" in sources:
            topics["imu"] = (Imu, self.imus)
        self._subscriptions = [
            self.node.create_subscription(kind, topic, partial(_keep, kept), QoSProfile(depth=10_000))
            for topic, (kind, kept) in topics.items()
        ]
        cmd_vel, twist = self.node.create_publisher(Twist, "cmd_vel", 10), Twist()
        twist.linear.x, twist.linear.y, twist.angular.z = velocity_command
        self.kept = {topic: kept for topic, (_, kept) in topics.items()}
        self._transitions = self.node.create_client(ChangeState, "policy_node/change_state")
        self._processes: list[subprocess.Popen[bytes]] = []
        timeouts = {"state_timeout": TIMEOUT, "command_input_timeout": TIMEOUT, "autostart": "false"}
        try:
            self._start("ant_policy.policy_node", policy=policy, seed=simulator["seed"], **timeouts)
            self._change_state(Transition.TRANSITION_CONFIGURE)
            if any(velocity_command):
                self.node.create_timer(0.02, lambda: cmd_vel.publish(twist))
                self._tell_velocity(cmd_vel)
            self._start("ant_sim.sim_node", real_time_factor=0.0, command_timeout=TIMEOUT, **simulator)
        except ParityError:
            self.close()
            raise

    def _start(self, module: str, **parameters: object) -> None:
        values = [word for name, value in parameters.items() if value != "" for word in ("-p", f"{name}:={value}")]
        command = command_line(module, "--ros-args", "-r", f"__ns:={self._namespace}", *values)
        environment = os.environ | this_machine() | {"ROS_DOMAIN_ID": str(self._domain)}
        with (self._logs / f"{module}.log").open("wb") as log:
            self._processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT))

    def _change_state(self, *transitions: int) -> None:
        self.wait(self._transitions.service_is_ready, "the policy node")
        for transition in transitions:
            future = self._transitions.call_async(ChangeState.Request(transition=Transition(id=transition)))
            self.wait(future.done, "the policy node's transition")
            if not future.result().success:
                raise ParityError(f"the policy node refused; it said:\n{self._output()}")

    def _tell_velocity(self, cmd_vel: Publisher) -> None:
        """Let the policy hear the velocity command while there is no robot yet: its first answer is to know it."""
        self._change_state(Transition.TRANSITION_ACTIVATE)
        self.wait(lambda: cmd_vel.get_subscription_count() > 0, "the policy listening to cmd_vel")
        end = time.monotonic() + COMMAND_LEAD
        self.wait(lambda: time.monotonic() > end, "the policy hearing cmd_vel")
        self._change_state(Transition.TRANSITION_DEACTIVATE)

    def activate(self) -> None:
        """Activate the policy once the first state and the publisher of commands have come.

        Raises:
            ParityError: if the policy cannot be used, or a process has ended.
        """
        self.wait(lambda: all(each.get_publisher_count() for each in self._subscriptions), "publishers")
        states = [kept for topic, kept in self.kept.items() if topic != "joint_commands"]
        self.wait(lambda: all(states), "the first state")
        self._change_state(Transition.TRANSITION_ACTIVATE)

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
