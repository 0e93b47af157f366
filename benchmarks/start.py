"""Time from `python -m ant_bringup.jump` to the first applied effort."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time_ns
from typing import Any

import numpy as np
from rich.progress import track
from rosgraph_msgs.msg import Clock

from benchmarks.observer import Observer
from benchmarks.policies import policy_file
from benchmarks.processes import PythonProcess, free_domain
from benchmarks.report import CONSOLE, Figure

TITLE = "from `python -m ant_bringup.jump` to the first applied effort"

FIRST_EFFORT_STAMP_NS = 1_050_000_000
"""Simulation time after the first control step: it starts at 1 s and stands still until a command comes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--starts", type=int, default=5, help="times that it is started (default: 5)")


def seconds_to_first_effort(policy: Path | str) -> float:
    """Start it once."""
    domain = free_domain()
    first: list[int] = []

    def on_clock(message: Any, published_ns: int) -> None:
        stamp_ns = message.clock.sec * 1_000_000_000 + message.clock.nanosec
        if stamp_ns >= FIRST_EFFORT_STAMP_NS and not first:
            # Messages may have gone by before DDS had found this observer; the pace is real time from the first on.
            first.append(published_ns - (stamp_ns - FIRST_EFFORT_STAMP_NS))

    with ExitStack() as stack:
        observer = stack.enter_context(Observer(domain))
        observer.subscribe(Clock, "/clock", on_clock)
        begin = time_ns()
        process = stack.enter_context(PythonProcess(domain, "ant_bringup.jump", "--policy", str(policy)))
        observer.spin_until(lambda: bool(first), [process])
    return (first[0] - begin) * 1e-9


def run(arguments: argparse.Namespace) -> list[Figure]:
    """Start with SAC, whose file needs torch to be read, and with a policy that needs no file."""
    figures = []
    with TemporaryDirectory() as folder:
        for name, policy in (("SAC", policy_file("sac", Path(folder))), ("zero", "zero")):
            starts = track(range(arguments.starts), f"start {name}", console=CONSOLE, transient=True)
            samples = [seconds_to_first_effort(policy) for _ in starts]
            target = 4.0 if name == "SAC" else None
            figures.append(Figure(f"policy {name}", float(np.median(samples)), "s", target, "at most", tuple(samples)))
    return figures
