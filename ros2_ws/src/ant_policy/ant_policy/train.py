"""Train a policy: `python -m ant_policy.train sac`, `dqn` or `pgpe`.

The output folder is itself a policy (`python -m ant_policy.evaluate runs/sac`): the best weights with their card.
Beside them are the last weights (`last/`), the state to go on from (`checkpoint.npz`), the settings (`run.yaml`), the
learning curve (`curve.json`, `curve.png`, `tensorboard/`) and a video of an episode (`episode.mp4`).
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from ant_policy.errors import PolicyError
from ant_policy.optional import optional_libraries
from ant_policy.training.config import CONFIGS
from ant_policy.training.preset import nearest


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; hyperparameters that are not given are absent from the result.

    Raises:
        PolicyError: for an unknown option, with the nearest one.
    """
    parser = argparse.ArgumentParser(
        prog="python -m ant_policy.train", description=__doc__.splitlines()[0], allow_abbrev=False
    )
    algorithms = parser.add_subparsers(dest="algorithm", required=True)
    options: dict[str, list[str]] = {}
    for algorithm, config_type in CONFIGS.items():
        sub = algorithms.add_parser(algorithm, help=config_type.__doc__, allow_abbrev=False)
        sub.add_argument("--preset", help="named set of hyperparameters (default: fast)")
        sub.add_argument("--out", type=Path, help=f"folder to write (default: runs/{algorithm})")
        sub.add_argument("--resume", action="store_true", help="go on with the run that is in that folder")
        sub.add_argument("--overwrite", action="store_true", help="replace a run that is in that folder")
        for entry in fields(config_type):
            sub.add_argument(
                f"--{entry.name.replace('_', '-')}",
                type=parse_value,
                default=argparse.SUPPRESS,
                help=f"{entry.metadata['description']} (default: {_shown(entry.default)})",
            )
        options[algorithm] = list(sub._option_string_actions)
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        name = unknown[0].split("=")[0]
        raise PolicyError(
            f"option '{name}' of {arguments.algorithm} is unknown{nearest(name, options[arguments.algorithm])}"
        )
    return arguments


def _shown(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default


def parse_value(text: str) -> Any:
    """A hyperparameter's value on the command line: a number (also 1e-3), true, false, a list or a word."""
    for number in (int, float):
        with suppress(ValueError):
            return number(text)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise argparse.ArgumentTypeError(f"expected a number, a word, true, false or a list, found {text!r}") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Train; exit code 0, 2 for input that cannot be used or a full disk, 130 if it was interrupted."""
    try:
        arguments = vars(parse(argv))
        with optional_libraries():
            from ant_policy.training.command import run

            return run(arguments)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except MemoryError as error:
        print(f"error: not enough memory (--buffer-size, --num-envs and --hidden take it): {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
