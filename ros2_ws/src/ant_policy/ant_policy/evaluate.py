"""Evaluate policies on a Gymnasium environment: `python -m ant_policy.evaluate sac`."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from ant_policy.errors import PolicyError
from ant_policy.evaluation import PLOT_FORMATS
from ant_policy.optional import command
from ant_policy.rendering import PICTURE_FORMATS, VIDEO_FORMATS

FORMATS = {"plot": PLOT_FORMATS, "video": VIDEO_FORMATS, "picture": PICTURE_FORMATS, "curves": PLOT_FORMATS}
"""Options that name a file -> its possible suffixes; `--json` takes any."""


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, or 2 for invalid input (with one line on stderr)."""
    args = _parser().parse_args(argv)
    _check_files(args)
    from ant_policy.evaluation.command import run

    return run(args)


def _check_files(args: argparse.Namespace) -> None:
    if args.env:
        for option in ("robustness", "model", "curves", "plot", "picture"):
            if getattr(args, option):
                raise PolicyError(f"--{option} is of the jumping Ant; an environment (--env) has none")
    several = len(args.policies) > 1 or args.robustness or args.curves is not None
    for option in ("json", *FORMATS):
        file, formats = getattr(args, option), FORMATS.get(option)
        if file is None:
            continue
        if not file.parent.is_dir():
            raise PolicyError(f"--{option}: expected an existing folder, found no '{file.parent}'")
        if formats and file.suffix not in formats:
            raise PolicyError(f"--{option}: expected a file named {' or '.join(formats)}, found '{file}'")
        if several and option != "curves":
            raise PolicyError(f"--{option}: expected one policy and neither --robustness nor --curves")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ant_policy.evaluate",
        description="Run episodes of the jumping Ant or another environment, of at most 1,000 steps.",
    )
    parser.add_argument(
        "policies",
        nargs="+",
        metavar="POLICY",
        help="shipped policy, zero, random, or path of a folder, card.yaml or policy file",
    )
    parser.add_argument("--episodes", type=_at_least(1), default=20, help="number of episodes (default: %(default)s)")
    parser.add_argument(
        "--seed",
        type=_at_least(0),
        default=1000,
        help="reset seed of the first episode, and seed of a stochastic policy (default: %(default)s)",
    )
    parser.add_argument("--env", metavar="ID", help="Gymnasium environment, or module:ID (default: the jumping Ant)")
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="MJCF of another Ant that jumps (default: the shipped one)"
    )
    parser.add_argument("--stochastic", action="store_true", help="sample actions instead of taking the best")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--robustness",
        action="store_true",
        help="evaluate under model mismatch instead: delayed, noisy, heavier and pushed robots",
    )
    instead.add_argument(
        "--curves",
        type=Path,
        metavar="FILE",
        help="compare finished training runs instead, without running episodes, and draw their learning curves "
        f"({', '.join(PLOT_FORMATS)})",
    )
    files = parser.add_argument_group("files about one policy")
    files.add_argument("--json", type=Path, metavar="FILE", help="results as numbers")
    for option, text in (
        ("plot", "torso heights of all episodes, histogram of the apexes, next apex by landing attitude"),
        ("video", "the beginning of the first episode"),
        ("picture", "stroboscopic picture of the first episode's highest jump"),
    ):
        files.add_argument(f"--{option}", type=Path, metavar="FILE", help=f"{text} ({', '.join(FORMATS[option])})")
    files.add_argument(
        "--seconds", type=_at_least(1), default=15, help="length of the video [s] (default: %(default)s)"
    )
    return parser


def _at_least(minimum: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if (number := int(text)) < minimum:
            raise argparse.ArgumentTypeError(f"expected at least {minimum}, found {number}")
        return number

    return whole_number


if __name__ == "__main__":
    raise SystemExit(main())
