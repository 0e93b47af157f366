"""Watches a ROS domain from this process by the publishers' own time stamps, so that its own speed does not matter."""

from collections.abc import Callable, Sequence
from time import monotonic
from types import TracebackType
from typing import Any, Self

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from benchmarks.processes import PythonProcess

STEPS_KEY = "control steps"
"""Key on /diagnostics under which the simulator (and the bare driver) count control steps."""

RELIABLE = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)


class Observer:
    """A node of this process in a ROS domain of its own context."""

    def __init__(self, domain: int) -> None:
        """Create the node."""
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = Node("benchmark_observer", context=self._context, start_parameter_services=False)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)

    def __enter__(self) -> Self:
        """Give the observer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the domain."""
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()

    def subscribe(self, message_type: type, topic: str, callback: Callable[[Any, int], None]) -> None:
        """Call `callback(message, published_ns)` for each message; the time is the publisher's system clock."""

        def on_message(message: Any, info: Any) -> None:
            callback(message, info["source_timestamp"])

        self.node.create_subscription(message_type, topic, on_message, RELIABLE)

    def spin_until(
        self, condition: Callable[[], bool], processes: Sequence[PythonProcess], timeout: float = 60.0
    ) -> None:
        """Handle messages until the condition holds.

        Raises:
            TimeoutError: if it does not within the timeout [s].
            RuntimeError: if a process ends before.
        """
        deadline = monotonic() + timeout
        while not condition():
            for process in processes:
                process.check_running()
            if monotonic() > deadline:
                raise TimeoutError(
                    f"not seen within {timeout:g} s, with {', '.join(p.module for p in processes)} running"
                )
            self._executor.spin_once(timeout_sec=0.1)


class StepCounts:
    """Counts of control steps from /diagnostics, each with when it was published."""

    def __init__(self, observer: Observer) -> None:
        """Subscribe."""
        self._counts: list[tuple[int, int]] = []
        self.values: dict[str, str] = {}
        """The latest diagnostics that had a count."""
        observer.subscribe(DiagnosticArray, "/diagnostics", self._on_diagnostics)

    def _on_diagnostics(self, message: DiagnosticArray, published_ns: int) -> None:
        for status in message.status:
            values = {entry.key: entry.value for entry in status.values}
            if STEPS_KEY in values:
                self.values = values
                if int(values[STEPS_KEY]) > 0:
                    self._counts.append((published_ns, int(values[STEPS_KEY])))

    @property
    def seconds(self) -> float:
        """Time between the first and the last count of a running loop [s]."""
        return (self._counts[-1][0] - self._counts[0][0]) * 1e-9 if self._counts else 0.0

    @property
    def rate(self) -> float:
        """Control steps a second of that time."""
        return (self._counts[-1][1] - self._counts[0][1]) / self.seconds
