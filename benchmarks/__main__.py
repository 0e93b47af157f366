"""`python -m benchmarks` runs all benchmarks, `python -m benchmarks NAME ...` one, with its options (`--help`)."""

import argparse
import inspect
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks import inference, physics, start, swap, throughput, web
from benchmarks.loop import budget, growth, lockstep, realtime
from benchmarks.report import CONSOLE, show

MODULES = (physics, throughput, inference, lockstep, budget, realtime, start, swap, growth, web)
BENCHMARKS = {module.__name__.rpartition(".")[2]: module for module in MODULES}
LONG = {"swap", "growth", "web"}
"""Run by name alone: they take up to a quarter of an hour."""


def add_options(parser: argparse.ArgumentParser, module: Any) -> None:
    """Add an option for each parameter of the benchmark's `run`; its HELP describes them."""
    for name, parameter in inspect.signature(module.run).parameters.items():
        flag, default = f"--{name.replace('_', '-')}", parameter.default
        if default is False:
            parser.add_argument(flag, action="store_true", help=module.HELP[name])
            continue
        values = default if isinstance(default, tuple) else (default,)
        text = f"{module.HELP[name]} (default: {' '.join(map(str, values))})"
        nargs = "+" if isinstance(default, tuple) else None
        parser.add_argument(flag, type=type(values[0]), nargs=nargs, default=default, metavar="VALUE", help=text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run; exit code 0 whether or not targets are met, as a busy machine misses them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = parser.add_subparsers(dest="name", metavar="NAME", help="one benchmark; without it, all but the long ones")
    for name, module in BENCHMARKS.items():
        add_options(names.add_parser(name, help=module.TITLE, description=module.__doc__), module)
    chosen = parser.parse_args(argv)
    for name in [chosen.name] if chosen.name else [name for name in BENCHMARKS if name not in LONG]:
        options = vars(chosen if chosen.name else parser.parse_args([name]))
        module = BENCHMARKS[options.pop("name")]
        show(name, module.TITLE, module.run(**options))
        CONSOLE.print()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
