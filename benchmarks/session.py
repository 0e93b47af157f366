"""Processes in a ROS domain of their own, measured from outside by their publishers' own time stamps."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import QoSProfile, ReliabilityPolicy

from ant_bringup.checks import session

DOMAINS = (*range(1, 10), 100, 101)
"""ROS domains that no test uses (tests/integration/conftest.py), with ports below those that Linux gives to clients."""

STEPS_KEY = "control steps"
"""Key on /diagnostics under which the simulator (and the bare driver) count control steps."""
LATENCY_KEYS = ("latency p50 [ms]", "latency p99 [ms]")
"""Keys of their latencies from a state to its command."""

RELIABLE = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)


def reserve_domain() -> tuple[int, socket.socket]:
    """Reserve a ROS domain against other benchmarks until the socket is closed: robots in one domain stop one another.

    Raises:
        RuntimeError: all are in use.
    """
    for domain in DOMAINS:
        reservation = socket.socket(socket.AF_UNIX)
        with suppress(OSError):
            # An abstract name, which ends with this process however it ends.
            reservation.bind(f"\0ant_benchmark_domain_{domain}")
            return domain, reservation
        reservation.close()
    raise RuntimeError(f"the ROS domains of the benchmarks are all in use: {', '.join(map(str, DOMAINS))}")


class Session(session.Session):
    """A session in a domain that no other benchmark uses."""

    def __init__(self) -> None:
        """Reserve the domain."""
        domain, reservation = reserve_domain()
        super().__init__(domain)
        self.enter_context(reservation)

    def subscribe(self, message_type: type, topic: str, callback: Callable[[Any, int], object]) -> None:
        """Call `callback(message, published_ns)` for each message; the time is the publisher's system clock."""

        def on_message(message: Any, info: Any) -> None:
            callback(message, info["source_timestamp"])

        self.node.create_subscription(message_type, topic, on_message, RELIABLE)


class StepCounts:
    """Counts from /diagnostics, each with when it was published."""

    def __init__(self, session: Session, key: str = STEPS_KEY, namespace: str = "") -> None:
        """Subscribe; `key` is that of another count, and a namespace leaves out other robots."""
        self._key, self._namespace = key, namespace
        self._counts: list[tuple[int, int]] = []
        self.values: dict[str, str] = {}
        """The latest diagnostics that had a count."""
        session.subscribe(DiagnosticArray, "/diagnostics", self._on_diagnostics)

    def _on_diagnostics(self, message: DiagnosticArray, published_ns: int) -> None:
        for status in message.status:
            values = {entry.key: entry.value for entry in status.values}
            if self._key in values and status.name.startswith(self._namespace):
                self.values = values
                if int(values[self._key]) > 0:
                    self._counts.append((published_ns, int(values[self._key])))

    @property
    def seconds(self) -> float:
        """Time between the first and the last count of a running loop [s]."""
        return (self._counts[-1][0] - self._counts[0][0]) * 1e-9 if self._counts else 0.0

    @property
    def rate(self) -> float:
        """Counts per second of that time."""
        return (self._counts[-1][1] - self._counts[0][1]) / self.seconds
