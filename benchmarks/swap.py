"""A policy on the fake robot's driver, in real time, against the same policy in the environment.

An episode is 1,000 control periods (50 s) from `~/reset` on, or ends with a fall; its return is the task's, from the
torso's height that the driver publishes, at every control period.
"""

from collections.abc import Iterator, Mapping
from time import monotonic

import numpy as np
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Bool, Float64
from std_srvs.srv import Trigger

from ant_policy import load_policy
from ant_policy.evaluation.rollout import evaluate
from ant_sim.tasks.jump import FALL_HEIGHT, height_reward
from benchmarks.report import CONSOLE, Figure
from benchmarks.session import Session

TITLE = "policy_node on fake_driver, against the environment"

CONTROL_PERIOD = 0.05
STEPS = 1000
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
    "episodes": "episodes of 50 s",
    "conditions": f"robots, of {', '.join(CONDITIONS)}",
}


class Episode:
    """Rewards of an episode as it goes on."""

    def __init__(self) -> None:
        """Begin."""
        self.begin()

    def begin(self) -> None:
        """Begin anew."""
        self.rewards: list[float] = []
        self.fell, self._due = False, monotonic() + CONTROL_PERIOD

    def on_height(self, height: float) -> None:
        """Take in a height [m], which counts at every control period."""
        while not self.is_over and monotonic() >= self._due:
            self._due += CONTROL_PERIOD
            self.rewards.append(height_reward(height))
            self.fell = height < FALL_HEIGHT

    @property
    def is_over(self) -> bool:
        """True if it has ended."""
        return self.fell or len(self.rewards) >= STEPS


def episodes_on_driver(policy: str, parameters: Mapping[str, object], episodes: int) -> Iterator[tuple[float, bool]]:
    """Return and fall of each episode of a policy on the fake driver.

    Raises:
        RuntimeError: the driver was stopped.
    """
    with Session() as session:
        node, episode, stopped = session.node, Episode(), list[bool]()
        node.create_subscription(
            Float64, "torso_height", lambda message: episode.on_height(message.data), qos_profile_sensor_data
        )
        node.create_subscription(Bool, "e_stop_active", lambda message: stopped.append(message.data), 10)
        driver = session.start("ant_bringup.fake_driver", **parameters)
        session.start("ant_policy.policy_node", policy=policy)
        client = node.create_client(Trigger, "fake_driver/reset")
        session.spin_until(
            lambda: client.service_is_ready() and node.count_publishers("joint_commands") > 0, "both nodes"
        )
        for _ in range(episodes):
            session.spin_until(client.call_async(Trigger.Request()).done, "a reset")
            episode.begin()
            session.spin_until(lambda: episode.is_over, "the end of an episode", STEPS * CONTROL_PERIOD + 20.0)
            if any(stopped):
                raise RuntimeError(f"the driver was stopped; it said:\n{driver.output()}")
            yield sum(episode.rewards), episode.fell


def run(policy: str = "sac", episodes: int = 10, conditions: tuple[str, ...] = ("ideal", "defects")) -> list[Figure]:
    """Measure, then compare."""
    offline = float(evaluate(load_policy(policy), episodes, 1000).returns.mean())
    figures = [Figure("environment, mean return", offline)]
    for condition in conditions:
        returns, falls = list[float](), 0
        with CONSOLE.status(f"{condition}: {episodes} episodes of 50 s") as status:
            for value, fell in episodes_on_driver(policy, CONDITIONS[condition], episodes):
                returns.append(value)
                falls += fell
                mean = float(np.mean(returns))
                status.update(f"{condition}: {len(returns)} of {episodes} episodes, {mean:.0f}")
        figures.append(Figure(f"{condition}: mean return ({falls} falls)", mean))
        figures.append(Figure(f"{condition}: of the environment's", mean / offline, target=TARGETS.get(condition)))
    return figures
