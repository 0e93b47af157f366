"""The two nodes at the pace of real time: latency, jitter, drift and load."""

import argparse
import threading
from contextlib import ExitStack
from time import monotonic, sleep
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import JointState

from benchmarks.observer import Observer, StepCounts
from benchmarks.processes import PythonProcess, free_domain
from benchmarks.report import CONSOLE, Figure

TITLE = "sim_node and policy_node in two processes, real_time_factor 1"

CONTROL_PERIOD = 0.05
"""Time between two control instants [s]."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--seconds", type=float, default=60.0, help="duration (default: 60)")


class Instants:
    """Control instants: their stamps and when they were published."""

    def __init__(self, observer: Observer) -> None:
        """Subscribe; nothing is kept before `begin`."""
        self._keeps = False
        self._stamps: list[int] = []
        self._published: list[int] = []
        observer.subscribe(JointState, "joint_states", self._on_joint_states)

    def begin(self) -> None:
        """Keep the instants from now on."""
        self._keeps = True

    def _on_joint_states(self, message: Any, published_ns: int) -> None:
        stamp_ns = message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec
        if self._keeps and (not self._stamps or stamp_ns != self._stamps[-1]):
            self._stamps.append(stamp_ns)
            self._published.append(published_ns)

    @property
    def real_time_factor(self) -> float:
        """Simulated time through the time that it took."""
        return (self._stamps[-1] - self._stamps[0]) / (self._published[-1] - self._published[0])

    @property
    def period_deviations(self) -> NDArray[np.float64]:
        """By how much each period differs from what its stamps say [s]."""
        deviations: NDArray[np.int64] = np.diff(self._published) - np.diff(self._stamps)
        return np.abs(deviations) * 1e-9


class Sleeper(threading.Thread):
    """Sleeps on the grid of control periods, to tell this machine's own lateness from the nodes'."""

    def __init__(self) -> None:
        """Start at once."""
        super().__init__(daemon=True)
        self._stop_event = threading.Event()
        self.deviations: list[float] = []
        self.start()

    def run(self) -> None:
        """Note by how much each period differs."""
        due = woken = monotonic()
        while not self._stop_event.is_set():
            due += CONTROL_PERIOD
            sleep(max(0.0, due - monotonic()))
            now = monotonic()
            self.deviations.append(abs(now - woken - CONTROL_PERIOD))
            woken = now

    def finish(self) -> None:
        """End the thread."""
        self._stop_event.set()
        self.join()


def run(arguments: argparse.Namespace) -> list[Figure]:
    """Let the nodes run for the duration, then compare."""
    domain = free_domain()
    with ExitStack() as stack:
        observer = stack.enter_context(Observer(domain))
        counts, instants = StepCounts(observer), Instants(observer)
        stack.enter_context(CONSOLE.status(f"realtime: {arguments.seconds:g} s"))
        processes = [
            stack.enter_context(PythonProcess(domain, "ant_sim.sim_node", "--ros-args", "-p", "real_time_factor:=1.0")),
            stack.enter_context(PythonProcess(domain, "ant_policy.policy_node", "--ros-args", "-p", "policy:=sac")),
        ]
        observer.spin_until(lambda: counts.seconds >= 1.0, processes)
        instants.begin()
        sleeper = Sleeper()
        cpu_before, begin = sum(process.cpu_seconds() for process in processes), monotonic()
        observer.spin_until(lambda: monotonic() - begin >= arguments.seconds, processes, arguments.seconds + 10.0)
        cpu, wall = sum(process.cpu_seconds() for process in processes) - cpu_before, monotonic() - begin
        sleeper.finish()
    p50, p99 = (float(counts.values[f"latency {p} [ms]"]) for p in ("p50", "p99"))
    return [
        Figure("latency state -> effort, p50", p50, "ms"),
        Figure("latency state -> effort, p99", p99, "ms", 3.0, "at most"),
        Figure("period jitter, p99", 1e3 * float(np.percentile(instants.period_deviations, 99)), "ms", 1.0, "at most"),
        Figure(
            "period jitter, p99, of a bare sleep beside it", 1e3 * float(np.percentile(sleeper.deviations, 99)), "ms"
        ),
        Figure("real-time factor, off 1 by", 100.0 * abs(instants.real_time_factor - 1.0), "%", 0.1, "at most"),
        Figure("processor time of both nodes", 100.0 * cpu / wall, "% of a core", 25.0, "at most"),
    ]
