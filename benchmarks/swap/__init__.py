"""A policy on the fake robot's driver, in real time, against the same policy in the environment.

An episode is 1,000 control periods (jump 50 s, walk 20 s) from `~/reset` on, or ends with a fall. Policies that follow
`cmd_vel` walk (`walk.py`), others jump (`jump.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from rclpy.node import Node
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from ant_policy import load_policy
from ant_policy.observation.terms import CMD_VEL
from benchmarks.report import CONSOLE, Figure
from benchmarks.session import Session, StepCounts
from benchmarks.swap.jump import JumpTask
from benchmarks.swap.walk import WalkTask

TITLE = "policy_node on fake_driver, against the environment"

CONDITIONS: dict[str, dict[str, object]] = {
    "ideal": {"defects": False},
    "defects": {},
    "nominal": {"defects": False},
    "delayed": {"actuation_delay": 0.02},
    "noisy": {
        "joint_position_noise": 0.006,
        "joint_velocity_noise": 0.2,
        "height_noise": 0.01,
        "orientation_noise": 0.01,
        "linear_velocity_noise": 0.1,
        "angular_velocity_noise": 0.1,
    },
    "heavier": {"extra_mass": 0.3},
    "pushed": {"push": 1.0},
}
"""Robots as parameters of fake_driver; the last four have its default defects too."""
TARGETS = {"ideal": 0.95, "defects": 0.9}
HELP = {
    "policy": "shipped policy or path",
    "episodes": "number of episodes",
    "conditions": f"robots, of {', '.join(CONDITIONS)}",
    "steps": "control periods of an episode",
    "pairs": "pairs of driver and policy at a time, each in its own ROS domain",
}


class Watch(Protocol):
    """Scores of an episode as it goes on."""

    fell: bool
    is_over: bool
    scores: tuple[float, ...]

    def begin(self, number: int) -> None:
        """Begin an episode by its number."""


class Task(Protocol):
    """A task to measure.

    Attributes:
        robot: parameters of the driver.
        seconds: longest episode [s].
        offline: scores in the environment, and falls.
    """

    robot: Mapping[str, object]
    seconds: float
    offline: tuple[tuple[float, ...], int]

    def watch(self, node: Node) -> Watch:
        """Watch a robot through a node."""

    def figures(self, condition: str, scores: Sequence[float], falls: int, target: float | None) -> list[Figure]:
        """Mean scores of episodes, beside those in the environment."""


@dataclass
class Results:
    """Those of the episodes so far: scores, falls, and answered states a second of each pair."""

    scores: list[tuple[float, ...]] = field(default_factory=list)
    falls: int = 0
    rates: list[float] = field(default_factory=list)

    @property
    def means(self) -> list[float]:
        """Mean scores."""
        means: list[float] = np.mean(self.scores, axis=0).tolist()
        return means


def run_episodes(
    task: Task,
    policy: str,
    parameters: Mapping[str, object],
    numbers: Sequence[int],
    results: Results,
    progress: Callable[[], None],
) -> None:
    """Add the results of episodes of a policy on a fake driver with these parameters.

    Raises:
        RuntimeError: the driver was stopped.
    """
    with Session() as session:
        node, stopped = session.node, list[bool]()
        watch, answers = task.watch(node), StepCounts(session, "answered")
        node.create_subscription(Bool, "e_stop_active", lambda message: stopped.append(message.data), 10)
        driver = session.start("ant_bringup.fake_driver", seed=numbers[0], **task.robot, **parameters)
        session.start("ant_policy.policy_node", policy=policy)
        client = node.create_client(Trigger, "fake_driver/reset")
        session.spin_until(
            lambda: client.service_is_ready() and node.count_publishers("joint_commands") > 0, "both nodes"
        )
        for number in numbers:
            session.spin_until(client.call_async(Trigger.Request()).done, "a reset")
            watch.begin(number)
            session.spin_until(lambda: watch.is_over, "the end of an episode", task.seconds + 20.0)
            if any(stopped):
                raise RuntimeError(f"the driver was stopped; it said:\n{driver.output()}")
            results.scores.append(watch.scores)
            results.falls += watch.fell
            progress()
        session.spin_until(lambda: answers.seconds > 0.0, "the policy's diagnostics")
        results.rates.append(answers.rate)


def run(
    policy: str = "sac",
    episodes: int = 10,
    conditions: tuple[str, ...] = ("ideal", "defects"),
    steps: int = 1000,
    pairs: int = 1,
) -> list[Figure]:
    """Measure, then compare."""
    walks = CMD_VEL in load_policy(policy).card.sources
    task: Task = (WalkTask if walks else JumpTask)(policy, episodes, steps)
    figures = task.figures("environment", *task.offline, None)
    for condition in conditions:
        results, text = Results(), f"{condition}: {episodes} episodes of {task.seconds:g} s"
        with CONSOLE.status(text) as status, ThreadPoolExecutor(pairs) as threads:

            def progress(condition: str = condition, results: Results = results, show: Any = status.update) -> None:
                means = ", ".join(f"{mean:.4g}" for mean in results.means)
                show(f"{condition}: {len(results.scores)} of {episodes} episodes, {means}")

            shares = [range(pair, episodes, pairs) for pair in range(min(pairs, episodes))]
            measure = partial(run_episodes, task, policy, CONDITIONS[condition], results=results, progress=progress)
            list(threads.map(measure, shares))
        figures += task.figures(condition, results.means, results.falls, TARGETS.get(condition))
        figures.append(Figure(f"{condition}: answered states a second", min(results.rates)))
    return figures
