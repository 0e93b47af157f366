"""The work behind `python -m ant_policy.evaluate`."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from ant_policy.evaluation.environment import Environment, find_environment
from ant_policy.evaluation.gym_environment import GymEnvironment
from ant_policy.evaluation.learning_curves import compare_runs
from ant_policy.evaluation.plot import draw_evaluation
from ant_policy.evaluation.rollout import Evaluation, evaluate, model_warning
from ant_policy.policies.interface import Policy
from ant_policy.rendering.backend import render, render_poses
from ant_sim.physics.randomisation import Randomisation

PICTURE_SECONDS = 20
"""Time in which `--picture` looks for the highest jump."""

CONDITIONS: dict[str, dict[str, Any]] = {
    "nominal": {},
    "delayed": {"latency": (2, 2)},
    "noisy": {"observation_noise": 2.0},
    "heavier": {"mass": (1.3, 1.3)},
    "pushed": {"push": 1.0},
}
"""Arguments of `Randomisation`: commands 0.02 s late; twice the noise of fake_driver's sensors; 30 % more mass; pushes
of 1 m/s (standard deviation) once a second."""


def run(args: argparse.Namespace) -> int:
    """Evaluate, and write what the options ask for; returns the exit code."""
    if args.curves is not None:
        show(compare_runs(map(Path, args.policies), args.curves))
        return 0
    environment = find_environment(args.env, args.model)
    policies = {
        name: environment.load(name, deterministic=not args.stochastic, seed=args.seed) for name in args.policies
    }
    for name, policy in policies.items():
        if policy.card is not None and (warning := model_warning(policy.card, environment.model)):
            print(f"warning: {name}: {warning}", file=sys.stderr)
    if args.robustness:
        show(robustness_table(policies, args.episodes, args.seed, environment))
        return 0
    evaluations = {
        name: evaluate_with_bar(policy, args.episodes, args.seed, name, environment)
        for name, policy in policies.items()
    }
    show(evaluation_table(evaluations))
    return 0 if len(policies) > 1 or _write_files(args, policies, evaluations) else 2


def show(table: Table) -> None:
    """Print a table, 120 columns wide where the output is no terminal."""
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def evaluate_with_bar(policy: Policy, episodes: int, seed: int, name: str, environment: Environment) -> Evaluation:
    """Run `evaluate` with a progress bar on stderr."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(name), total=environment.max_steps)
        return evaluate(
            policy,
            episodes,
            seed,
            environment.max_steps,
            lambda done: bar.update(task, completed=done),
            environment=environment,
        )


def evaluation_table(evaluations: Mapping[str, Evaluation]) -> Table:
    """Table with a row for each policy."""
    first = next(iter(evaluations.values()))
    table = Table("policy", title=f"{len(first.returns)} episodes, seeds {first.seed} on")
    heights = ("max height [m]", "mean apex [m]") if first.heights else ()
    for name in ("return", "min", "falls", *heights, *first.metrics, "steps/s"):
        table.add_column(escape(name), justify="right")
    for name, evaluation in evaluations.items():
        returns, apex = evaluation.summary(), evaluation.mean_apex
        table.add_row(
            escape(name),
            f"{returns.mean:,.1f} ± {returns.std:,.1f}",
            f"{returns.min:,.1f}",
            f"{returns.falls}",
            *((f"{evaluation.max_heights.max():.2f}", "no jump" if apex is None else f"{apex:.2f}") if heights else ()),
            *(f"{value:.3f}" for value in evaluation.metrics.values()),
            f"{evaluation.steps_per_second:,.0f}",
        )
    return table


def robustness_table(
    policies: Mapping[str, Policy], episodes: int, seed: int, environment: Environment | None = None
) -> Table:
    """Mean and standard deviation of the returns and number of falls, per policy and condition."""
    table = Table("policy", *CONDITIONS, title=f"Returns over {episodes} episodes, and falls")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("conditions", total=len(policies) * len(CONDITIONS))
        for name, policy in policies.items():
            cells = []
            for condition in CONDITIONS.values():
                randomisation = Randomisation(**condition)
                evaluation = evaluate(policy, episodes, seed, randomisation=randomisation, environment=environment)
                returns = evaluation.summary()
                cells.append(f"{returns.mean:,.0f} ± {returns.std:,.0f}, {returns.falls}")
                bar.advance(task)
            table.add_row(name, *cells)
    return table


def _write_files(
    args: argparse.Namespace, policies: Mapping[str, Policy], evaluations: Mapping[str, Evaluation]
) -> bool:
    """Write the files about a single policy; returns whether all of them could be rendered."""
    ((name, policy),) = policies.items()
    evaluation = evaluations[name]
    if args.json is not None:
        numbers = {"policy": name, "deterministic": not args.stochastic} | _numbers(evaluation)
        args.json.write_text(json.dumps(numbers, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    if args.env:
        environment = GymEnvironment(args.env)
        shown = args.video and environment.poses(environment.adapt(policy), args.seed, args.seconds)
        return not shown or render_poses(*shown, args.video)
    period = policy.card.control_period
    if args.plot is not None:
        draw_evaluation(evaluation, period, name, args.plot)
    renderings = (("video", args.video, args.seconds), ("picture", args.picture, PICTURE_SECONDS))
    return all(
        file is None or render(kind, name, file, seed=args.seed, steps=round(seconds / period), model=args.model)
        for kind, file, seconds in renderings
    )


def _numbers(evaluation: Evaluation) -> dict[str, object]:
    arrays = ["returns", "lengths", "falls"]
    numbers: dict[str, object] = {}
    if evaluation.heights:
        arrays.append("max_heights")
        numbers = {
            "max_height": float(evaluation.max_heights.max()),
            "mean_apex": evaluation.mean_apex,
            "jumps": len(evaluation.apexes),
        }
    return {
        **asdict(evaluation.summary()),
        **numbers,
        **({"metrics": evaluation.metrics} if evaluation.metrics else {}),
        "steps_per_second": evaluation.steps_per_second,
        "envelope": None if evaluation.envelope is None else asdict(evaluation.envelope),
        "per_episode": {name: getattr(evaluation, name).tolist() for name in arrays},
    }
