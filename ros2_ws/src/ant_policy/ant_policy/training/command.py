"""The work behind `python -m ant_policy.train`."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from ant_policy.atomic import replacing
from ant_policy.card.parts import Model
from ant_policy.errors import PolicyError
from ant_policy.evaluation.command import evaluate_with_bar, evaluation_table, show
from ant_policy.evaluation.learning_curves import draw_curve
from ant_policy.policies.loading import CARD_NAME, load_policy
from ant_policy.rendering.backend import render
from ant_policy.training.config import OffPolicyConfig, PgpeConfig, TrainingConfig
from ant_policy.training.preset import DEFAULT_PRESET, load_preset
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.session import TrainingSession
from ant_sim import MODEL_PATH

REPORT_SEED = 1000
"""First seed of the returns on a card; no weights are chosen by seeds from 1000 on."""


def run(arguments: dict[str, Any]) -> int:
    """Train and report; returns 0, or 130 if interrupted.

    Raises:
        PolicyError: for invalid input, or a folder that may not be overwritten.
    """
    names = ("algorithm", "preset", "out", "resume", "overwrite")
    algorithm, preset, out, resume, overwrite = (arguments.pop(name) for name in names)
    folder = RunFolder(out or Path("runs") / algorithm)
    if resume and overwrite:
        raise PolicyError("--resume and --overwrite contradict each other; give one of them")
    if resume:
        config = folder.change_settings(algorithm, preset, arguments)
    else:
        preset = preset or DEFAULT_PRESET
        config = load_preset(algorithm, preset, arguments)
        if folder.in_use() and not overwrite:
            raise PolicyError(
                f"'{folder.path}' holds a policy already; add --resume to go on with its training or --overwrite to "
                "replace it, or name another folder with --out"
            )
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.set_settings(algorithm, preset, config)
    session = _train(config, folder, resume=resume)
    if session.interrupted:
        print(f"interrupted; go on with: python -m ant_policy.train {algorithm} --out {folder.path} --resume")
        return 130
    _report(config, folder, session)
    return 0


def _train(config: TrainingConfig, folder: RunFolder, *, resume: bool) -> TrainingSession:
    # Each of these imports a large library that the other does not need.
    if isinstance(config, OffPolicyConfig):
        from ant_policy.training.off_policy.trainer import train_sb3

        return train_sb3(config, folder, resume=resume)
    from ant_policy.training.pgpe.trainer import train_pgpe

    assert isinstance(config, PgpeConfig)
    return train_pgpe(config, folder, resume=resume)


def _report(config: TrainingConfig, folder: RunFolder, session: TrainingSession) -> None:
    """Evaluate the resulting policy, complete its card, draw the learning curve and record an episode."""
    seconds, settings = round(session.seconds), folder.settings
    if config.result == "last":
        folder.promote_last()
    policy = load_policy(folder.path)
    evaluation = evaluate_with_bar(policy, config.report_episodes, REPORT_SEED, str(folder.path))
    card = replace(
        policy.card,
        envelope=evaluation.envelope,
        model=Model(MODEL_PATH.name, hashlib.sha256(MODEL_PATH.read_bytes()).hexdigest()),
        versions=settings["versions"],
        training={
            "preset": settings["preset"],
            **settings["configuration"],
            "done": session.done,
            "seconds": seconds,
            "commit": settings["commit"],
            "before": settings.get("before", []),
        },
        returns=evaluation.summary(),
    )
    with replacing(folder.path / CARD_NAME) as (new_card,):
        card.save(new_card)
    title = f"{settings['algorithm']}, preset {settings['preset']}, seed {config.seed}"
    draw_curve(session.points, title, folder.picture)
    show(evaluation_table({str(folder.path): evaluation}))
    videos = [folder.video] if render("video", folder.path, folder.video) else []
    print(f"{folder.path}: policy, {', '.join(path.name for path in (folder.picture, *videos, folder.tensorboard))}")
