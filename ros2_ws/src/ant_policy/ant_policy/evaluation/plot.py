"""Plot of an evaluation: torso height over time and the distribution of the jumps' apexes."""

from pathlib import Path

import numpy as np

from ant_policy.evaluation.figure import COLOURS, saved_figure
from ant_policy.evaluation.rollout import Evaluation
from ant_sim.task import JUMP_HEIGHT, REWARD_FROM, REWARD_FULL


def draw_evaluation(evaluation: Evaluation, control_period: float, title: str, path: Path) -> None:
    """Draw the torso heights, one episode per row, and a histogram of the apexes.

    Args:
        evaluation: the episodes.
        control_period: duration of a control step [s].
        title: of the figure.
        path: file to write, with a suffix of `PLOT_FORMATS`.

    Raises:
        OSError: if the file cannot be written.
    """
    blue, orange, *_ = COLOURS
    episodes, longest = len(evaluation.heights), int(evaluation.lengths.max())
    heights = np.full((episodes, longest), np.nan)
    for row, episode in zip(heights, evaluation.heights, strict=True):
        row[: len(episode)] = episode
    with saved_figure(path, 2, 1, figsize=(10, 8), height_ratios=(3, 2)) as (figure, (raster, histogram)):
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
            (REWARD_FROM, ":", f"{REWARD_FROM:g} m: no reward below"),
            (JUMP_HEIGHT, "-.", f"{JUMP_HEIGHT:g} m: a jump above"),
            (REWARD_FULL, "--", f"{REWARD_FULL:g} m: full reward from here"),
        ):
            histogram.axvline(height, color="black", linestyle=style, label=text)
        histogram.set(xlabel="apex of a jump [m]", ylabel="jumps")
        histogram.legend(loc="upper right")
        figure.suptitle(title)
