"""The nodes at the pace of real time: latency, jitter, drift and load, beside a bare DDS round trip at that pace."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep

import numpy as np
from sensor_msgs.msg import JointState

from ant_bringup.checks.session import PythonProcess
from ant_ros.messages import to_ns
from benchmarks.report import Figure, median_figure, progress
from benchmarks.session import LATENCY_KEYS, Session, StepCounts

TITLE = "simulator and policy, real_time_factor 1"
HELP = {"rounds": "rounds of all measurements", "seconds": "seconds of each measurement"}

CONTROL_PERIOD = 0.05
"""Time between two control instants [s]."""


def nodes(session: Session) -> list[PythonProcess]:
    """Start simulator and policy in two processes."""
    return [session.start("ant_sim.sim_node"), session.start("ant_policy.policy_node", policy="sac")]


def quadruped(session: Session) -> list[PythonProcess]:
    """Start the quadruped with its policy at 50 Hz."""
    return [
        session.start("ant_sim.sim_node", robot="quadruped", task="walk"),
        session.start("ant_policy.policy_node", policy="walk"),
    ]


def one_process(session: Session) -> list[PythonProcess]:
    """Start both nodes in one process, as `make jump` does."""
    return [session.start("ant_bringup.jump")]


def bare(session: Session) -> list[PythonProcess]:
    """Start the two ends of a bare round trip at the same pace."""
    return [
        session.start("benchmarks.loop.round_trip", "driver", str(CONTROL_PERIOD)),
        session.start("benchmarks.loop.round_trip", "commander"),
    ]


@dataclass(frozen=True)
class Run:
    """Measurements of one run.

    Attributes:
        latencies: (p50, p99) from a state to its command [ms].
        jitter: p99 of the deviation of the period from the stamps' [ms].
        drift: deviation of the real-time factor from 1 [%].
        load: processor time [% of a core].
    """

    latencies: tuple[float, float]
    jitter: float
    drift: float
    load: float


def measure(start: Callable[[Session], list[PythonProcess]], seconds: float) -> Run:
    """Let processes run for a time, at least 3 s."""
    with Session() as session:
        counts = StepCounts(session)
        # A waiting simulator repeats its state; the first publication of a stamp counts.
        published_ns: dict[int, int] = {}
        session.subscribe(
            JointState, "joint_states", lambda message, ns: published_ns.setdefault(to_ns(message.header.stamp), ns)
        )
        processes = start(session)
        session.spin_until(lambda: counts.seconds >= 1.0, "control steps")
        published_ns.clear()
        cpu_before, begin = sum(process.cpu_seconds() for process in processes), monotonic()
        session.spin_until(lambda: monotonic() - begin >= max(seconds, 3.0), "the end", seconds + 10.0)
        cpu, wall = sum(process.cpu_seconds() for process in processes) - cpu_before, monotonic() - begin
    p50, p99 = (float(counts.values[key]) for key in LATENCY_KEYS)
    stamps, published = np.array(list(published_ns.items())).T
    if len(stamps) < 2:  # the bare driver's never change
        return Run((p50, p99), 0.0, 0.0, 100.0 * cpu / wall)
    jitter = 1e-6 * np.abs(np.diff(published) - np.diff(stamps))
    drift = abs(float(np.ptp(stamps) / np.ptp(published)) - 1.0)
    return Run((p50, p99), float(np.percentile(jitter, 99)), 100.0 * drift, 100.0 * cpu / wall)


def sleep_jitter(seconds: float) -> float:
    """p99 of the jitter [ms] of a bare sleep on the grid of control periods, which is the machine's own."""
    deviations: list[float] = []
    due = woken = monotonic()
    end = due + seconds
    while woken < end:
        due += CONTROL_PERIOD
        sleep(max(0.0, due - monotonic()))
        now = monotonic()
        deviations.append(abs(now - woken - CONTROL_PERIOD))
        woken = now
    return 1e3 * float(np.percentile(deviations, 99))


def run(rounds: int = 3, seconds: float = 20.0) -> list[Figure]:
    """Measure all in each round, so that other load on the machine meets all alike; give medians."""
    starts = (nodes, one_process, bare, quadruped)
    rows: list[tuple[Run, ...]] = []
    sleeps: list[float] = []
    for _ in progress(rounds, "realtime"):
        rows.append(tuple(measure(start, seconds) for start in starts))
        sleeps.append(sleep_jitter(seconds))
    two, one, ideal, walking = zip(*rows, strict=True)
    figures = []
    for name, runs in (("two processes", two), ("one process", one)):
        for index, (percentile, limit) in enumerate((("p50", 1.5), ("p99", 2.0))):
            latencies = [each.latencies[index] for each in runs]
            ratios = [ours / bare.latencies[index] for ours, bare in zip(latencies, ideal, strict=True)]
            figures += [
                median_figure(f"{name}: latency state -> effort, {percentile}", latencies, "ms"),
                median_figure(f"{name}: {percentile}, times a bare round trip's", ratios, "", limit, is_limit=True),
            ]
    return [
        *figures,
        median_figure("bare DDS round trip at that pace, p50", [each.latencies[0] for each in ideal], "ms"),
        median_figure("bare DDS round trip at that pace, p99", [each.latencies[1] for each in ideal], "ms"),
        median_figure("period jitter, p99", [each.jitter for each in two], "ms", 1.0, is_limit=True),
        median_figure("period jitter, p99, of a bare sleep", sleeps, "ms"),
        median_figure("real-time factor, off 1 by", [each.drift for each in two], "%", 0.1, is_limit=True),
        median_figure("processor time of both nodes", [each.load for each in two], "% of a core", 15.0, is_limit=True),
        median_figure("the quadruped's, at 50 Hz", [each.load for each in walking], "% of a core", 30.0, is_limit=True),
    ]
