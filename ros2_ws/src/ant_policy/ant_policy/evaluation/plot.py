"""Figures in files, and the plot of an evaluation: torso heights over time, apexes, and what landings lead to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ant_policy.atomic import replacing
from ant_policy.evaluation.rollout import Evaluation
from ant_sim.tasks.jump import JUMP_HEIGHT, REWARD_FROM, REWARD_FULL

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Colour-blind safe palette of Okabe and Ito."""
TILT_EDGES = np.arange(0.0, 181.0, 15.0)
"""Bins of the tilt at a landing [degrees]."""
MIN_LANDINGS = 10
"""Landings from which a bin shows quartiles."""


@contextmanager
def saved_figure(path: Path, rows: int, columns: int, **options: Any) -> Iterator[tuple[Any, Any]]:
    """Yield a figure and its axes, and write it to `path` after the block, replacing the file atomically.

    `options` are those of `matplotlib.pyplot.subplots`; the suffix of `path` is one of `PLOT_FORMATS`.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(rows, columns, layout="constrained", **options)
    try:
        yield figure, axes
        with replacing(path) as (new,):
            figure.savefig(new, dpi=120)
    finally:
        pyplot.close(figure)


def draw_evaluation(evaluation: Evaluation, control_period: float, title: str, path: Path) -> None:
    """Draw the torso heights, one episode per row, a histogram of the apexes, and the next apex by landing attitude.

    The control period is in seconds.
    """
    blue, orange, *_ = COLOURS
    episodes, longest = len(evaluation.heights), int(evaluation.lengths.max())
    heights = np.full((episodes, longest), np.nan)
    for row, episode in zip(heights, evaluation.heights, strict=True):
        row[: len(episode)] = episode
    with saved_figure(path, 3, 1, figsize=(10, 11), height_ratios=(3, 2, 2)) as (figure, axes):
        raster, histogram, landings = axes
        extent = (0.0, longest * control_period, episodes - 0.5, -0.5)
        image = raster.imshow(heights, aspect="auto", interpolation="nearest", cmap="cividis", vmin=0.0, extent=extent)
        figure.colorbar(image, ax=raster, label="torso height [m]")
        fallen = np.flatnonzero(evaluation.falls)
        # A legend without entries would distort the constrained layout.
        if len(fallen):
            ends = evaluation.lengths[fallen] * control_period
            label = f"falls: {len(fallen)} of {episodes} episodes"
            raster.plot(ends, fallen, "X", color=orange, clip_on=False, label=label)
            raster.legend(loc="upper right")
        raster.set(xlabel="time [s]", ylabel=f"episode (reset seed {evaluation.seed} + n)")

        top = max(float(evaluation.max_heights.max()), REWARD_FULL) + 0.5
        histogram.hist(evaluation.apexes, bins=np.arange(0.0, top + 0.25, 0.25), color=blue)
        for height, style, text in (
            (REWARD_FROM, ":", "no reward below"),
            (JUMP_HEIGHT, "-.", "a jump above"),
            (REWARD_FULL, "--", "full reward from here"),
        ):
            histogram.axvline(height, color="black", linestyle=style, label=f"{height:g} m: {text}")
        histogram.set(xlabel="apex of a jump [m]", ylabel="jumps")
        histogram.legend(loc="upper right")
        _draw_landings(landings, evaluation)
        figure.suptitle(title)


def _draw_landings(axes: Any, evaluation: Evaluation) -> None:
    """Apex of the next jump by the tilt at the landing before: all landings, and median and quartiles of bins."""
    blue, orange, *_ = COLOURS
    tilts, apexes = np.degrees(evaluation.landings[:, 0]), evaluation.landings[:, 1]
    axes.plot(tilts, apexes, ".", color=blue, markersize=2, alpha=0.4)
    bins = np.digitize(tilts, TILT_EDGES[1:-1])
    shown = [index for index in range(len(TILT_EDGES) - 1) if np.count_nonzero(bins == index) >= MIN_LANDINGS]
    if shown:
        centres = (TILT_EDGES[:-1] + TILT_EDGES[1:])[shown] / 2
        low, median, high = np.array([np.percentile(apexes[bins == index], (25, 50, 75)) for index in shown]).T
        label = "median and quartiles of 15 degrees"
        axes.errorbar(centres, median, (median - low, high - median), fmt="o-", color=orange, label=label)
        axes.legend(loc="upper right")
    axes.set(xlabel="tilt of the torso at a landing [degrees]", ylabel="apex of the next jump [m]", xlim=(0, 180))
