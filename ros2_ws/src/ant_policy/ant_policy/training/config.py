"""Hyperparameters of the three trainers."""

from dataclasses import dataclass, field
from typing import Any

from ant_policy.observation.features import FEATURES


def option(default: Any, description: str, least: float = 0.0, most: float = float("inf")) -> Any:
    """Dataclass field of a hyperparameter; its description is the command line's help."""
    return field(default=default, metadata={"description": description, "least": least, "most": most})


def features_option(default: str) -> Any:
    """Dataclass field of the features' name."""
    return option(default, f"what the network sees of the observation: {', '.join(FEATURES)} or none")


@dataclass(frozen=True)
class TrainingConfig:
    """What all trainers share."""

    seed: int = option(0, "seed of everything that is drawn", 0, 2**32 - 1)
    minutes: float = option(0.0, "time limit; 0: none")
    keep_last: bool = option(False, "the policy is the last weights, not those of the best evaluation")
    num_threads: int = option(0, "native threads of the physics; 0: one for each processor")
    evaluation_episodes: int = option(40, "episodes of 1,000 steps in an evaluation (seeds from 500 on)", 1, 500)
    report_episodes: int = option(100, "episodes of 1,000 steps for the card's returns (seeds from 1000 on)", 1)
    features: str = features_option("landing")
    mass: float = option(0.0, "masses differ by up to this share of them, from episode to episode", 0.0, 0.9)
    friction: float = option(0.0, "so does friction", 0.0, 0.9)
    damping: float = option(0.0, "so does the damping of the joints", 0.0, 0.9)
    gear: float = option(0.0, "so does what the motors do", 0.0, 0.9)
    latency: int = option(0, "commands come up to so many physics steps of 0.01 s late", 0, 4)
    observation_noise: float = option(0.0, "factor on the noise of fake_driver's sensors")
    push: float = option(0.0, "velocity that a push gives, once a second [m/s, standard deviation]")
    fall_cost: float = option(0.0, "taken off the reward for a fall, in training alone: at each landing by its risk")
    landing_cost: float = option(100.0, "taken off the reward for a landing on the back at 10 m/s, in training alone")


@dataclass(frozen=True)
class OffPolicyConfig(TrainingConfig):
    """What SAC and DQN share."""

    steps: int = option(200_000, "environment steps in all", 1)
    num_envs: int = option(32, "environments side by side", 1)
    episode_steps: int = option(1000, "control steps of a training episode at most", 1)
    normalise_observations: bool = option(False, "learn on observations of mean 0 and standard deviation 1")
    reward_scale: float = option(0.1, "factor on rewards: critics learn values of this size better")
    learning_rate: float = option(1e-3, "at the start", 0.0, 1.0)
    final_learning_rate: float = option(0.0, "at the end; between them it falls linearly", 0.0, 1.0)
    gamma: float = option(0.99, "discount factor of a control step", 0.0, 1.0)
    batch_size: int = option(256, "transitions of a gradient step", 1, 10**6)
    gradient_steps: int = option(8, "gradient steps of each training", 1)
    learning_starts: int = option(5_000, "environment steps of random actions first")
    buffer_size: int = option(1_000_000, "transitions kept", 1_000, 10**9)
    averaging: float = option(
        0.0,
        "share of the evaluated and saved weights that is kept from before at each step; 0: no average",
        0.0,
        0.9999,
    )
    hidden: tuple[int, ...] = option((128, 128), "widths of the hidden layers", 1, 10**5)
    evaluation_interval: int = option(20_000, "environment steps between evaluations", 1)
    restarts: tuple[int, ...] = option((), "environment steps at which the learning rate, at its end, goes up again", 1)
    fall_costs: tuple[int, ...] = option((), "fall_cost from each restart on; until the first it is as given", 0, 10**9)


@dataclass(frozen=True)
class SacConfig(OffPolicyConfig):
    """Soft actor-critic on the continuous environment."""

    symmetric: bool = option(True, "learn from each transition as the robot's eight symmetries have it")
    tau: float = option(0.01, "share of the critic that its target takes over at each gradient step", 0.0, 1.0)
    ent_coef: str = option("auto", "entropy coefficient: auto or a number")


@dataclass(frozen=True)
class DqnConfig(OffPolicyConfig):
    """Deep Q-learning on the 5 moves."""

    symmetric: bool = option(True, "learn from each transition also as the mirror that keeps the moves has it")
    exploration_initial: float = option(0.1, "share of random moves at the start", 0.0, 1.0)
    exploration_final: float = option(0.05, "share of random moves at the end", 0.0, 1.0)
    exploration_fraction: float = option(0.3, "part of the training over which it falls", 0.0, 1.0)
    target_update_interval: int = option(1_000, "environment steps between updates of the target network", 1)
    n_steps: int = option(3, "rewards summed up before bootstrapping", 1)
    train_freq: int = option(1, "steps of all environments between trainings", 1)


@dataclass(frozen=True)
class PgpeConfig(TrainingConfig):
    """PGPE with ClipUp on linear policies."""

    features: str = features_option("righting")
    symmetric: bool = option(True, "search among policies that do the same with each leg")
    generations: int = option(20, "generations in all", 1)
    population: int = option(200, "solutions a generation, an even number", 2)
    episode_steps: int = option(200, "control steps of a solution's episode at most", 1)
    max_speed: float = option(0.15, "ClipUp's largest step of the centre at the start")
    final_max_speed: float = option(0.15, "at the end; between them it falls linearly")
    radius: float = option(0.85, "norm of the initial standard deviations", 1e-6, 1e6)
    stdev_learning_rate: float = option(0.1, "of the standard deviations")
    clip: float = option(10.0, "limit of a normalised observation", 1e-6, 1e6)
    evaluation_interval: int = option(4, "generations between evaluations of the centre", 1)
    actors: int = option(0, "Ray actors to spread the population over, one a machine; 0: this process alone")
    ray_address: str = option("", "Ray cluster to join (HOST:PORT); empty: one on this machine")


def named_features(config: TrainingConfig) -> str | None:
    """The features, as a card names them."""
    return None if config.features == "none" else config.features


CONFIGS: dict[str, type[TrainingConfig]] = {"sac": SacConfig, "dqn": DqnConfig, "pgpe": PgpeConfig}

MAY_CHANGE = {
    "steps",
    "generations",
    "minutes",
    "num_threads",
    "report_episodes",
    "actors",
    "ray_address",
    "fall_cost",
    "restarts",
    "fall_costs",
    "landing_cost",
    "keep_last",
}
"""Hyperparameters that a resumed run may be given anew; costs, so that a policy that jumps can learn not to fall."""
