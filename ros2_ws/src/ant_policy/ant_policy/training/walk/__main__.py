"""Train the policy that walks: `python -m ant_policy.training.walk --out runs/walk`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ant_policy.errors import PolicyError
from ant_policy.optional import optional_libraries


def main(argv: Sequence[str] | None = None) -> int:
    """Train; returns the exit code: 0, 2 for invalid input or a full disk, 130 if interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m ant_policy.training.walk",
        description="Train the policy that walks by PGPE; the defaults are the recipe of the shipped one.",
    )
    parser.add_argument("--out", type=Path, default=Path("runs/walk"), metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--overwrite", action="store_true", help="replace the policy in that folder")
    for option, default, text in (
        ("seed", 0, "seed of all random numbers"),
        ("generations", 110, "generations of the search"),
        ("population", 200, "solutions of a generation, an even number"),
        ("num-threads", 0, "native threads of the physics; 0: one per processor"),
    ):
        parser.add_argument(f"--{option}", type=int, default=default, help=f"{text} (default: %(default)s)")
    arguments = parser.parse_args(argv)
    try:
        for option, minimum in (("seed", 0), ("generations", 1), ("population", 2), ("num_threads", 0)):
            if (value := getattr(arguments, option)) < minimum:
                raise PolicyError(f"--{option.replace('_', '-')}: expected at least {minimum}, found {value}")
        if arguments.population % 2:
            raise PolicyError(f"--population: expected an even number, found {arguments.population}")
        with optional_libraries():
            from ant_policy.training.run_folder import RunFolder
            from ant_policy.training.walk.trainer import train

            folder = RunFolder(arguments.out)
            if folder.in_use() and not arguments.overwrite:
                raise PolicyError(
                    f"'{folder.path}' holds a policy already; replace it with --overwrite or name another with --out"
                )
            numbers = (arguments.seed, arguments.generations, arguments.population, arguments.num_threads)
            return train(folder, *numbers)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
