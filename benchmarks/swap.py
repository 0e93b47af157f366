"""A policy on the fake robot's driver, in real time, against the same policy in the environment.

An episode is 1,000 control periods (50 s) from `~/reset` on, or ends with a fall; its return is the task's, from the
torso's height that the driver publishes, at every control period.
"""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import numpy as np
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Bool, Float64
from std_srvs.srv import Trigger

from ant_policy import load_policy
from ant_policy.evaluation.rollout import evaluate
from ant_sim.task import FALL_HEIGHT, height_reward
from benchmarks.observer import Observer
from benchmarks.processes import PythonProcess, free_domain
from benchmarks.report import CONSOLE, Figure

TITLE = "policy_node on fake_driver, against the environment"

CONTROL_PERIOD = 0.05
STEPS = 1000
CONDITIONS = {
    "defects": (),
    "ideal": ("defects:=false",),
    "nominal": ("defects:=false",),
    "delayed": ("actuation_delay:=0.02",),
    "noisy": tuple(
        f"{name}:={value}"
        for name, value in (
            ("joint_position_noise", 0.006),
            ("joint_velocity_noise", 0.2),
            ("height_noise", 0.01),
            ("orientation_noise", 0.01),
            ("linear_velocity_noise", 0.1),
            ("angular_velocity_noise", 0.1),
        )
    ),
    "heavier": ("extra_mass:=0.3",),
    "pushed": ("push:=1.0",),
}
"""What the robot is like, as parameters of fake_driver; the last four have its default defects too."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--policy", default="sac", help="shipped policy or path (default: sac)")
    parser.add_argument("--episodes", type=int, default=10, help="of 50 s each (default: 10)")
    parser.add_argument(
        "--conditions", nargs="+", choices=CONDITIONS, default=["ideal", "defects"], help="default: ideal defects"
    )


class Episode:
    """Return of an episode as it goes on."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.rewards: list[float] = []
        self.fell = False
        self._due = 0.0

    def begin(self) -> None:
        """Begin anew."""
        self.rewards, self.fell, self._due = [], False, monotonic() + CONTROL_PERIOD

    def on_height(self, height: float) -> None:
        """Take in a height; counts at every control period."""
        while not self.over and monotonic() >= self._due:
            self._due += CONTROL_PERIOD
            self.rewards.append(height_reward(height))
            self.fell = height < FALL_HEIGHT

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.fell or len(self.rewards) >= STEPS


def episodes_on_driver(policy: str, parameters: tuple[str, ...], episodes: int) -> Iterator[Episode]:
    """Episodes of a policy on the fake driver.

    Raises:
        RuntimeError: the driver was stopped.
    """
    domain = free_domain()
    arguments = [part for parameter in parameters for part in ("-p", parameter)]
    with ExitStack() as stack:
        observer = stack.enter_context(Observer(domain))
        episode = Episode()
        observer.node.create_subscription(
            Float64, "torso_height", lambda message: episode.on_height(message.data), qos_profile_sensor_data
        )
        stopped: list[bool] = []
        observer.node.create_subscription(Bool, "e_stop_active", lambda message: stopped.append(message.data), 10)
        processes = [
            stack.enter_context(PythonProcess(domain, "ant_bringup.fake_driver", "--ros-args", *arguments)),
            stack.enter_context(
                PythonProcess(domain, "ant_policy.policy_node", "--ros-args", "-p", f"policy:={policy}")
            ),
        ]
        client = observer.node.create_client(Trigger, "fake_driver/reset")
        observer.spin_until(lambda: client.service_is_ready() and observer.node.count_publishers("joint_commands") > 0,
                            processes)  # fmt: skip
        for _ in range(episodes):
            future = client.call_async(Trigger.Request())
            observer.spin_until(future.done, processes)
            episode.begin()
            observer.spin_until(lambda: episode.over, processes, STEPS * CONTROL_PERIOD + 20.0)
            if any(stopped):
                raise RuntimeError(f"the driver was stopped; it said:\n{processes[0].output()}")
            yield episode


def run(arguments: argparse.Namespace) -> list[Figure]:
    """Measure, then compare."""
    offline = evaluate(load_policy(arguments.policy), arguments.episodes, 1000)
    figures = [Figure("environment, mean return", float(offline.returns.mean()), "")]
    for condition in arguments.conditions:
        returns, falls = [], 0
        with CONSOLE.status(f"{condition}: {arguments.episodes} episodes of 50 s") as status:
            for episode in episodes_on_driver(arguments.policy, CONDITIONS[condition], arguments.episodes):
                returns.append(sum(episode.rewards))
                falls += episode.fell
                status.update(f"{condition}: {len(returns)} of {arguments.episodes} episodes, {np.mean(returns):.0f}")
        mean = float(np.mean(returns))
        figures.append(Figure(f"{condition}: mean return ({falls} falls)", mean, ""))
        target = {"ideal": 0.95, "defects": 0.9}.get(condition)
        figures.append(Figure(f"{condition}: share of the environment's", mean / figures[0].value, "", target))
    return figures
