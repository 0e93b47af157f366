"""Errors of the walking quadruped on a driver, by its true velocity, under the commands that the environment draws."""

import math
from collections.abc import Mapping, Sequence
from time import time_ns

import numpy as np
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from numpy.typing import NDArray
from rclpy.node import Node

from ant_policy import load_policy
from ant_policy.evaluation.gym_environment import GymEnvironment
from ant_policy.evaluation.rollout import roll_out
from ant_policy.observation.frames import tilt
from ant_policy.tasks.walk.robot import CONTROL_PERIOD
from ant_ros.messages import to_ns
from ant_sim.tasks.walk import FALL_HEIGHT, FALL_TILT
from benchmarks.report import Figure
from benchmarks.session import RELIABLE

SEED = 1000
REPEAT_NS = 100_000_000
LIMITS = (0.2, 0.25)
"""Largest mean errors that are wanted [m/s], [rad/s]."""
UNITS = {"velocity error": "m/s", "yaw rate error": "rad/s"}


class WalkWatch:
    """Commands a robot by cmd_vel and compares its true velocity with that; no message of truth is lost."""

    def __init__(self, node: Node, commands: NDArray[np.float64]) -> None:
        """Subscribe; commands (steps, episodes, 3) are those of the environment."""
        self._all_commands = commands
        self._cmd_vel = node.create_publisher(Twist, "cmd_vel", 10)
        self._sent, self._sent_ns = list[float](), 0
        self.begin(0)
        node.create_subscription(Odometry, "ground_truth/odom", self._on_truth, RELIABLE)
        node.create_timer(CONTROL_PERIOD, self._send)

    def begin(self, number: int) -> None:
        """Begin an episode."""
        self._commands, self._began_ns = self._all_commands[:, number], time_ns()
        self._errors: list[tuple[float, float]] = []
        self.fell = self.is_over = False
        self._send()

    def _step(self, at_ns: int) -> int:
        return math.floor((at_ns - self._began_ns) * 1e-9 / CONTROL_PERIOD)

    def _send(self) -> None:
        """Send the command when it changes, and ten times a second."""
        now = time_ns()
        values = self._commands[min(self._step(now), len(self._commands) - 1)].tolist()
        if values != self._sent or now - self._sent_ns > REPEAT_NS:
            self._sent, self._sent_ns = values, now
            command = Twist()
            command.linear.x, command.linear.y, command.angular.z = values
            self._cmd_vel.publish(command)

    def _on_truth(self, message: Odometry) -> None:
        step = self._step(to_ns(message.header.stamp))
        self.is_over |= step >= len(self._commands)
        if self.is_over or step < 1:
            return
        x, y, yaw = self._commands[step]
        velocity, rate = message.twist.twist.linear, message.twist.twist.angular.z
        self._errors.append((math.hypot(velocity.x - x, velocity.y - y), abs(rate - yaw)))
        q = message.pose.pose.orientation
        angle = tilt((q.w, q.x, q.y, q.z))
        self.fell = message.pose.pose.position.z < FALL_HEIGHT or angle > FALL_TILT
        self.is_over = self.fell

    @property
    def scores(self) -> tuple[float, ...]:
        """Mean errors of velocity [m/s] and yaw rate [rad/s]."""
        return tuple(np.mean(self._errors, axis=0).tolist())


class WalkTask:
    """The walk; see `Task`."""

    robot: Mapping[str, object] = {"robot": "quadruped", "ground_truth": True}

    def __init__(self, policy: str, episodes: int, steps: int) -> None:
        """Evaluate a policy in the environment, and keep the commands."""
        self.seconds = steps * CONTROL_PERIOD
        environment = GymEnvironment("QuadrupedWalk-v1")
        act, envs = environment.adapt(load_policy(policy)), environment.make(episodes, max_steps=steps)
        commands = []

        def act_and_keep(observations: NDArray[np.float64]) -> NDArray[np.float64]:
            commands.append(envs.unwrapped.commands.copy())
            return act(observations)

        evaluation = roll_out(envs, act_and_keep, SEED, steps)
        self._commands = np.array(commands)
        self.offline = tuple(evaluation.metrics.values()), int(evaluation.falls.sum())

    def watch(self, node: Node) -> WalkWatch:
        """Watch a robot through a node."""
        return WalkWatch(node, self._commands)

    def figures(self, condition: str, scores: Sequence[float], falls: int, target: float | None) -> list[Figure]:
        """Mean errors, and the environment's errors by these."""
        figures = []
        for (name, unit), error, limit, offline in zip(UNITS.items(), scores, LIMITS, self.offline[0], strict=True):
            figures.append(Figure(f"{condition}: {name} ({falls} falls)", error, unit, limit, is_limit=True))
            if scores is not self.offline[0]:
                figures.append(Figure(f"{condition}: the environment's {name} by it", offline / error, target=target))
        return figures
