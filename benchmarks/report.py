"""Figures against targets, shown as a table and kept as JSON."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
"""Folder of the JSON files; git ignores it."""

PACKAGES = ("mujoco", "numpy", "torch", "stable-baselines3", "ros-jazzy-rclpy")
"""Packages whose versions are kept with the figures."""

CONSOLE = Console(width=None if sys.stdout.isatty() else 120)


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: what was measured.
        value: the number.
        unit: its unit; empty for a ratio.
        target: what is wanted; None for a figure that only explains another.
        wanted: whether the target is the least or the most that is wanted.
        samples: the numbers whose median the value is, if it is one.
    """

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    wanted: Literal["at least", "at most"] = "at least"
    samples: tuple[float, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        return self.value >= self.target if self.wanted == "at least" else self.value <= self.target


def median_figure(name: str, samples: Sequence[float], unit: str = "", target: float | None = None) -> Figure:
    """Figure of the median of repeated measurements, wanted to be at least the target."""
    return Figure(name, float(np.median(samples)), unit, target, samples=tuple(samples))


def show(benchmark: str, title: str, figures: Sequence[Figure]) -> None:
    """Print the figures as a table and write them to `results/<benchmark>.json`."""
    table = Table(title=f"{benchmark}: {title}", title_justify="left")
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("range of samples", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    for figure in figures:
        samples = f"{_number(min(figure.samples))} … {_number(max(figure.samples))}" if figure.samples else ""
        sign = {"at least": "≥", "at most": "≤"}[figure.wanted]
        target = "" if figure.target is None else f"{sign} {figure.target:,g} {figure.unit}".rstrip()
        verdict = {None: "", True: "[green]met[/]", False: "[red]not met[/]"}[figure.met]
        table.add_row(figure.name, f"{_number(figure.value)} {figure.unit}".rstrip(), samples, target, verdict)
    CONSOLE.print(table)
    RESULTS.mkdir(exist_ok=True)
    content = {
        "benchmark": benchmark,
        "title": title,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "figures": [asdict(figure) | {"met": figure.met} for figure in figures],
    }
    (RESULTS / f"{benchmark}.json").write_text(json.dumps(content, indent=2) + "\n")


def machine() -> dict[str, object]:
    """What the figures depend on besides the code."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str:
    # A full ROS 2 brings rclpy without a wheel's name.
    try:
        return version(package)
    except ModuleNotFoundError:
        return "not a wheel"


def _number(value: float) -> str:
    """Four significant digits, without an exponent."""
    digits = 0 if value == 0.0 else max(0, 3 - int(np.floor(np.log10(abs(value)))))
    return f"{value:,.{digits}f}"
