"""Hyperparameters of the three trainers and their presets."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from ant_policy.errors import PolicyError

PRESETS = Path(__file__).parent / "presets"
"""One YAML file an algorithm: preset -> hyperparameters that differ from the defaults below."""


def option(default: Any, description: str) -> Any:
    """Dataclass field of a hyperparameter; its description is the command line's help."""
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True)
class TrainingConfig:
    """What all trainers share. Shaping is for the learner only: reported returns are the task's."""

    seed: int = option(0, "seed of everything that is drawn")
    num_threads: int = option(0, "native threads of the physics; 0: one for each processor")
    evaluation_episodes: int = option(40, "episodes of 1,000 steps in an evaluation (seeds from 500 on)")
    report_episodes: int = option(20, "episodes of 1,000 steps for the card's returns (seeds from 1000 on)")


@dataclass(frozen=True)
class OffPolicyConfig(TrainingConfig):
    """What SAC and DQN share."""

    steps: int = option(200_000, "environment steps in all")
    num_envs: int = option(32, "environments side by side")
    episode_steps: int = option(1000, "control steps of a training episode at most")
    reward_scale: float = option(0.1, "factor on rewards: critics learn values of this size better")
    fall_penalty: float = option(0.0, "what a fall costs beyond the end of the episode")
    height_cost: float = option(0.0, "what each metre above free_height costs a step: falls end jumps of over 8 m")
    free_height: float = option(100.0, "torso height up to which nothing is deducted [m]")
    learning_rate: float = option(1e-3, "at the start")
    final_learning_rate: float = option(0.0, "at the end; between them it falls linearly")
    gamma: float = option(0.98, "discount factor of a control step")
    batch_size: int = option(256, "transitions of a gradient step")
    gradient_steps: int = option(8, "gradient steps after each step of all environments")
    learning_starts: int = option(5_000, "environment steps of random actions first")
    buffer_size: int = option(1_000_000, "transitions kept")
    hidden: tuple[int, ...] = option((128, 128), "widths of the hidden layers")
    evaluation_interval: int = option(20_000, "environment steps between evaluations")


@dataclass(frozen=True)
class SacConfig(OffPolicyConfig):
    """Soft actor-critic on the continuous environment."""

    tau: float = option(0.02, "share of the critic that its target takes over at each gradient step")
    ent_coef: str = option("auto", "entropy coefficient: auto or a number")


@dataclass(frozen=True)
class DqnConfig(OffPolicyConfig):
    """Deep Q-learning on the 5 moves."""

    exploration_initial: float = option(0.1, "share of random moves at the start")
    exploration_final: float = option(0.05, "share of random moves at the end")
    exploration_fraction: float = option(0.3, "part of the training over which it falls")
    target_update_interval: int = option(1_000, "environment steps between updates of the target network")
    n_steps: int = option(3, "rewards summed up before bootstrapping")


@dataclass(frozen=True)
class PgpeConfig(TrainingConfig):
    """PGPE with ClipUp on linear policies."""

    generations: int = option(60, "generations in all")
    population: int = option(200, "solutions a generation")
    episode_steps: int = option(200, "control steps of a solution's episode at most")
    max_speed: float = option(0.15, "ClipUp's largest step of the centre")
    radius: float = option(2.25, "norm of the initial standard deviations")
    stdev_learning_rate: float = option(0.1, "of the standard deviations")
    clip: float = option(10.0, "limit of a normalised observation")
    evaluation_interval: int = option(5, "generations between evaluations of the centre")


CONFIGS: dict[str, type[TrainingConfig]] = {"sac": SacConfig, "dqn": DqnConfig, "pgpe": PgpeConfig}


def load_preset(algorithm: str, preset: str, overrides: Mapping[str, Any]) -> TrainingConfig:
    """Configuration of an algorithm's preset with some hyperparameters replaced.

    Raises:
        PolicyError: for an unknown preset or hyperparameter, or a value of the wrong type, by name.
    """
    path = PRESETS / f"{algorithm}.yaml"
    presets: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if preset not in presets:
        raise PolicyError(f"preset '{preset}' of {algorithm} is unknown{_nearest(preset, presets)}")
    config_type = CONFIGS[algorithm]
    defaults = {entry.name: entry.default for entry in fields(config_type)}
    values = {**presets[preset], **overrides}
    for name, value in values.items():
        if name not in defaults:
            raise PolicyError(f"hyperparameter '{name}' of {algorithm} is unknown{_nearest(name, defaults)}")
        values[name] = _checked(name, value, defaults[name])
    return replace(config_type(), **values)


def _nearest(name: str, available: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, available, 1)
    return f"; did you mean '{near[0]}'?" if near else f"; available: {', '.join(available)}"


def _checked(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        value = tuple(value) if isinstance(value, list) else value
        good = isinstance(value, tuple) and all(type(width) is int and width > 0 for width in value)
    elif isinstance(default, float):
        value = float(value) if type(value) is int else value
        good = isinstance(value, float) and value >= 0.0
    elif isinstance(default, int):
        good = type(value) is int and value >= 0
    else:
        value = str(value)
        good = True
    if not good:
        raise PolicyError(f"hyperparameter '{name}' is {value!r}; expected a value like {default!r}, not negative")
    return value
