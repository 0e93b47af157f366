"""Environments that policies are trained and evaluated in."""

from pathlib import Path

from ant_policy.errors import PolicyError
from ant_policy.evaluation.gym_environment import GymEnvironment
from ant_policy.tasks.jump.environment import JumpEnvironment
from ant_sim import MODEL_PATH

Environment = JumpEnvironment | GymEnvironment


def find_environment(env: str | None = None, model: Path | str | None = None) -> Environment:
    """Make the environment of options `--env` and `--model`: the jumping Ant without them.

    Raises:
        PolicyError: for both, or one that cannot be used.
    """
    if env and model:
        raise PolicyError("--model is a model of the jumping Ant; an environment (--env) has its own")
    return GymEnvironment(env) if env else JumpEnvironment(model or MODEL_PATH)
