"""The two nodes at the pace of real time: latency, jitter, drift and load."""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import numpy as np
from sensor_msgs.msg import JointState

from ant_ros.messages import to_ns
from benchmarks.report import CONSOLE, Figure
from benchmarks.session import Session, StepCounts

TITLE = "sim_node and policy_node in two processes, real_time_factor 1"
HELP = {"seconds": "duration"}

CONTROL_PERIOD = 0.05
"""Time between two control instants [s]."""


def sleep_deviations(stop: threading.Event) -> list[float]:
    """Jitter of a bare sleep on the grid of control periods [s], which is the machine's own."""
    deviations: list[float] = []
    due = woken = monotonic()
    while not stop.is_set():
        due += CONTROL_PERIOD
        sleep(max(0.0, due - monotonic()))
        now = monotonic()
        deviations.append(abs(now - woken - CONTROL_PERIOD))
        woken = now
    return deviations


def run(seconds: float = 60.0) -> list[Figure]:
    """Let the nodes run for the duration, then compare."""
    with ThreadPoolExecutor() as pool, Session() as session, CONSOLE.status(f"realtime: {seconds:g} s"):
        counts = StepCounts(session)
        # A waiting simulator repeats its state; the first publication of a stamp counts.
        published_ns: dict[int, int] = {}
        session.subscribe(
            JointState, "joint_states", lambda message, ns: published_ns.setdefault(to_ns(message.header.stamp), ns)
        )
        processes = [
            session.start("ant_sim.sim_node", real_time_factor=1.0),
            session.start("ant_policy.policy_node", policy="sac"),
        ]
        session.spin_until(lambda: counts.seconds >= 1.0, "control steps")
        published_ns.clear()
        stop = threading.Event()
        session.callback(stop.set)
        bare = pool.submit(sleep_deviations, stop)
        cpu_before, begin = sum(process.cpu_seconds() for process in processes), monotonic()
        session.spin_until(lambda: monotonic() - begin >= seconds, "the end", seconds + 10.0)
        cpu, wall = sum(process.cpu_seconds() for process in processes) - cpu_before, monotonic() - begin
        stop.set()
    stamps, published = np.array(list(published_ns.items())).T
    jitter = 1e-6 * np.abs(np.diff(published) - np.diff(stamps))
    drift = float(np.ptp(stamps) / np.ptp(published) - 1.0)
    p50, p99 = (float(counts.values[f"latency {p} [ms]"]) for p in ("p50", "p99"))
    return [
        Figure("latency state -> effort, p50", p50, "ms"),
        Figure("latency state -> effort, p99", p99, "ms", 3.0, is_limit=True),
        Figure("period jitter, p99", float(np.percentile(jitter, 99)), "ms", 1.0, is_limit=True),
        Figure("period jitter, p99, of a bare sleep beside it", 1e3 * float(np.percentile(bare.result(), 99)), "ms"),
        Figure("real-time factor, off 1 by", 100.0 * abs(drift), "%", 0.1, is_limit=True),
        Figure("processor time of both nodes", 100.0 * cpu / wall, "% of a core", 25.0, is_limit=True),
    ]
