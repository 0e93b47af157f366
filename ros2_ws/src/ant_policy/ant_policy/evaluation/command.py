"""What `python -m ant_policy.evaluate` does with its options."""

import argparse
import json
import sys
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from ant_policy.evaluation.plot import draw_evaluation
from ant_policy.evaluation.rollout import Evaluation, evaluate, model_warning
from ant_policy.policies.loading import load_policy
from ant_policy.policies.policies import Policy
from ant_policy.rendering.backend import record_episode

VIDEO_STEPS = 300
"""Control steps of `--video`: 15 s."""


def run(args: argparse.Namespace) -> int:
    """Evaluate, and write what the options ask for; returns the exit code."""
    policy = load_policy(args.policy, deterministic=not args.stochastic, seed=args.seed)
    if warning := model_warning(policy.card):
        print(f"warning: {warning}", file=sys.stderr)
    evaluation = evaluate_with_bar(policy, args.episodes, args.seed)
    Console().print(evaluation_table(args.policy, evaluation))
    if args.json is not None:
        numbers = {"policy": args.policy, "deterministic": not args.stochastic}
        text = json.dumps(numbers | _numbers(evaluation), indent=2, allow_nan=False)
        args.json.write_text(f"{text}\n", encoding="utf-8")
    if args.plot is not None:
        draw_evaluation(evaluation, policy.card.control_period, args.policy, args.plot)
    if args.video is not None and not record_episode(args.policy, args.video, seed=args.seed, steps=VIDEO_STEPS):
        return 2
    return 0


def evaluate_with_bar(policy: Policy, episodes: int, seed: int) -> Evaluation:
    """`evaluate` with a progress bar on stderr."""
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("episodes", total=episodes)
        return evaluate(policy, episodes, seed, progress=lambda done: bar.update(task, completed=done))


def evaluation_table(policy: str, evaluation: Evaluation) -> Table:
    """What an evaluation showed, in one row."""
    returns = evaluation.summary()
    apex = evaluation.mean_apex
    table = Table(title=escape(f"{policy}: {returns.episodes} episodes, seeds {returns.seed} on"))
    row = {
        "return": f"{returns.mean:,.1f} ± {returns.std:,.1f}",
        "min": f"{returns.min:,.1f}",
        "falls": f"{returns.falls}",
        "max height [m]": f"{evaluation.max_heights.max():.2f}",
        "mean apex [m]": "no jump" if apex is None else f"{apex:.2f}",
        "steps/s": f"{evaluation.steps_per_second:,.0f}",
    }
    for name in row:
        table.add_column(escape(name), justify="right")
    table.add_row(*row.values())
    return table


def _numbers(evaluation: Evaluation) -> dict[str, object]:
    returns = evaluation.summary()
    return {
        **asdict(returns),
        "max_height": float(evaluation.max_heights.max()),
        "mean_apex": evaluation.mean_apex,
        "jumps": len(evaluation.apexes),
        "steps_per_second": evaluation.steps_per_second,
        "envelope": asdict(evaluation.envelope),
        "per_episode": {
            "returns": evaluation.returns.tolist(),
            "lengths": evaluation.lengths.tolist(),
            "falls": evaluation.falls.tolist(),
            "max_heights": evaluation.max_heights.tolist(),
        },
    }
