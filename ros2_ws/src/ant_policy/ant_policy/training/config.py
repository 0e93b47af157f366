"""Hyperparameters of the three trainers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ant_policy.observation.feature_registry import FEATURES
from ant_policy.training.option import (
    environment,
    evaluation,
    exploration,
    is_entropy_coefficient,
    network,
    optimisation,
    randomisation,
    reward,
    run,
)

CLIP = 10.0
"""Limit of a normalised observation."""


ant_features = (name for name, features in FEATURES.items() if features.task == "jump")
features_option = partial(network, description="features of the observation", choices=("none", *ant_features))
symmetric_option = partial(network, True)


@dataclass(frozen=True)
class Stage:
    """Part of an off-policy training; in each, the learning rate falls to its final value.

    Attributes:
        fall_cost: cost of a certain fall, charged at each landing times the probability of a fall.
        until: environment steps at which the stage ends; None: at the end of the training.
    """

    fall_cost: float = 0.0
    until: int | None = None


@dataclass(frozen=True)
class TrainingConfig:
    """Hyperparameters of all trainers."""

    algorithm: ClassVar[str]
    is_discrete: ClassVar[bool] = False
    unit: ClassVar[str] = "steps"
    """Hyperparameter that holds the length of a training."""

    seed: int = run(0, "seed of all random numbers", 0, 2**32 - 1)
    minutes: float = run(0.0, "time limit [min]; 0: none", may_change=True)
    env: str = run("", "Gymnasium environment to train on, id or module:id; empty: the jumping Ant")
    model: str = run("", "MJCF of another Ant to train the jump on; empty: the Ant's own")
    num_threads: int = run(0, "native threads of the physics; 0: one per processor", may_change=True)
    result: str = evaluation(
        "best",
        "weights that become the policy: those of the best evaluation, or the last ones",
        choices=("best", "last"),
        may_change=True,
    )
    evaluation_interval: int = evaluation(
        20_000, "environment steps between evaluations; a fifth of a shorter training", 1
    )
    evaluation_episodes: int = evaluation(40, "episodes per evaluation (seeds from 500 on)", 1, 500)
    report_episodes: int = evaluation(100, "episodes for the card's returns (seeds from 1000 on)", 1, may_change=True)
    features: str = features_option("landing")
    mass: float = randomisation(0.0, "relative half-range of masses, 0.2 = ±20 %", 0.0, 0.9)
    friction: float = randomisation(0.0, "relative half-range of friction", 0.0, 0.9)
    damping: float = randomisation(0.0, "relative half-range of joint damping", 0.0, 0.9)
    gear: float = randomisation(0.0, "relative half-range of motor strength", 0.0, 0.9)
    latency: int = randomisation(0, "maximum latency of commands [physics steps of 0.01 s]", 0, 4)
    observation_noise: float = randomisation(0.0, "sensor noise, as a multiple of fake_driver's")
    push: float = randomisation(0.0, "velocity of a push once a second [m/s, standard deviation]")
    landing_cost: float = reward(100.0, "cost of a landing on the back at 10 m/s [return]; grows with energy and tilt")

    @property
    def length(self) -> int:
        """Length of the training in its unit."""
        length: int = getattr(self, self.unit)
        return length

    def fall_cost_at(self, steps: int) -> float:
        """Fall cost after so many environment steps."""
        raise NotImplementedError

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Hyperparameters that do not fit the others, each with what was expected."""
        is_of_another_robot = self.features != "none" and FEATURES[self.features].task != "jump"
        if is_of_another_robot and not self.env:
            yield "features", "those of the jumping Ant, or an environment (--env)"
        for name, neutral in ANT_ONLY.items() if self.env else ():
            is_free = is_of_another_robot and name in ("features", "symmetric")
            if not is_free and getattr(self, name, neutral) != neutral:
                yield name, f"{neutral!r} with --env, as only the jumping Ant has it"
        if getattr(self, "symmetric", False) and self.features == "none":
            yield "symmetric", "features seen from the torso, not none (or --symmetric false)"


