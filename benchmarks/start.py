"""First start on a bare machine, from nothing to a jump, and later ones, to the first applied effort."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, time_ns
from typing import Any

from rosgraph_msgs.msg import Clock

from ant_ros.messages import to_ns
from benchmarks.report import CONSOLE, Figure, median_figure, progress
from benchmarks.session import Session, reserve_domain

TITLE = "`make jump SECONDS=5` in a fresh clone with empty caches, and `python -m ant_bringup.jump` to the first effort"
HELP = {"starts": "times that it is started", "without_first": "leave out the first start, which downloads 200 MB"}

ROOT = Path(__file__).parents[1]

FIRST_EFFORT_STAMP_NS = 1_050_000_000
"""Simulation time after the first control step: it starts at 1 s and stands still until a command comes."""


def seconds_to_first_effort(policy: str) -> float:
    """Start it once."""
    first: list[int] = []

    def on_clock(message: Any, published_ns: int) -> None:
        stamp_ns = to_ns(message.clock)
        if stamp_ns >= FIRST_EFFORT_STAMP_NS and not first:
            # Messages may have gone by before DDS had found this observer; the pace is real time from the first on.
            first.append(published_ns - (stamp_ns - FIRST_EFFORT_STAMP_NS))

    with Session() as session:
        session.subscribe(Clock, "/clock", on_clock)
        begin = time_ns()
        session.start("ant_bringup.jump", "--policy", policy)
        session.spin_until(lambda: bool(first), "the first effort")
    return (first[0] - begin) * 1e-9


def first_start(folder: Path) -> list[Figure]:
    """Clone, set up and jump for 5 s, as a newcomer would."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    ours = ("AMENT", "COLCON", "FASTRTPS", "PYTHON", "VIRTUAL_ENV")
    domain, reservation = reserve_domain()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "PATH": f"{Path(sys.base_prefix) / 'bin'}{os.pathsep}{os.defpath}",
        "PIP_NO_CACHE_DIR": "1",
        "ROS_DOMAIN_ID": str(domain),
    }
    command = ["make", "jump", "SECONDS=5", "VIEWER=none"]
    begin = monotonic()
    with reservation, CONSOLE.status("first start: installing the run set in a fresh clone"):
        subprocess.run(command, cwd=clone, env=environment, check=True, capture_output=True)
    seconds = monotonic() - begin
    files = [path for path in (clone / ".venv").rglob("*") if not path.is_symlink() and path.is_file()]
    size = sum(path.stat().st_blocks * 512 for path in files) / 2**20
    return [
        Figure("first start, 5 s of jumps included", seconds, "s", 75.0, is_limit=True),
        Figure(".venv of the run set", size, "MiB", 600.0, is_limit=True),
    ]


def run(starts: int = 5, without_first: bool = False) -> list[Figure]:
    """Measure the first start, and the later ones with the shipped SAC and with a policy that needs no file."""
    figures = []
    if not without_first:
        with TemporaryDirectory() as folder:
            figures += first_start(Path(folder))
    for policy, target in (("sac", 1.5), ("zero", None)):
        rounds = progress(starts, f"start {policy}")
        samples = [seconds_to_first_effort(policy) for _ in rounds]
        figures.append(median_figure(f"policy {policy}", samples, "s", target, is_limit=True))
    return figures
