"""Train the policy that walks: `python -m ant_policy.training.walk --out runs/walk`."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from ant_policy.errors import PolicyError
from ant_policy.optional import optional_libraries
from ant_policy.training.walk.config import WalkConfig


def main(argv: Sequence[str] | None = None) -> int:
    """Train; returns the exit code: 0, 2 for invalid input or a full disk, 130 if interrupted."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.training.walk", description=WalkConfig.__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/walk"), metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--overwrite", action="store_true", help="replace the policy in that folder")
    for entry in fields(WalkConfig):
        parser.add_argument(
            f"--{entry.name.replace('_', '-')}",
            type=type(entry.default),
            default=entry.default,
            help=f"{entry.metadata['description']} (default: %(default)s)",
        )
    arguments = vars(parser.parse_args(argv))
    out, overwrite = arguments.pop("out"), arguments.pop("overwrite")
    try:
        config = WalkConfig(**arguments)
        with optional_libraries():
            from ant_policy.training.run_folder import RunFolder
            from ant_policy.training.walk.trainer import train

            folder = RunFolder(out)
            if folder.in_use() and not overwrite:
                raise PolicyError(f"'{out}' holds a policy already; replace it with --overwrite or name another folder")
            return train(config, folder)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
