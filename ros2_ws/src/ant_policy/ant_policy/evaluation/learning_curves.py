"""Learning curves: the evaluations of a training, of one run or of several compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ant_policy.evaluation.figure import COLOURS, saved_figure

CEILING = 10_000.0
"""Maximum return: 10 in each of an episode's 1,000 steps."""

GOAL = 7920.0
"""Mean return whose wall time is compared: what the reference recipe of SAC ends with."""


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


def draw_curve(points: Sequence[Point], title: str, path: Path) -> None:
    """Draw mean and standard deviation of the returns over environment steps and over wall time."""
    mean = np.array([point.mean for point in points])
    std = np.array([point.std for point in points])
    with saved_figure(path, 1, 2, figsize=(10, 4), sharey=True) as (figure, axes):
        for axis, label, x in (
            (axes[0], "environment steps", [point.steps for point in points]),
            (axes[1], "wall time [min]", [point.seconds / 60.0 for point in points]),
        ):
            axis.fill_between(x, mean - std, mean + std, color=COLOURS[0], alpha=0.2, label="± 1 standard deviation")
            axis.plot(x, mean, color=COLOURS[0], marker=".", label="mean return")
            axis.set(xlabel=label, ylim=(0.0, CEILING))
            axis.grid(alpha=0.3)
        axes[0].set_ylabel("return of an episode of 1,000 steps")
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
        axis.axhline(GOAL, color="black", linestyle=":", linewidth=1.0, label=f"{GOAL:,.0f}: SAC's reference recipe")
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
