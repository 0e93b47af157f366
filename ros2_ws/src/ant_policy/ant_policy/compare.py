"""Compare training runs: `python -m ant_policy.compare runs/sac-* --out curves.png` prints a table and draws them."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ant_policy.atomic import replacing
from ant_policy.card.card import Card
from ant_policy.errors import PolicyError
from ant_policy.evaluation import PLOT_FORMATS
from ant_policy.optional import optional_libraries
from ant_policy.policies.loading import CARD_NAME
from ant_policy.training.learning_curve import CEILING, Point

if TYPE_CHECKING:
    from rich.table import Table

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's palette, which colour-blind people can tell apart."""

GOAL = 7920.0
"""Mean return whose wall time is reported: what the reference recipe of SAC reaches at its end."""


@dataclass(frozen=True)
class Run:
    """A finished run: its algorithm and preset, evaluations and the card's mean return and falls."""

    group: str
    points: list[Point]
    mean: float
    falls: int

    @property
    def seconds_to_goal(self) -> float | None:
        """Wall time [s] until an evaluation first reached `GOAL`; None if none did."""
        return next((point.seconds for point in self.points if point.mean >= GOAL), None)


def read_run(folder: Path) -> Run:
    """Read a run's card and curve.

    Raises:
        PolicyError: if there is no finished run.
        OSError: if it cannot be read.
    """
    card = Card.load(folder / CARD_NAME)
    if card.returns is None:
        raise PolicyError(f"'{folder}' holds no finished run: its card has no returns")
    curve = folder / "curve.json"
    try:
        points = [Point(**point) for point in json.loads(curve.read_text(encoding="utf-8"))]
        if not all(isinstance(number, int | float) for point in points for number in asdict(point).values()):
            raise TypeError("not all of them are numbers")
    except (ValueError, TypeError) as error:
        raise PolicyError(f"{curve}: expected the evaluations of a run: {error}") from error
    if not points:
        raise PolicyError(f"{curve}: expected the evaluations of a run, found none")
    return Run(f"{card.algorithm} {card.training.get('preset')}", points, card.returns.mean, card.returns.falls)


def interquartile_mean(values: Sequence[float]) -> float:
    """Mean of the middle half, values at its edges counting in part (Agarwal et al. 2021, arXiv:2108.13264)."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    # Each value stands for an interval of width 1; the middle half is from n/4 to 3n/4.
    edges = np.arange(n)
    weights = np.clip(np.minimum(edges + 1, 0.75 * n) - np.maximum(edges, 0.25 * n), 0.0, 1.0)
    return float(ordered @ weights / weights.sum())


def comparison_table(groups: Mapping[str, Sequence[Run]]) -> "Table":
    """A row for each algorithm and preset."""
    from rich.table import Table

    table = Table(title="training runs")
    for name in ("preset", "seeds", "return (IQM)", "of the seeds", "falls", f"wall time to {GOAL:,.0f}", "in all"):
        table.add_column(name, justify="left" if name == "preset" else "right")
    for name, runs in groups.items():
        times = [run.seconds_to_goal for run in runs]
        reached = sorted(seconds for seconds in times if seconds is not None)
        to_goal = f"{np.median(reached):,.0f} s ({len(reached)} of {len(runs)})" if reached else "never"
        table.add_row(
            name,
            str(len(runs)),
            f"{interquartile_mean([run.mean for run in runs]):,.0f}",
            ", ".join(f"{mean:,.0f}" for mean in sorted(run.mean for run in runs)),
            str(sum(run.falls for run in runs)),
            to_goal,
            f"{np.mean([run.points[-1].seconds for run in runs]):,.0f} s",
        )
    return table


def draw(groups: Mapping[str, Sequence[Run]], path: Path) -> None:
    """Draw the mean returns over wall time: thin lines for seeds, thick ones for their interquartile mean."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(9, 5), layout="constrained")
    for (name, runs), colour in zip(groups.items(), cycle(COLOURS), strict=False):
        for run in runs:
            minutes = [point.seconds / 60.0 for point in run.points]
            axis.plot(minutes, [point.mean for point in run.points], color=colour, alpha=0.35, linewidth=0.8)
        times, means = middle(runs)
        seeds = f"{len(runs)} seed{'s' if len(runs) > 1 else ''}"
        axis.plot(times / 60.0, means, color=colour, linewidth=2.2, label=f"{name} ({seeds})")
    axis.axhline(
        GOAL, color="black", linestyle=":", linewidth=1.0, label=f"{GOAL:,.0f}: the recipe of SAC at its end, alone"
    )
    axis.set(xlabel="wall time [min]", ylabel="return of an episode of 1,000 steps", ylim=(0.0, CEILING))
    axis.grid(alpha=0.3)
    axis.legend(loc="lower right")
    with replacing(path) as (new,):
        figure.savefig(new, dpi=120)
    pyplot.close(figure)


def middle(runs: Sequence[Run]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Interquartile mean of the runs' curves over the wall time [s] that all of them have."""
    end = min(run.points[-1].seconds for run in runs)
    begin = max(run.points[0].seconds for run in runs)
    times = np.linspace(min(begin, end), end, 100)
    curves = [np.interp(times, [p.seconds for p in run.points], [p.mean for p in run.points]) for run in runs]
    return times, np.array([interquartile_mean(values) for values in np.array(curves).T])


def main(argv: Sequence[str] | None = None) -> int:
    """Compare; exit code 0, or 2 for folders that hold no finished run."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.compare", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    parser.add_argument("--out", type=Path, metavar="PNG", help="also draw the learning curves there")
    arguments = parser.parse_args(argv)
    groups: dict[str, list[Run]] = {}
    try:
        if arguments.out is not None and arguments.out.suffix not in PLOT_FORMATS:
            raise PolicyError(f"--out: expected a file named {' or '.join(PLOT_FORMATS)}, found '{arguments.out}'")
        for folder in arguments.runs:
            run = read_run(folder)
            groups.setdefault(run.group, []).append(run)
        with optional_libraries():
            from rich.console import Console

            if arguments.out is not None:
                draw(groups, arguments.out)
            Console(width=None if sys.stdout.isatty() else 120).print(comparison_table(groups))
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
