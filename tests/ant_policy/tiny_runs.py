"""Trainings of a second or two, with all that has a state."""

import signal
from pathlib import Path

import pytest

from ant_policy.tasks.jump.environment import JumpEnvironment
from ant_policy.train import main
from ant_policy.training.session import TrainingSession

VARIED = ["--ema-decay", "0.9", "--latency", "2", "--push", "1.0", "--mass", "0.1"]
"""Options whose features have a state of their own."""
SHORT = ["--episode-steps", "30"]
TARGET = ["--target-update-interval", "200"]
SLOWER = ["--final-max-speed", "0.05", "--evaluation-interval", "1"]
"""So that episodes end, target networks are updated and schedules go on, also before and after an interruption."""
TINY = {
    "sac": ["--steps", "400", "--num-envs", "8", "--learning-starts", "100", "--hidden", "[16]", *SHORT, *VARIED],
    "dqn": ["--steps", "400", "--num-envs", "8", "--learning-starts", "100", "--hidden", "[16]", *SHORT, *TARGET],
    "pgpe": ["--generations", "2", "--population", "10", "--episode-steps", "40", *SLOWER],
}
COMMON = ["--num-threads", "1", "--evaluation-episodes", "1", "--report-episodes", "1"]
OFF_POLICY = ["--evaluation-interval", "400", "--buffer-size", "1000", "--gradient-steps", "2"]
ON_ENV = "--steps 120 --num-envs 2 --learning-starts 40 --hidden [8] --evaluation-interval 60 --gradient-steps 1"
FEW_EPISODES = "--evaluation-episodes 2 --report-episodes 2"
LENGTH = {"sac": "--steps", "dqn": "--steps", "pgpe": "--generations"}


def command(algorithm, out, *more):
    interval = [] if algorithm == "pgpe" else OFF_POLICY
    return [algorithm, "--out", str(out), *TINY[algorithm], *COMMON, *interval, *more]


def train(arguments, max_steps=60):
    """Train with evaluations of short episodes and without the video: these take longer than the training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JumpEnvironment, "max_steps", max_steps)
        patch.setattr("ant_policy.training.command.render", lambda kind, policy, file, **options: True)
        return main(arguments)


def run(algorithm, out, *more):
    return train(command(algorithm, out, *more))


def interrupt_at(algorithm, out, done, length):
    """Train in this process and press Ctrl-C when so much is done."""
    advance = TrainingSession.advance

    def advance_and_interrupt(session, so_far, steps, learner):
        if so_far >= done:
            signal.raise_signal(signal.SIGINT)
        return advance(session, so_far, steps, learner)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingSession, "advance", advance_and_interrupt)
        assert run(algorithm, out, LENGTH[algorithm], length) == 130


def run_resumed(algorithm, out, *more):
    return train([algorithm, "--out", str(out), "--resume", *more])


def trained(algorithm: str, env: str, out: Path, *more: str) -> int:
    options = "--generations 2 --population 4 --evaluation-interval 1" if algorithm == "pgpe" else ON_ENV
    return train([algorithm, "--env", env, "--out", str(out), *options.split(), *FEW_EPISODES.split(), *more])
