"""Train a policy: `python -m ant_policy.train sac`, `dqn` or `pgpe`.

The output folder is itself a policy (`python -m ant_policy.evaluate runs/sac`): the best weights with their card,
which holds the configuration and the returns; beside them the last weights and the learning curve `curve.json`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml

from ant_policy.card_writer import write_card
from ant_policy.errors import PolicyError
from ant_policy.training_config import CONFIGS, OffPolicyConfig, PgpeConfig, TrainingConfig, load_preset


def train(config: TrainingConfig, out: Path) -> Path:
    """Train into the folder `out`; returns the file of the best weights."""
    # Imported here: each brings a library that the other does not need.
    if isinstance(config, OffPolicyConfig):
        from ant_policy.sb3_training import train_sb3

        return train_sb3(config, out)
    from ant_policy.pgpe_training import train_pgpe

    assert isinstance(config, PgpeConfig)
    return train_pgpe(config, out)


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; hyperparameters that are not given are absent from the result."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.train", description=__doc__.splitlines()[0])
    algorithms = parser.add_subparsers(dest="algorithm", required=True)
    for algorithm, config_type in CONFIGS.items():
        sub = algorithms.add_parser(algorithm, help=config_type.__doc__)
        sub.add_argument("--preset", default="fast", help="named set of hyperparameters (default: fast)")
        sub.add_argument("--out", type=Path, help=f"folder to write (default: runs/{algorithm})")
        sub.add_argument("--overwrite", action="store_true", help="replace a run that is in that folder")
        for entry in fields(config_type):
            sub.add_argument(
                f"--{entry.name.replace('_', '-')}",
                type=yaml.safe_load,
                default=argparse.SUPPRESS,
                help=f"{entry.metadata['description']} (default: {entry.default})",
            )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Train; exit code 0, or 2 for input that cannot be used."""
    arguments = vars(parse(argv))
    algorithm, preset, overwrite = (arguments.pop(name) for name in ("algorithm", "preset", "overwrite"))
    out: Path = arguments.pop("out") or Path("runs") / algorithm
    try:
        config = load_preset(algorithm, preset, arguments)
        if not overwrite and any((out / name).exists() for name in ("card.yaml", "curve.json")):
            raise PolicyError(f"'{out}' holds a policy already; add --overwrite, or name another folder with --out")
        out.mkdir(parents=True, exist_ok=True)
        for name in ("card.yaml", "curve.json"):
            (out / name).unlink(missing_ok=True)
        file = train(config, out)
        plain: dict[str, Any] = json.loads(json.dumps(asdict(config)))
        returns = write_card(file, config.report_episodes, {"preset": preset, **plain}).returns
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    assert returns is not None
    print(
        f"{out}: return {returns.mean:.0f} ± {returns.std:.0f}, falls {returns.falls} "
        f"in {returns.episodes} episodes from seed {returns.seed}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
