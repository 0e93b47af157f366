"""Evaluate a policy that walks: `python -m ant_policy.tasks.walk.evaluate walk`."""

import argparse
import sys
from collections.abc import Sequence

from ant_policy.errors import PolicyError
from ant_policy.optional import optional_libraries


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, or 2 for invalid input (with one line on stderr)."""
    parser = argparse.ArgumentParser(
        prog="python -m ant_policy.tasks.walk.evaluate",
        description="Let the quadruped follow random velocity commands, a new one every 5 s, in episodes of 20 s.",
    )
    parser.add_argument("policy", metavar="POLICY", help="shipped policy, or path of a folder or file")
    parser.add_argument("--episodes", type=int, default=100, help="number of episodes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1000, help="seed of all draws (default: %(default)s)")
    arguments = parser.parse_args(argv)
    try:
        for option, minimum in (("episodes", 1), ("seed", 0)):
            if (value := getattr(arguments, option)) < minimum:
                raise PolicyError(f"--{option}: expected at least {minimum}, found {value}")
        with optional_libraries():
            from ant_policy.tasks.walk.evaluation import report

            report(arguments.policy, arguments.episodes, arguments.seed)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
