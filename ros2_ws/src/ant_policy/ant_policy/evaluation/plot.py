"""A picture of an evaluation: the torso's height over all episodes, and how high the jumps were."""

from pathlib import Path

import numpy as np

from ant_policy.atomic import replacing
from ant_policy.evaluation.rollout import Evaluation
from ant_sim.task import JUMP_HEIGHT, REWARD_FROM, REWARD_FULL

BLUE, ORANGE = "#0072B2", "#D55E00"
"""Told apart by colour-blind people too (Okabe and Ito)."""


def draw_evaluation(evaluation: Evaluation, control_period: float, title: str, path: Path) -> None:
    """Draw the heights, an episode a row, and the histogram of the apexes.

    Args:
        evaluation: what to draw.
        control_period: time of a control step [s].
        title: of the picture.
        path: file to write, named as one of `PLOT_FORMATS`.

    Raises:
        OSError: if the file cannot be written.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    episodes, longest = len(evaluation.heights), int(evaluation.lengths.max())
    heights = np.full((episodes, longest), np.nan)
    for row, episode in zip(heights, evaluation.heights, strict=True):
        row[: len(episode)] = episode
    figure, (raster, histogram) = pyplot.subplots(2, 1, figsize=(10, 8), height_ratios=(3, 2), layout="constrained")
    extent = (0.0, longest * control_period, episodes - 0.5, -0.5)
    picture = raster.imshow(heights, aspect="auto", interpolation="nearest", cmap="cividis", vmin=0.0, extent=extent)
    figure.colorbar(picture, ax=raster, label="torso height [m]")
    fallen = np.flatnonzero(evaluation.falls)
    # Crosses without a place would take all the space of the layout.
    if len(fallen):
        label = f"falls: {len(fallen)} of {episodes} episodes"
        raster.plot(evaluation.lengths[fallen] * control_period, fallen, "X", color=ORANGE, clip_on=False, label=label)
        raster.legend(loc="upper right")
    raster.set_xlabel("time [s]")
    raster.set_ylabel(f"episode (reset seed {evaluation.seed} + n)")

    top = max(float(evaluation.max_heights.max()), REWARD_FULL) + 0.5
    histogram.hist(evaluation.apexes, bins=np.arange(0.0, top + 0.25, 0.25), color=BLUE)
    for height, style, text in (
        (REWARD_FROM, ":", f"{REWARD_FROM:g} m: below this no reward"),
        (JUMP_HEIGHT, "-.", f"{JUMP_HEIGHT:g} m: above this it is a jump"),
        (REWARD_FULL, "--", f"{REWARD_FULL:g} m: from here on full reward"),
    ):
        histogram.axvline(height, color="black", linestyle=style, label=text)
    histogram.set_xlabel("apex of a jump [m]")
    histogram.set_ylabel("jumps")
    histogram.legend(loc="upper right")
    figure.suptitle(title)
    with replacing(path) as (new,):
        figure.savefig(new, dpi=110)
    pyplot.close(figure)