@dataclass(frozen=True)
class OffPolicyConfig(TrainingConfig):
    """Hyperparameters of SAC and DQN."""

    steps: int = run(200_000, "environment steps in total", 1, may_change=True)
    num_envs: int = environment(32, "parallel environments", 1)
    episode_steps: int = environment(1000, "maximum control steps of a training episode", 1)
    reward_scale: float = reward(0.1, "factor on rewards, so that critics learn small values", may_change=False)
    stages: tuple[Stage, ...] = reward(
        (Stage(),),
        "stages, each with a fall cost and a decay of the learning rate, as YAML: "
        '"[{until: 300000, fall_cost: 2000}, {fall_cost: 8000}]"; the last ends with the training',
    )
    normalise_observations: bool = network(False, "normalise observations to mean 0 and standard deviation 1")
    hidden: tuple[int, ...] = network((128, 128), 'widths of the hidden layers, as "[64, 64]"', 1, 10**5)
    learning_rate: float = optimisation(1e-3, "learning rate at the start", 0.0, 1.0)
    final_learning_rate: float = optimisation(
        0.0, "learning rate at the end of a stage, reached linearly; the next stage starts at --learning-rate", 0.0, 1.0
    )
    gamma: float = optimisation(0.99, "discount factor per control step", 0.0, 1.0)
    batch_size: int = optimisation(256, "transitions per gradient step", 1, 10**6)
    gradient_steps: int = optimisation(8, "gradient steps per training phase", 1)
    learning_starts: int = optimisation(5_000, "environment steps of random actions before learning")
    buffer_size: int = optimisation(1_000_000, "capacity of the replay buffer [transitions]", 1_000, 10**9)
    fused: bool = optimisation(True, "gradient steps with fewer native calls; false: Stable-Baselines3's own")
    ema_decay: float = optimisation(
        0.0, "decay per step of the EMA of the weights, which is evaluated and saved; 0: no average", 0.0, 0.9999
    )

    @property
    def phase_steps(self) -> int:
        """Environment steps between two training phases."""
        return self.num_envs

    def stage_at(self, steps: int) -> Stage:
        """Stage after so many environment steps."""
        return next(stage for stage in self.stages if stage.until is None or steps < stage.until)

    def fall_cost_at(self, steps: int) -> float:
        """Fall cost of the stage."""
        return self.stage_at(steps).fall_cost

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Mistakes of all trainers, then of the stages."""
        yield from super().mistakes()
        if self.env and any(stage.fall_cost for stage in self.stages):
            yield "stages", "no fall_cost with --env, as only the jumping Ant has it"


@dataclass(frozen=True)
class SacConfig(OffPolicyConfig):
    """Soft actor-critic on the continuous environment."""

    algorithm = "sac"
    symmetric: bool = symmetric_option("augment each transition by a random one of the robot's eight symmetries")
    tau: float = optimisation(0.01, "Polyak update of the target critic per gradient step", 0.0, 1.0)
    policy_delay: int = optimisation(1, "critic updates per update of the actor, if fused", 1, 1000)
    ent_coef: str = exploration("auto", "entropy coefficient: a number, or learned (auto) from 1 or from X on (auto_X)")

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Mistakes of off-policy training, then of SAC."""
        yield from super().mistakes()
        if self.symmetric and self.normalise_observations:
            yield "symmetric", "no 'normalise_observations' beside it (or --symmetric false)"
        if not is_entropy_coefficient(self.ent_coef):
            yield "ent_coef", "auto, auto_X with a positive number X, or a number of at least 0"


@dataclass(frozen=True)
class DqnConfig(OffPolicyConfig):
    """Deep Q-learning on the 5 moves."""

    algorithm, is_discrete = "dqn", True
    symmetric: bool = symmetric_option("augment each transition by the mirror symmetry that maps moves to moves")
    exploration_initial: float = exploration(0.1, "probability of a random move at the start", 0.0, 1.0)
    exploration_fraction: float = exploration(
        0.3, "share of the training over which that probability falls to 0.05", 0.0, 1.0
    )
    target_update_interval: int = optimisation(1_000, "environment steps between updates of the target network", 1)
    n_steps: int = optimisation(3, "rewards summed before bootstrapping", 1)
    train_freq: int = optimisation(1, "steps of all environments per training phase", 1)

    @property
    def phase_steps(self) -> int:
        """Environment steps between two training phases."""
        return self.num_envs * self.train_freq


@dataclass(frozen=True)
class PgpeConfig(TrainingConfig):
    """PGPE with ClipUp on linear policies."""

    algorithm, unit = "pgpe", "generations"
    features: str = features_option("righting", choices=("none", *FEATURES))
    symmetric: bool = symmetric_option("search among policies that treat all legs alike")
    normalise_observations: bool = network(True, "normalise features to mean 0 and standard deviation 1")
    start: str = network("zeros", "policy to start from; trot: the quadruped's, open loop", choices=("zeros", "trot"))
    fall_cost: float = reward(
        0.0, "cost of a certain fall [return], charged at each landing by the probability of a fall"
    )
    generations: int = run(20, "generations in total", 1, may_change=True)
    actors: int = run(
        0, "Ray actors that share the population, one per machine; 0: none, this process alone", may_change=True
    )
    ray_address: str = run("", "Ray cluster to join (HOST:PORT); empty: one on this machine", may_change=True)
    evaluation_interval: int = evaluation(
        4, "generations between evaluations of the centre; a fifth of a shorter training", 1
    )
    population: int = optimisation(200, "solutions per generation, an even number", 2)
    episode_steps: int = environment(200, "maximum control steps of a solution's episode", 1)
    max_speed: float = optimisation(0.15, "ClipUp's maximum speed of the centre at the start")
    final_max_speed: float = optimisation(0.15, "maximum speed at the end; it changes linearly")
    radius: float = optimisation(0.85, "norm of the initial standard deviations", 1e-6, 1e6)

    def fall_cost_at(self, steps: int) -> float:
        """Fall cost, the same throughout."""
        return self.fall_cost

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Mistakes of all trainers, then of the search."""
        yield from super().mistakes()
        if self.start == "trot" and self.features != "gait":
            yield "start", "zeros for other features than gait"
        if self.population % 2:
            yield "population", "an even number"
        if self.actors == 1 or (self.ray_address and not self.actors):
            yield "actors", "at least 2 to spread the population, or 0 and no 'ray_address' for this process alone"


ANT_ONLY: dict[str, Any] = {
    **dict.fromkeys(("mass", "friction", "damping", "gear", "observation_noise", "push"), 0.0),
    **{"landing_cost": 0.0, "fall_cost": 0.0, "latency": 0, "actors": 0},
    **{"features": "none", "symmetric": False, "model": "", "ray_address": ""},
}
"""Hyperparameters of the jumping Ant alone -> the value that they have in other environments."""


def named_features(config: TrainingConfig) -> str | None:
    """Name of the features as on a card."""
    return None if config.features == "none" else config.features


CONFIGS: dict[str, type[TrainingConfig]] = {each.algorithm: each for each in (SacConfig, DqnConfig, PgpeConfig)}
