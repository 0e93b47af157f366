"""The work behind `python -m ant_policy.train`."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ant_policy.atomic import replacing
from ant_policy.card.card import Card
from ant_policy.errors import PolicyError
from ant_policy.evaluation.command import evaluate_with_bar, evaluation_table, show
from ant_policy.evaluation.environment import Environment, find_environment
from ant_policy.evaluation.learning_curves import CEILING, draw_curve
from ant_policy.evaluation.rollout import Evaluation
from ant_policy.policies.loading import CARD_NAME
from ant_policy.rendering.backend import render
from ant_policy.training.config import OffPolicyConfig, PgpeConfig, TrainingConfig
from ant_policy.training.preset import DEFAULT_PRESET, load_preset
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.session import TrainingSession

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
    settings = folder.settings
    if config.result == "last":
        folder.promote_last()
    environment = find_environment(config.env, config.model)
    policy = environment.load(folder.path)
    evaluation = evaluate_with_bar(policy, config.report_episodes, REPORT_SEED, str(folder.path), environment)
    if policy.card is not None:
        _complete_card(policy.card, folder, session, evaluation, environment)
    title = f"{settings['algorithm']}, preset {settings['preset']}, seed {config.seed}"
    draw_curve(session.points, title, folder.picture, None if config.env else CEILING)
    show(evaluation_table({str(folder.path): evaluation}))
    videos = []
    if not config.env and render("video", folder.path, folder.video, model=config.model):
        videos = [folder.video]
    print(f"{folder.path}: policy, {', '.join(path.name for path in (folder.picture, *videos, folder.tensorboard))}")
    if policy.card is None:
        print(
            f"{folder.path}: no {CARD_NAME}, as {environment.unknown}; make one with: python -m ant_policy.card "
            f"{folder.path / 'policy.zip'} {environment.card_options}--out FOLDER --set FIELD=VALUE ...",
            file=sys.stderr,
        )


def _complete_card(
    card: Card, folder: RunFolder, session: TrainingSession, evaluation: Evaluation, environment: Environment
) -> None:
    """Write what is known at the end of a run into its policy's card."""
    settings = folder.settings
    card = replace(
        card,
        envelope=evaluation.envelope,
        model=environment.model,
        versions=settings["versions"],
        training={
            "preset": settings["preset"],
            **settings["configuration"],
            "done": session.done,
            "seconds": round(session.seconds),
            "commit": settings["commit"],
            "before": settings.get("before", []),
            **({"evaluation": evaluation.metrics} if evaluation.metrics else {}),
        },
        returns=evaluation.summary(),
    )
    with replacing(folder.path / CARD_NAME) as (new_card,):
        card.save(new_card)
