"""Train a policy: `python -m ant_policy.train sac`, `dqn` or `pgpe`.

The output folder is itself a policy (`python -m ant_policy.evaluate runs/sac`): the best weights with their card.
Beside them are the last weights (`last/`), the state to go on from (`checkpoint.npz`), the settings (`run.yaml`), the
learning curve (`curve.json`, `curve.png`, `tensorboard/`) and a video of an episode (`episode.mp4`).
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from ant_policy.atomic import replacing
from ant_policy.card_parts import Model
from ant_policy.errors import PolicyError
from ant_policy.evaluate import evaluate_with_bar, evaluation_table
from ant_policy.learning_curve import draw_curve
from ant_policy.loading import CARD_NAME, load_policy
from ant_policy.rendering import record_episode
from ant_policy.run_folder import RunFolder, plain, provenance
from ant_policy.training_config import CONFIGS, OffPolicyConfig, PgpeConfig, TrainingConfig
from ant_policy.training_presets import change_config, load_preset, nearest
from ant_policy.training_session import TrainingSession
from ant_sim import MODEL_PATH

REPORT_SEED = 1000
"""First seed of the returns on a card: seeds from 1000 on only report, nothing is chosen by them."""


def train(config: TrainingConfig, folder: RunFolder, *, resume: bool) -> TrainingSession:
    """Train into `folder`; returns the session when it is at its end.

    Raises:
        PolicyError: if there is nothing good to resume from.
        OSError: if something cannot be saved.
    """
    # Imported here: each brings a library that the other does not need.
    if isinstance(config, OffPolicyConfig):
        from ant_policy.sb3_training import train_sb3

        return train_sb3(config, folder, resume=resume)
    from ant_policy.pgpe_training import train_pgpe

    assert isinstance(config, PgpeConfig)
    return train_pgpe(config, folder, resume=resume)


def report(algorithm: str, preset: str, config: TrainingConfig, folder: RunFolder, session: TrainingSession) -> None:
    """Evaluate the best weights (or the last), write their card, draw the learning curve and record an episode."""
    if config.keep_last:
        folder.keep_last()
    policy = load_policy(folder.path)
    evaluation = evaluate_with_bar(policy, config.report_episodes, REPORT_SEED)
    settings = provenance()
    card = replace(
        policy.card,
        envelope=evaluation.envelope,
        model=Model(MODEL_PATH.name, hashlib.sha256(MODEL_PATH.read_bytes()).hexdigest()),
        versions=settings["versions"],
        training={
            "preset": preset,
            **plain(config),
            "done": session.done,
            "seconds": round(session.seconds),
            "commit": settings["commit"],
            "before": folder.before(),
        },
        returns=evaluation.summary(),
    )
    with replacing(folder.path / CARD_NAME) as (new_card,):
        card.save(new_card)
    draw_curve(session.points, f"{algorithm}, preset {preset}, seed {config.seed}", folder.picture)
    Console().print(evaluation_table(str(folder.path), evaluation))
    made = [folder.picture, *([folder.video] if record_episode(folder.path, folder.video) else []), folder.tensorboard]
    print(f"{folder.path}: policy, {', '.join(path.name for path in made)}")


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


def prepare(algorithm: str, folder: RunFolder, arguments: dict[str, Any]) -> tuple[str, TrainingConfig]:
    """Preset and configuration that are asked for, and the folder made ready for them.

    Raises:
        PolicyError: for what cannot be used, or a folder that may not be written to.
        OSError: if the folder cannot be made.
    """
    preset, resume, overwrite = (arguments.pop(name) for name in ("preset", "resume", "overwrite"))
    if resume and overwrite:
        raise PolicyError("--resume and --overwrite contradict each other; give one of them")
    if resume:
        made_with, config_before = folder.read_settings(algorithm)
        if preset not in (None, made_with):
            raise PolicyError(f"preset is '{made_with}' in this run; a resumed run cannot change it to '{preset}'")
        preset = made_with
        config = change_config(config_before, arguments)
        folder.write_settings(algorithm, preset, config, config_before)
    else:
        preset = preset or "fast"
        config = load_preset(algorithm, preset, arguments)
        if folder.in_use() and not overwrite:
            raise PolicyError(
                f"'{folder.path}' holds a policy already; add --resume to go on with its training or --overwrite to "
                "replace it, or name another folder with --out"
            )
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.write_settings(algorithm, preset, config)
    return preset, config


@contextmanager
def as_it_was_if_refused(settings: Path) -> Iterator[None]:
    """Put the settings back as they were if the run refuses to go on with the new ones."""
    before = settings.read_bytes() if settings.exists() else None
    try:
        yield
    except (PolicyError, MemoryError):
        if before is not None:
            settings.write_bytes(before)
        raise


def main(argv: Sequence[str] | None = None) -> int:
    """Train; exit code 0, 2 for input that cannot be used or a full disk, 130 if it was interrupted."""
    try:
        arguments = vars(parse(argv))
        algorithm, resume = arguments.pop("algorithm"), arguments["resume"]
        folder = RunFolder(arguments.pop("out") or Path("runs") / algorithm)
        with as_it_was_if_refused(folder.settings):
            preset, config = prepare(algorithm, folder, arguments)
            session = train(config, folder, resume=resume)
        if session.interrupted:
            print(f"interrupted; go on with: python -m ant_policy.train {algorithm} --out {folder.path} --resume")
            return 130
        report(algorithm, preset, config, folder, session)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except MemoryError as error:
        print(f"error: not enough memory (--buffer-size, --num-envs and --hidden take it): {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
