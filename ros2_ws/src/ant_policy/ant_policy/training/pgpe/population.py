"""PGPE's optimisation problem: a population of linear policies, each on a robot of its own."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from evotorch import Problem, SolutionBatch
from numpy.typing import NDArray

from ant_policy.card.observation import Normalisation
from ant_policy.evaluation.environment import Environment
from ant_policy.evaluation.gym_environment import GymEnvironment
from ant_policy.observation.feature_registry import features_of
from ant_policy.training.config import CLIP, PgpeConfig
from ant_policy.training.pgpe.linear_policies import LinearPolicies, RunningNormalisation, act_linearly
from ant_policy.training.schedules import randomisation, shaping
from ant_sim.envs.shaping import Shaping
from ant_sim.physics.batch import AntBatch
from ant_sim.tasks.jump import FALL_HEIGHT, height_rewards

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Robots(Protocol):
    """`num_robots` robots, one for each solution."""

    num_robots: int

    def reset(self, seed: int) -> Float64:
        """Start the same episode on each, or on both of each pair; returns observations (n, n_observation)."""

    def step(self, actions: Float32) -> tuple[Float64, Float64, Bools]:
        """Apply actions (n, n_action) in [-1, 1]; returns observations, rewards (n,) and ends (n,).

        What comes after the end of a robot's episode is meaningless.
        """


class JumpRobots:
    """Jumping Ants in a native batch; a fall ends an episode."""

    def __init__(self, num_robots: int, config: PgpeConfig, model_path: Path) -> None:
        self.num_robots = num_robots
        self._batch = AntBatch(
            num_robots, config.num_threads, randomisation=randomisation(config), model_path=model_path
        )

    def reset(self, seed: int) -> Float64:
        """Reset."""
        for robot in range(self.num_robots):
            self._batch.reset(robot, np.random.default_rng(seed))
        return self._batch.observe()

    def step(self, actions: Float32) -> tuple[Float64, Float64, Bools]:
        """Step."""
        self._batch.step(actions)
        heights = self._batch.heights()
        return self._batch.observe(), height_rewards(heights), heights < FALL_HEIGHT


class EnvRobots:
    """Environments of Gymnasium, whose episodes end by themselves."""

    def __init__(self, environment: GymEnvironment, num_robots: int, config: PgpeConfig) -> None:
        self.num_robots = num_robots
        steps, threads = config.episode_steps, config.num_threads
        self._envs = environment.make(num_robots, max_steps=steps, is_training=True, num_threads=threads)
        self._scaled, self._has_pairs = environment.scaled, environment.has_pairs

    def reset(self, seed: int) -> Float64:
        """Reset."""
        observations: Float64 = self._envs.reset(seed=seed if self._has_pairs else [seed] * self.num_robots)[0]
        return observations

    def step(self, actions: Float32) -> tuple[Float64, Float64, Bools]:
        """Step."""
        observations, rewards, terminated, truncated, _ = self._envs.step(self._scaled(actions))
        return observations, rewards, terminated | truncated


def roll_out(
    policies: LinearPolicies,
    solutions: Float32,
    normalisation: Normalisation | None,
    robots: Robots,
    seed: int,
    steps: int,
    shaping: Shaping | None = None,
) -> tuple[Float64, Float64]:
    """Run one episode of `solutions` (n, policies.size) on n robots, all from the same reset.

    Returns:
        Returns (n,), less the costs of `shaping`; and the number of observations with the sums of their features and of
        the squares of these (n, 1 + 2 n_features).
    """
    n = len(solutions)
    shaping = shaping or Shaping()
    matrices = policies.matrices(solutions)
    size = policies.inputs
    observations = robots.reset(seed)
    alive, returns, counts = np.ones(n), np.zeros(n), np.zeros(n)
    totals, totals_of_squares = np.zeros((n, size)), np.zeros((n, size))
    for _ in range(steps):
        x = features_of(policies.features, observations.astype(np.float32))
        seen = x * alive[:, None]
        counts += alive
        totals += seen
        totals_of_squares += seen * seen
        before = observations
        observations, rewards, ended = robots.step(act_linearly(matrices, x, normalisation))
        returns += (rewards - shaping.costs(before, observations)) * alive
        alive *= ~ended
        if not alive.any():
            break
    return returns, np.column_stack([counts, totals, totals_of_squares])


class PolicyProblem(Problem):
    """Maximise the return of linear policies; all solutions of a generation start from the same reset.

    The feature sums of each solution come back as evaluation data and are added in the order of the solutions, so that
    the result does not depend on the number of actors. Actors join the cluster that Ray is connected to (a local one is
    started otherwise). Robots differ by the domain randomisation of each generation.

    Attributes:
        normalisation: statistics of the features of all earlier generations.
        generation: number of the generation, from which, with the seed, its reset is drawn.
        frozen: normalisation of this generation; None without one.
    """

    def __init__(self, policies: LinearPolicies, config: PgpeConfig, environment: Environment) -> None:
        """Create the problem of a configuration for the policies that solutions parametrise."""
        super().__init__(
            "max",
            solution_length=policies.size,
            initial_bounds=(-1e-6, 1e-6),
            dtype=torch.float32,
            eval_dtype=torch.float64,
            eval_data_length=1 + 2 * policies.inputs,
            num_actors=config.actors or None,
            actor_config={"num_cpus": 1, "scheduling_strategy": "SPREAD"} if config.actors else None,
            store_solution_stats=False,
        )
        self.normalisation = RunningNormalisation(CLIP, policies)
        self.generation = 0
        self._policies, self._config, self._environment = policies, config, environment
        self._robots: Robots | None = None
        self._freeze()

    def _freeze(self) -> None:
        """Take the statistics so far for the next generation."""
        self.frozen = self.normalisation.snapshot() if self._config.normalise_observations else None

    def prepare(self) -> None:
        """Create the actors, if any; call it before seeding, as it draws from torch's generator."""
        if self._config.actors:
            self.evaluate(self.generate_batch(self._config.population))

    def restore(self, generation: int, normaliser: dict[str, Any]) -> None:
        """Return to a generation, with the feature statistics of the earlier ones."""
        self.generation = generation
        self.normalisation.set_state(normaliser)
        self._freeze()

    def next_generation(self, batch: SolutionBatch) -> None:
        """Add the features of an evaluated population to the normalisation of the next one."""
        data = batch.evals[:, 1:].numpy()
        for row in data:
            self.normalisation.add(row[0], *np.split(row[1:], 2))
        self.generation += 1
        self._freeze()

    @property
    def _nonserialized_attribs(self) -> list[str]:
        # A native batch cannot move to another process; each makes its own.
        return ["_robots"]

    def _make_sync_data_for_actors(self) -> dict[str, Any]:
        return {"frozen": self.frozen, "generation": self.generation}

    def _use_sync_data_from_main(self, received: dict[str, Any]) -> None:
        self.frozen, self.generation = received["frozen"], received["generation"]

    def _make_robots(self, n: int) -> Robots:
        config, environment = self._config, self._environment
        if isinstance(environment, GymEnvironment):
            return EnvRobots(environment, n, config)
        return JumpRobots(n, config, environment.model_path)

    def _evaluate_batch(self, solutions: SolutionBatch) -> None:
        """Roll out each solution, and store its return and the sums of its features."""
        config, n = self._config, len(solutions)
        if self._robots is None or self._robots.num_robots != n:
            self._robots = self._make_robots(n)
        seed = int(np.random.SeedSequence([config.seed, self.generation]).generate_state(1)[0])
        values = solutions.values.numpy().astype(np.float32)
        returns, seen = roll_out(
            self._policies, values, self.frozen, self._robots, seed, config.episode_steps, shaping(config)
        )
        if self._environment.has_pairs:
            # Some commands pay more than others; differences within mirrored pairs compare solutions instead.
            returns -= returns.reshape(-1, 2).mean(axis=1).repeat(2)
        solutions.set_evals(torch.from_numpy(returns), torch.from_numpy(seen))
