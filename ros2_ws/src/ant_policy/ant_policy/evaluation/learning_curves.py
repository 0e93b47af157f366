"""Learning curves: the evaluations of a training, of one run or of several compared."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from ant_policy.card.card import Card
from ant_policy.errors import PolicyError
from ant_policy.evaluation.plot import COLOURS, saved_figure
from ant_policy.policies.loading import CARD_NAME

CURVE_NAME = "curve.json"
"""File of the evaluations in a run's folder."""

CEILING = 10_000.0
"""Maximum return: 10 in each of an episode's 1,000 steps."""

GOAL = 7920.0
"""Mean return whose wall time is compared: what one run of the reference recipe of SAC reached."""


@dataclass(frozen=True)
class Point:
    """One evaluation: environment steps and wall time [s] of training before it, and its returns and falls."""

    steps: int
    seconds: float
    mean: float
    std: float
    falls: int


def interquartile_mean(values: Sequence[float]) -> float:
    """Mean of the middle half, values at its edges weighted by share (Agarwal et al. 2021, arXiv:2108.13264)."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    # Each value stands for an interval of width 1; the middle half is from n/4 to 3n/4.
    edges = np.arange(n)
    weights = np.clip(np.minimum(edges + 1, 0.75 * n) - np.maximum(edges, 0.25 * n), 0.0, 1.0)
    return float(ordered @ weights / weights.sum())


def draw_curve(points: Sequence[Point], title: str, path: Path, ceiling: float | None = CEILING) -> None:
    """Draw mean and standard deviation of the returns, up to the ceiling, over environment steps and wall time."""
    mean, std = (np.array([getattr(point, name) for point in points]) for name in ("mean", "std"))
    with saved_figure(path, 1, 2, figsize=(10, 4), sharey=True) as (figure, axes):
        for axis, label, x in (
            (axes[0], "environment steps", [point.steps for point in points]),
            (axes[1], "wall time [min]", [point.seconds / 60.0 for point in points]),
        ):
            axis.fill_between(x, mean - std, mean + std, color=COLOURS[0], alpha=0.2, label="± 1 standard deviation")
            axis.plot(x, mean, color=COLOURS[0], marker=".", label="mean return")
            axis.set(xlabel=label)
            if ceiling is not None:
                axis.set(ylim=(0.0, ceiling))
            axis.grid(alpha=0.3)
        axes[0].set_ylabel("return of an episode of 1,000 steps" if ceiling else "return of an episode")
        axes[0].legend(loc="lower right")
        figure.suptitle(title)


def draw_curves(groups: Mapping[str, Sequence[Sequence[Point]]], path: Path) -> None:
    """Draw mean returns over wall time: a thin line per run, a thick one for each group's interquartile mean."""
    with saved_figure(path, 1, 1, figsize=(9, 5)) as (_, axis):
        for (name, curves), colour in zip(groups.items(), cycle(COLOURS), strict=False):
            for points in curves:
                minutes = [point.seconds / 60.0 for point in points]
                axis.plot(minutes, [point.mean for point in points], color=colour, alpha=0.35, linewidth=0.8)
            times, means = _middle(curves)
            seeds = f"{len(curves)} seed{'s' if len(curves) > 1 else ''}"
            axis.plot(times / 60.0, means, color=colour, linewidth=2.2, label=f"{name} ({seeds})")
        axis.axhline(GOAL, color="black", linestyle=":", linewidth=1.0, label=f"{GOAL:,.0f}: goal")
        axis.set(xlabel="wall time [min]", ylabel="return of an episode of 1,000 steps", ylim=(0.0, CEILING))
        axis.grid(alpha=0.3)
        axis.legend(loc="lower right")


def _middle(curves: Sequence[Sequence[Point]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wall times [s] that all curves cover, and the interquartile mean of the curves at these."""
    end = min(points[-1].seconds for points in curves)
    begin = max(points[0].seconds for points in curves)
    times = np.linspace(min(begin, end), end, 100)
    means = [np.interp(times, [p.seconds for p in points], [p.mean for p in points]) for points in curves]
    return times, np.array([interquartile_mean(values) for values in np.array(means).T])


@dataclass(frozen=True)
class Run:
    """A finished run: algorithm and preset, evaluations, and the mean return and falls on its card."""

    group: str
    points: list[Point]
    mean: float
    falls: int

    @property
    def seconds_to_goal(self) -> float:
        """Wall time [s] of the first evaluation that reached `GOAL`; infinite if none did."""
        return next((point.seconds for point in self.points if point.mean >= GOAL), np.inf)


def read_run(folder: Path) -> Run:
    """Read a run's card and curve.

    Raises:
        PolicyError: if the folder holds no finished run.
    """
    card = Card.load(folder / CARD_NAME)
    if card.returns is None:
        raise PolicyError(f"'{folder}' holds no finished run: its card has no returns")
    curve = folder / CURVE_NAME
    try:
        points = [Point(**point) for point in json.loads(curve.read_text(encoding="utf-8"))]
        if not all(isinstance(number, int | float) for point in points for number in asdict(point).values()):
            raise TypeError("not all of them are numbers")
        if not points:
            raise ValueError("found none")
    except (ValueError, TypeError) as error:
        raise PolicyError(f"{curve}: expected the evaluations of a run: {error}") from error
    return Run(f"{card.policy.algorithm} {card.training.get('preset')}", points, card.returns.mean, card.returns.falls)


def compare_runs(folders: Iterable[Path], plot: Path) -> Table:
    """Draw the learning curves of runs to `plot`; returns a table with a row for each algorithm and preset.

    Raises:
        PolicyError: if a folder holds no finished run.
    """
    groups: dict[str, list[Run]] = defaultdict(list)
    for folder in folders:
        run = read_run(folder)
        groups[run.group].append(run)
    draw_curves({name: [run.points for run in runs] for name, runs in groups.items()}, plot)
    table = Table("preset", title="training runs")
    for name in ("seeds", "return (IQM)", "of the seeds", "falls", f"wall time to {GOAL:,.0f}", "in all"):
        table.add_column(name, justify="right")
    for name, runs in groups.items():
        seconds = np.array([run.seconds_to_goal for run in runs])
        middle, reached = np.median(seconds), np.isfinite(seconds).sum()
        table.add_row(
            name,
            str(len(runs)),
            f"{interquartile_mean([run.mean for run in runs]):,.0f}",
            ", ".join(f"{mean:,.0f}" for mean in sorted(run.mean for run in runs)),
            str(sum(run.falls for run in runs)),
            f"{middle:,.0f} s ({reached} of {len(runs)})" if np.isfinite(middle) else "never",
            f"{np.mean([run.points[-1].seconds for run in runs]):,.0f} s",
        )
    return table
