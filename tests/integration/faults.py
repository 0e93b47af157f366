"""Effects of faults on the robot, such as the time until it is limp, recorded for docs/reliability.md."""

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import Observer, stamp_ns, wait_until
from rclpy.qos import qos_profile_sensor_data
from robots import Robot
from sensor_msgs.msg import JointState

ROUNDS = int(os.environ.get("ANT_ROUNDS", "1"))
"""Repetitions of each fault of a process or the network; `make soak` sets 20."""

BAD = (math.nan, math.inf, -math.inf)
HUGE = 10 * 2**20
"""Size of a huge message [bytes]."""

every_round = pytest.mark.parametrize("number", range(ROUNDS), ids=lambda number: f"round{number}")


def record(robot: Robot, fault: str, outcome: str, seconds: float | None = None) -> None:
    """Keep what a fault did, if somebody asked for it: seconds until the stop, and what came of it."""
    path = os.environ.get("ANT_RELIABILITY")
    if path:
        with Path(path).open("a") as file:
            file.write(json.dumps({"robot": robot.name, "fault": fault, "outcome": outcome, "seconds": seconds}) + "\n")


class Motion:
    """Watches a topic: whether the robot is commanded or stopped, and since when by the clock of who sent it.

    How late this process hears of it on a busy machine does not count.
    """

    def __init__(
        self, observer: Observer, topic: str, is_stopped: Callable[[JointState], bool], *, measured: bool
    ) -> None:
        """Subscribe.

        Args:
            observer: a node of the test's own.
            topic: of JointState messages.
            is_stopped: whether a message is that of a stopped robot.
            measured: whether their stamps are their times, as a driver's are; else it is the time of their sending.
        """
        self._measured = measured
        self._is_stopped = is_stopped
        self._samples: list[tuple[float, bool]] = []
        self._heard = -math.inf
        observer.node.create_subscription(JointState, topic, self._keep, qos_profile_sensor_data)

    def _keep(self, message: JointState, info: dict[str, int]) -> None:
        at = stamp_ns(message) if self._measured else info["source_timestamp"]
        self._samples.append((at * 1e-9, not self._is_stopped(message)))
        self._heard = time.monotonic()

    def wait_for_motion(self, since: float = -math.inf) -> None:
        """Wait for a message of motion that comes from now on, measured or sent after `since` [s, wall clock]."""
        now = time.monotonic()
        wait_until(lambda: self._heard > now and self._samples[-1][1] and self._samples[-1][0] > since, "motion")

    def seconds_until_stop(self, since: float, count: int = 1) -> float:
        """Wait for a stop of `count` messages in a row.

        Args:
            since: when the fault was made [s, wall clock].
            count: of messages.

        Returns:
            How long [s] after `since` the first of these was measured or sent.
        """

        def stops() -> list[float]:
            samples = list(self._samples)
            last = max((i for i, (_, moves) in enumerate(samples) if moves), default=-1)
            return [at for at, _ in samples[last + 1 :]]

        wait_until(lambda: len(stops()) >= count, "a stop")
        return max(0.0, stops()[0] - since)


def commands_of(robot: Robot, observer: Observer) -> Motion:
    """Watch the commands that a policy sends."""
    return Motion(observer, "joint_commands", robot.is_stop, measured=False)


class Torque(Motion):
    """Watches the efforts that a driver applies, as its robot measures them."""

    def __init__(self, observer: Observer, robot: Robot) -> None:
        super().__init__(observer, "joint_states", robot.stopped, measured=True)

    def seconds_until_limp(self, since: float) -> float:
        """Wait until the robot is stopped for good, ten states in a row; see `seconds_until_stop`."""
        return self.seconds_until_stop(since, 10)
