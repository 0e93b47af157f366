"""Evaluations during training: the learning curve, as numbers and as a picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.atomic import replacing

if TYPE_CHECKING:
    from ant_sim.envs.vector import CustomAntVectorEnv

EVALUATION_SEED = 500
"""First reset seed of the evaluations that choose the best weights; seeds from 1000 on only report."""

EVALUATION_STEPS = 1000
"""Control steps of an evaluation's episodes."""

CEILING = 10.0 * EVALUATION_STEPS
"""The greatest return that is possible."""

Act = Callable[[NDArray[np.float32]], Any]
"""Observations (n, 27) -> actions of n environments, deterministic."""


@dataclass(frozen=True)
class Point:
    """An evaluation: environment steps and wall time [s] of training before it, and the returns it found."""

    steps: int
    seconds: float
    mean: float
    std: float
    falls: int


def evaluate_learner(
    envs: "CustomAntVectorEnv", act: Act, seed: int = EVALUATION_SEED
) -> tuple[NDArray[np.float64], int]:
    """Run an episode in each of `envs`, from the resets of `seed` on; returns the returns (n,) and the falls."""
    observations, _ = envs.reset(seed=seed)
    returns = np.zeros(envs.num_envs)
    fallen = np.zeros(envs.num_envs, dtype=np.bool_)
    for _ in range(EVALUATION_STEPS):
        observations, rewards, terminated, _, _ = envs.step(act(observations.astype(np.float32)))
        returns += rewards * ~fallen
        fallen |= terminated
    return returns, int(fallen.sum())


def draw_curve(points: Sequence[Point], title: str, path: Path) -> None:
    """Draw mean and standard deviation of the returns over environment steps and over wall time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    mean = np.array([point.mean for point in points])
    std = np.array([point.std for point in points])
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    across = (
        ("environment steps", [point.steps for point in points]),
        ("wall time [min]", [point.seconds / 60.0 for point in points]),
    )
    for axis, (label, x) in zip(axes, across, strict=True):
        axis.fill_between(x, mean - std, mean + std, color="#0072B2", alpha=0.2, label="± 1 standard deviation")
        axis.plot(x, mean, color="#0072B2", marker=".", label="mean return")
        axis.set_xlabel(label)
        axis.set_ylim(0.0, CEILING)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("return of an episode of 1,000 steps")
    axes[0].legend(loc="lower right")
    figure.suptitle(title)
    with replacing(path) as (new,):
        figure.savefig(new, dpi=120)
    pyplot.close(figure)
