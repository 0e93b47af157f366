"""Evaluate a policy on the Gymnasium environment: `python -m ant_policy.evaluate sac`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from ant_policy.errors import PolicyError
from ant_policy.evaluation import Evaluation, evaluate, model_warning
from ant_policy.evaluation_plot import PLOT_FORMATS, draw_evaluation
from ant_policy.loading import load_policy
from ant_policy.policies import Policy
from ant_policy.rendering import record_episode
from ant_policy.video import VIDEO_FORMATS

VIDEO_STEPS = 300
"""Control steps of `--video`: 15 s."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: its arguments; those of the process by default.

    Returns:
        Exit code: 0, or 2 for input that cannot be used (one line on stderr says why).
    """
    args = _parser().parse_args(argv)
    try:
        for option, file in (("--json", args.json), ("--plot", args.plot), ("--video", args.video)):
            if file is not None and not file.parent.is_dir():
                raise PolicyError(f"{option}: expected an existing folder, found no '{file.parent}'")
        for option, file, formats in (("--plot", args.plot, PLOT_FORMATS), ("--video", args.video, VIDEO_FORMATS)):
            if file is not None and file.suffix not in formats:
                raise PolicyError(f"{option}: expected a file named {' or '.join(formats)}, found '{file}'")
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
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def evaluate_with_bar(policy: Policy, episodes: int, seed: int) -> Evaluation:
    """`evaluate` with a progress bar on stderr."""
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("episodes", total=episodes)
        return evaluate(policy, episodes, seed, progress=lambda done: bar.update(task, completed=done))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evaluate", description="Run episodes of CustomAntEnv-v1 (1,000 steps at most)."
    )
    parser.add_argument("policy", help="shipped policy, zero, random, or path of a folder, card.yaml or policy file")
    parser.add_argument("--episodes", type=_whole(1), default=20, help="default: %(default)s")
    parser.add_argument(
        "--seed",
        type=_whole(0),
        default=1000,
        help="seed of the first episode, and of a stochastic policy; default: %(default)s",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="draw all episodes' heights and the jumps' apexes (.png, .svg, .pdf)",
    )
    parser.add_argument(
        "--video", type=Path, metavar="FILE", help="record the first 15 s of the first episode (.mp4, .gif)"
    )
    parser.add_argument("--stochastic", action="store_true", help="sample actions instead of taking the best")
    return parser


def _whole(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if (number := int(text)) < least:
            raise argparse.ArgumentTypeError(f"expected at least {least}, found {number}")
        return number

    return whole_number


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


if __name__ == "__main__":
    sys.exit(main())
