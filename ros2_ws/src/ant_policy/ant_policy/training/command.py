"""What `python -m ant_policy.train` does with its options."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ant_policy.atomic import replacing
from ant_policy.card.parts import Model
from ant_policy.errors import PolicyError
from ant_policy.evaluation.command import evaluate_with_bar, evaluation_table, show
from ant_policy.evaluation.learning_curves import draw_curve
from ant_policy.policies.loading import CARD_NAME, load_policy
from ant_policy.rendering.process import render
from ant_policy.training.config import OffPolicyConfig, PgpeConfig, TrainingConfig
from ant_policy.training.preset import change_config, load_preset
from ant_policy.training.run_folder import RunFolder, plain, provenance
from ant_policy.training.session import TrainingSession
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
        from ant_policy.training.off_policy.trainer import train_sb3

        return train_sb3(config, folder, resume=resume)
    from ant_policy.training.pgpe.trainer import train_pgpe

    assert isinstance(config, PgpeConfig)
    return train_pgpe(config, folder, resume=resume)


def report(algorithm: str, preset: str, config: TrainingConfig, folder: RunFolder, session: TrainingSession) -> None:
    """Evaluate the best weights (or the last), write their card, draw the learning curve and record an episode."""
    if config.keep_last:
        folder.keep_last()
    policy = load_policy(folder.path)
    evaluation = evaluate_with_bar(policy, config.report_episodes, REPORT_SEED, str(folder.path))
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
    show(evaluation_table({str(folder.path): evaluation}))
    videos = [folder.video] if render("video", folder.path, folder.video) else []
    made = [folder.picture, *videos, folder.tensorboard]
    print(f"{folder.path}: policy, {', '.join(path.name for path in made)}")


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


def run(arguments: dict[str, Any]) -> int:
    """Train and report; returns 0, or 130 if it was interrupted.

    Raises:
        PolicyError: for what cannot be used.
        OSError: if something cannot be written.
    """
    algorithm, resume = arguments.pop("algorithm"), arguments["resume"]
    folder = RunFolder(arguments.pop("out") or Path("runs") / algorithm)
    with as_it_was_if_refused(folder.settings):
        preset, config = prepare(algorithm, folder, arguments)
        session = train(config, folder, resume=resume)
    if session.interrupted:
        print(f"interrupted; go on with: python -m ant_policy.train {algorithm} --out {folder.path} --resume")
        return 130
    report(algorithm, preset, config, folder, session)
    return 0
