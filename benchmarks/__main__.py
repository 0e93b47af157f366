"""`python -m benchmarks` runs all benchmarks, `python -m benchmarks NAME ...` one, with its options (`--help`)."""

import argparse
import sys
from collections.abc import Sequence

from benchmarks import inference, lockstep, physics, realtime, start, swap, throughput, web
from benchmarks.report import CONSOLE, show

BENCHMARKS = {
    "physics": physics,
    "throughput": throughput,
    "inference": inference,
    "lockstep": lockstep,
    "realtime": realtime,
    "start": start,
    "swap": swap,
    "web": web,
}
LONG = {"swap", "web"}
"""Run by name alone: they take up to a quarter of an hour."""


def parse(argv: Sequence[str] | None) -> list[argparse.Namespace]:
    """Arguments of each benchmark that is to run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = parser.add_subparsers(
        dest="name", metavar="NAME", help="one benchmark; without it, all with their defaults"
    )
    for name, module in BENCHMARKS.items():
        module.add_arguments(names.add_parser(name, help=module.TITLE, description=module.__doc__))
    arguments = parser.parse_args(argv)
    return [arguments] if arguments.name else [parser.parse_args([name]) for name in BENCHMARKS if name not in LONG]


def main(argv: Sequence[str] | None = None) -> int:
    """Run; exit code 0 whether or not targets are met, as a busy machine misses them."""
    for arguments in parse(argv):
        module = BENCHMARKS[arguments.name]
        show(arguments.name, module.TITLE, module.run(arguments))
        CONSOLE.print()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
