"""Comparison of finished training runs by their cards and learning curves."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from ant_policy.card.card import Card
from ant_policy.errors import PolicyError
from ant_policy.evaluation.learning_curves import GOAL, Point, draw_curves, interquartile_mean
from ant_policy.policies.loading import CARD_NAME

CURVE_NAME = "curve.json"
"""File of the evaluations in a run's folder."""


@dataclass(frozen=True)
class Run:
    """A finished run: algorithm and preset, evaluations, and the mean return and falls on its card."""

    group: str
    points: list[Point]
    mean: float
    falls: int

    @property
    def seconds_to_goal(self) -> float | None:
        """Wall time [s] of the first evaluation that reached `GOAL`; None if none did."""
        return next((point.seconds for point in self.points if point.mean >= GOAL), None)


def read_run(folder: Path) -> Run:
    """Read a run's card and curve.

    Raises:
        PolicyError: if the folder holds no finished run.
        OSError: if a file cannot be read.
    """
    card = Card.load(folder / CARD_NAME)
    if card.returns is None:
        raise PolicyError(f"'{folder}' holds no finished run: its card has no returns")
    curve = folder / CURVE_NAME
    try:
        points = [Point(**point) for point in json.loads(curve.read_text(encoding="utf-8"))]
        if not all(isinstance(number, int | float) for point in points for number in asdict(point).values()):
            raise TypeError("not all of them are numbers")
    except (ValueError, TypeError) as error:
        raise PolicyError(f"{curve}: expected the evaluations of a run: {error}") from error
    if not points:
        raise PolicyError(f"{curve}: expected the evaluations of a run, found none")
    return Run(f"{card.policy.algorithm} {card.training.get('preset')}", points, card.returns.mean, card.returns.falls)


def compare_runs(folders: Iterable[Path], plot: Path) -> Table:
    """Draw the learning curves of runs to `plot`; returns a table with a row for each algorithm and preset.

    Raises:
        PolicyError: if a folder holds no finished run.
        OSError: if a file cannot be read or written.
    """
    groups: dict[str, list[Run]] = defaultdict(list)
    for folder in folders:
        run = read_run(folder)
        groups[run.group].append(run)
    draw_curves({name: [run.points for run in runs] for name, runs in groups.items()}, plot)
    table = Table(title="training runs")
    for name in ("preset", "seeds", "return (IQM)", "of the seeds", "falls", f"wall time to {GOAL:,.0f}", "in all"):
        table.add_column(name, justify="left" if name == "preset" else "right")
    for name, runs in groups.items():
        table.add_row(name, *_cells(runs))
    return table


def _cells(runs: list[Run]) -> list[str]:
    reached = [seconds for run in runs if (seconds := run.seconds_to_goal) is not None]
    return [
        str(len(runs)),
        f"{interquartile_mean([run.mean for run in runs]):,.0f}",
        ", ".join(f"{mean:,.0f}" for mean in sorted(run.mean for run in runs)),
        str(sum(run.falls for run in runs)),
        f"{np.median(reached):,.0f} s ({len(reached)} of {len(runs)})" if reached else "never",
        f"{np.mean([run.points[-1].seconds for run in runs]):,.0f} s",
    ]
