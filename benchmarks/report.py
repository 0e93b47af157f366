"""Figures against targets, shown as a table."""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

CONSOLE = Console(width=None if sys.stdout.isatty() else 120)


def progress(count: int, what: str) -> Iterable[int]:
    """Numbers of the rounds of a measurement, with a progress bar."""
    return track(range(count), what, console=CONSOLE, transient=True)


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: what was measured.
        value: the number.
        unit: its unit; empty for a ratio.
        target: the least that is wanted, or with `is_limit` the most; None for a figure that only explains another.
        samples: the numbers whose median the value is, if it is one.
    """

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    is_limit: bool = False
    samples: tuple[float, ...] = ()


def median_figure(
    name: str, samples: Iterable[float], unit: str = "", target: float | None = None, is_limit: bool = False
) -> Figure:
    """Figure of the median of repeated measurements."""
    numbers = tuple(map(float, samples))
    return Figure(name, float(np.median(numbers)), unit, target, is_limit, numbers)


def show(benchmark: str, title: str, figures: Sequence[Figure]) -> None:
    """Print the figures as a table, with the machine that they depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    machine = (
        f"{(models or [platform.machine()])[0]}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}"
    )
    table = Table(title=f"{benchmark}: {title}", title_justify="left", caption=machine, caption_justify="left")
    table.add_column("figure")
    for column in ("measured", "range of samples", "target"):
        table.add_column(column, justify="right")
    for figure in figures:
        samples = f"{_number(min(figure.samples))} … {_number(max(figure.samples))}" if figure.samples else ""
        target = ""
        if figure.target is not None:
            is_met = figure.value <= figure.target if figure.is_limit else figure.value >= figure.target
            sign, colour = "≤" if figure.is_limit else "≥", "green" if is_met else "red"
            wanted = f"{sign} {figure.target:,g} {figure.unit}".rstrip()
            target = f"[{colour}]{wanted} {'met' if is_met else 'missed'}[/]"
        table.add_row(figure.name, f"{_number(figure.value)} {figure.unit}".rstrip(), samples, target)
    CONSOLE.print(table)


def _number(value: float) -> str:
    """Four significant digits, without an exponent."""
    digits = 0 if value == 0.0 else max(0, 3 - int(np.floor(np.log10(abs(value)))))
    return f"{value:,.{digits}f}"
