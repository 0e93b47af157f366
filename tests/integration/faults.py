"""What faults do to the robot: how long until it is limp, kept for docs/reliability.md."""

import json
import math
import os
import time
from pathlib import Path

import pytest
from processes import Observer, wait_until
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


class Torque:
    """Watches the efforts that a driver applies."""

    def __init__(self, observer: Observer) -> None:
        self._samples: list[tuple[float, bool]] = []
        observer.node.create_subscription(JointState, "joint_states", self._keep, qos_profile_sensor_data)

    def _keep(self, message: JointState) -> None:
        self._samples.append((time.monotonic(), any(message.effort)))

    @property
    def applied(self) -> bool:
        """Whether there is effort in the newest state."""
        return bool(self._samples) and self._samples[-1][1]

    def wait_for_motion(self) -> None:
        since = time.monotonic()
        wait_until(lambda: self.applied and self._samples[-1][0] > since, "effort")

    def seconds_until_limp(self, since: float) -> float:
        """Wait until efforts are zero for good (ten states in a row); returns how long after `since` that began."""

        def limp_from() -> float | None:
            tail = list(self._samples)
            last = max((i for i, (_, applied) in enumerate(tail) if applied), default=-1)
            return tail[last + 1][0] if len(tail) > last + 10 and tail[last + 1 :] else None

        wait_until(lambda: limp_from() is not None, "zero effort")
        begin = limp_from()
        assert begin is not None
        return max(0.0, begin - since)
