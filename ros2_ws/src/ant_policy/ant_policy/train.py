"""Train a policy: `python -m ant_policy.train sac`, `dqn` or `pgpe`.

The output folder is a policy (`python -m ant_policy.evaluate runs/sac`): weights and card. Beside them are the last
weights (`last/`), the checkpoint for `--resume` (`checkpoint.npz`), the settings (`run.yaml`), the learning curve
(`curve.json`, `curve.png`, `tensorboard/`) and a video of an episode (`episode.mp4`).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml

from ant_policy.errors import PolicyError
from ant_policy.optional import command
from ant_policy.training.config import CONFIGS, TrainingConfig
from ant_policy.training.preset import DEFAULT_PRESET, PRESETS, load_presets, nearest


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; hyperparameters that are not given are absent from the result.

    Raises:
        PolicyError: for an unknown option, with the nearest one.
    """
    parser = argparse.ArgumentParser(
        prog="python -m ant_policy.train", description=__doc__.splitlines()[0], allow_abbrev=False
    )
    algorithms = parser.add_subparsers(dest="algorithm", required=True)
    options = {name: _add_algorithm(algorithms, name, config) for name, config in CONFIGS.items()}
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        name = unknown[0].split("=")[0]
        raise PolicyError(
            f"option '{name}' of {arguments.algorithm} is unknown{nearest(name, options[arguments.algorithm])}"
        )
    return arguments


def _add_algorithm(algorithms: Any, algorithm: str, config_type: type[TrainingConfig]) -> list[str]:
    """Add an algorithm's parser; returns its options."""
    parser = algorithms.add_parser(
        algorithm,
        help=config_type.__doc__,
        description=config_type.__doc__,
        usage=f"python -m ant_policy.train {algorithm} [--preset NAME] [--OPTION VALUE ...]",
        epilog=f"Defaults are those of the trainer; a preset changes some of them ({PRESETS / algorithm}.yaml).",
        allow_abbrev=False,
    )
    names = dict.fromkeys(entry.metadata["group"] for entry in fields(config_type))
    groups = {name: parser.add_argument_group(name) for name in names}
    run = groups["run"]
    text = f"named set of hyperparameters: {', '.join(load_presets(algorithm))} (default: {DEFAULT_PRESET})"
    run.add_argument("--preset", metavar="NAME", help=text)
    run.add_argument("--out", type=Path, metavar="FOLDER", help=f"folder to write (default: runs/{algorithm})")
    run.add_argument("--resume", action="store_true", help="continue the run in that folder")
    run.add_argument("--overwrite", action="store_true", help="replace the run in that folder")
    options = {entry.name.replace("_", "-"): entry for entry in fields(config_type)}
    for option, entry in options.items():
        choices = entry.metadata["choices"]
        default = entry.default if isinstance(entry.default, str) else json.dumps(entry.default, default=asdict)
        text = entry.metadata["description"] + (f" (default: {default})" if default else "")
        groups[entry.metadata["group"]].add_argument(
            f"--{option}",
            type=parse_value,
            default=argparse.SUPPRESS,
            metavar=f"{{{','.join(choices)}}}" if choices else "VALUE",
            help=text.replace("%", "%%"),
        )
    return [f"--{name}" for name in ("preset", "out", "resume", "overwrite", *options)]


def parse_value(text: str) -> Any:
    """Value of a hyperparameter on the command line: a number (also 1e-3), or YAML."""
    for number in (int, float):
        with suppress(ValueError):
            return number(text)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise argparse.ArgumentTypeError(f"expected a number, a word, true, false or a list, found {text!r}") from error


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Train; returns the exit code: 0, 2 for invalid input or a full disk, 130 if interrupted."""
    try:
        arguments = vars(parse(argv))
        from ant_policy.training.command import run

        return run(arguments)
    except MemoryError as error:
        print(f"error: not enough memory (--buffer-size, --num-envs and --hidden take it): {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
