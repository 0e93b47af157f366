"""Evaluate a policy on the Gymnasium environment: `python -m ant_policy.evaluate sac`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ant_policy.errors import PolicyError
from ant_policy.evaluation import PLOT_FORMATS
from ant_policy.optional import optional_libraries
from ant_policy.rendering import VIDEO_FORMATS


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
        with optional_libraries():
            from ant_policy.evaluation.command import run

            return run(args)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


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


if __name__ == "__main__":
    raise SystemExit(main())
