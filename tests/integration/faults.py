"""What faults do to the robot: how long until it is limp, kept for docs/reliability.md."""

import json
import math
import os
import time
from pathlib import Path

import pytest
from processes import Observer, stamp_ns, wait_until
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState

ROUNDS = int(os.environ.get("ANT_ROUNDS", "1"))
"""How often each fault of a process or the network is made; `make soak` makes it 20 times."""

BAD = (math.nan, math.inf, -math.inf)
HUGE = 10 * 2**20
"""Size of a huge message [bytes]."""

every_round = pytest.mark.parametrize("number", range(ROUNDS), ids=lambda number: f"round{number}")


def record(fault: str, outcome: str, seconds: float | None = None) -> None:
    """Keep what a fault did, if somebody asked for it: seconds until zero effort, and what came of it."""
    path = os.environ.get("ANT_RELIABILITY")
    if path:
        with Path(path).open("a") as file:
            file.write(json.dumps({"fault": fault, "outcome": outcome, "seconds": seconds}) + "\n")


class Efforts:
    """Watches efforts on a topic: whether there are any, and since when not by the clock of who sent them.

    How late this process hears of them on a busy machine does not count.
    """

    def __init__(self, observer: Observer, topic: str, *, measured: bool) -> None:
        """Subscribe.

        Args:
            observer: a node of the test's own.
            topic: of JointState messages.
            measured: whether their stamps are their times, as a driver's are; else it is the time of their sending.
        """
        self._measured = measured
        self._samples: list[tuple[float, bool]] = []
        self._heard = -math.inf
        observer.node.create_subscription(JointState, topic, self._keep, qos_profile_sensor_data)

    def _keep(self, message: JointState, info: dict[str, int]) -> None:
        at = stamp_ns(message) if self._measured else info["source_timestamp"]
        self._samples.append((at * 1e-9, any(message.effort)))
        self._heard = time.monotonic()

    def wait_for_motion(self, since: float = -math.inf) -> None:
        """Wait for a message with efforts that comes from now on, measured or sent after `since` [s, wall clock]."""
        now = time.monotonic()
        wait_until(lambda: self._heard > now and self._samples[-1][1] and self._samples[-1][0] > since, "effort")

    def seconds_until_zero(self, since: float, count: int = 1) -> float:
        """Wait until efforts are zero, `count` messages in a row.

        Args:
            since: when the fault was made [s, wall clock].
            count: of messages.

        Returns:
            How long [s] after `since` the first of these was measured or sent.
        """

        def zeros() -> list[float]:
            samples = list(self._samples)
            last = max((i for i, (_, applied) in enumerate(samples) if applied), default=-1)
            return [at for at, _ in samples[last + 1 :]]

        wait_until(lambda: len(zeros()) >= count, "zero effort")
        return max(0.0, zeros()[0] - since)


class Torque(Efforts):
    """Watches the efforts that a driver applies, as its robot measures them."""

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer, "joint_states", measured=True)

    def seconds_until_limp(self, since: float) -> float:
        """Wait until efforts are zero for good, ten states in a row; see `seconds_until_zero`."""
        return self.seconds_until_zero(since, 10)
