"""First start on a bare machine, from nothing to a jump, and later ones, to the first applied effort."""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, time_ns
from typing import Any

import numpy as np
from rich.progress import track
from rosgraph_msgs.msg import Clock

from benchmarks.observer import Observer
from benchmarks.processes import PythonProcess, free_domain
from benchmarks.report import CONSOLE, Figure

TITLE = "`make jump SECONDS=5` in a fresh clone with empty caches, and `python -m ant_bringup.jump` to the first effort"

ROOT = Path(__file__).parents[1]

FIRST_EFFORT_STAMP_NS = 1_050_000_000
"""Simulation time after the first control step: it starts at 1 s and stands still until a command comes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--starts", type=int, default=5, help="times that it is started (default: 5)")
    parser.add_argument(
        "--without-first", action="store_true", help="leave out the first start, which downloads 200 MB"
    )


def seconds_to_first_effort(policy: str) -> float:
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
        process = stack.enter_context(PythonProcess(domain, "ant_bringup.jump", "--policy", policy))
        observer.spin_until(lambda: bool(first), [process])
    return (first[0] - begin) * 1e-9


def first_start(folder: Path) -> list[Figure]:
    """Clone, set up and jump for 5 s, as a newcomer would."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    ours = ("AMENT", "COLCON", "FASTRTPS", "PYTHON", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "PATH": f"{Path(sys.base_prefix) / 'bin'}{os.pathsep}{os.defpath}",
        "PIP_NO_CACHE_DIR": "1",
        "ROS_DOMAIN_ID": str(free_domain()),
    }
    begin = monotonic()
    with CONSOLE.status("first start: installing the run set in a fresh clone"):
        subprocess.run(
            ["make", "jump", "SECONDS=5", "VIEWER=none"], cwd=clone, env=environment, check=True, capture_output=True
        )
    seconds = monotonic() - begin
    files = [path for path in (clone / ".venv").rglob("*") if not path.is_symlink() and path.is_file()]
    size = sum(path.stat().st_blocks * 512 for path in files) / 2**20
    return [
        Figure("first start, 5 s of jumps included", seconds, "s", 75.0, "at most"),
        Figure(".venv of the run set", size, "MiB", 600.0, "at most"),
    ]


def run(arguments: argparse.Namespace) -> list[Figure]:
    """Measure the first start, and the later ones with the shipped SAC and with a policy that needs no file."""
    figures = []
    if not arguments.without_first:
        with TemporaryDirectory() as folder:
            figures += first_start(Path(folder))
    for policy in ("sac", "zero"):
        starts = track(range(arguments.starts), f"start {policy}", console=CONSOLE, transient=True)
        samples = [seconds_to_first_effort(policy) for _ in starts]
        target = 1.5 if policy == "sac" else None
        figures.append(Figure(f"policy {policy}", float(np.median(samples)), "s", target, "at most", tuple(samples)))
    return figures
