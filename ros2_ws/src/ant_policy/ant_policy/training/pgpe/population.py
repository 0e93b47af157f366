"""PGPE's optimisation problem: a population of linear policies, each on one robot of a native batch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from evotorch import Problem, SolutionBatch
from numpy.typing import NDArray

from ant_policy.card.observation import Normalisation
from ant_policy.observation.feature_registry import feature_count, features_of
from ant_policy.training.compat import ProblemHooks
from ant_policy.training.pgpe.linear_policies import LinearPolicies, act_linearly
from ant_policy.training.pgpe.running_normalisation import RunningNormalisation
from ant_sim.envs.shaping import Shaping
from ant_sim.physics.batch import AntBatch
from ant_sim.physics.randomisation import Randomisation
from ant_sim.task import FALL_HEIGHT, height_rewards

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass
class Rollout:
    """Episodes of n policies: returns (n,), and number (n,), sums and sums of squares (n, n_features) of features."""

    returns: Float64
    counts: Float64
    totals: Float64
    totals_of_squares: Float64


def roll_out(
    policies: LinearPolicies,
    solutions: Float32,
    normalisation: Normalisation,
    robots: AntBatch,
    seed: int,
    steps: int,
    shaping: Shaping | None = None,
) -> Rollout:
    """Run one episode of each solution, all from the same reset; a fall ends it.

    Args:
        policies: the linear policies that solutions parametrise.
        solutions: (n, policies.size).
        normalisation: of the features.
        robots: n robots.
        seed: of the reset.
        steps: maximum control steps of an episode.
        shaping: costs subtracted from the returns.
    """
    n = len(solutions)
    shaping = shaping or Shaping()
    matrices = policies.matrices(solutions)
    size = feature_count(policies.features)
    for robot in range(n):
        robots.reset(robot, np.random.default_rng(seed))
    alive = np.ones(n)
    rollout = Rollout(np.zeros(n), np.zeros(n), np.zeros((n, size)), np.zeros((n, size)))
    observations = robots.observe()
    for _ in range(steps):
        x = features_of(policies.features, observations.astype(np.float32))
        seen = x * alive[:, None]
        rollout.counts += alive
        rollout.totals += seen
        rollout.totals_of_squares += seen * seen
        robots.step(act_linearly(matrices, x, normalisation))
        before, observations = observations, robots.observe()
        heights = robots.heights()
        rewards = height_rewards(heights) - shaping.costs(before, observations)
        rollout.returns += rewards * alive
        alive *= heights >= FALL_HEIGHT
        if not alive.any():
            break
    return rollout


class JumpProblem(ProblemHooks, Problem):
    """Maximise the return of linear policies; all solutions of a generation start from the same reset.

    The feature sums of each solution come back as evaluation data and are added in the order of the solutions, so that
    the result does not depend on the number of actors.

    Attributes:
        policies: the linear policies that solutions parametrise.
        normalisation: statistics of the features of all earlier generations.
        generation: number of the generation, from which its reset is drawn.
        frozen: normalisation of this generation.
    """

    not_serialised = ("_robots",)  # A native batch cannot move to another process; each makes its own.

    def __init__(
        self,
        policies: LinearPolicies,
        *,
        episode_steps: int,
        num_threads: int,
        clip: float,
        seed: int,
        shaping: Shaping | None = None,
        randomisation: Randomisation | None = None,
        num_actors: int | None = None,
    ) -> None:
        """Create the problem.

        Args:
            policies: the linear policies that solutions parametrise.
            episode_steps: maximum control steps of an episode.
            num_threads: native threads of each process; 0: one per processor.
            clip: limit of a normalised feature.
            seed: of the resets; the reset of generation g is drawn from (seed, g).
            shaping: costs subtracted from the returns.
            randomisation: domain randomisation, drawn once per generation for all robots.
            num_actors: Ray actors that share the population, on the cluster that Ray is connected to (a local one is
                started otherwise); None: this process alone.
        """
        super().__init__(
            "max",
            solution_length=policies.size,
            initial_bounds=(-1e-6, 1e-6),
            dtype=torch.float32,
            eval_dtype=torch.float64,
            eval_data_length=1 + 2 * feature_count(policies.features),
            num_actors=num_actors,
            actor_config={"num_cpus": 1, "scheduling_strategy": "SPREAD"} if num_actors else None,
            store_solution_stats=False,
        )
        self.policies = policies
        self.normalisation = RunningNormalisation(clip, policies)
        self.generation = 0
        self._episode_steps = episode_steps
        self._num_threads = num_threads
        self._reset_seed = seed
        self._shaping = shaping
        self._randomisation = randomisation
        self.frozen = self.normalisation.snapshot()
        self._robots: AntBatch | None = None

    def prepare(self, population: int) -> None:
        """Create the actors, if any; call it before seeding, as it draws from torch's generator."""
        if self.num_actors:
            self.evaluate(self.generate_batch(population))

    def restore(self, generation: int, normaliser: dict[str, Any]) -> None:
        """Return to a generation, with the feature statistics of the earlier ones."""
        self.generation = generation
        self.normalisation.set_state(normaliser)
        self.frozen = self.normalisation.snapshot()

    def next_generation(self, batch: SolutionBatch) -> None:
        """Add the features of an evaluated population to the normalisation of the next one."""
        data = batch.evals[:, 1:].numpy()
        for row in data:
            self.normalisation.add(row[0], *np.split(row[1:], 2))
        self.generation += 1
        self.frozen = self.normalisation.snapshot()

    def actor_state(self) -> dict[str, Any]:
        """Normalisation and number of the generation."""
        return {"frozen": self.frozen, "generation": self.generation}

    def set_actor_state(self, state: dict[str, Any]) -> None:
        """Take over the state of the main process."""
        self.frozen, self.generation = state["frozen"], state["generation"]

    def evaluate_solutions(self, solutions: SolutionBatch) -> None:
        """Roll out each solution, and store its return and the sums of its features."""
        n = len(solutions)
        if self._robots is None or self._robots.num_robots != n:
            self._robots = AntBatch(n, self._num_threads, randomisation=self._randomisation)
        seed = int(np.random.SeedSequence([self._reset_seed, self.generation]).generate_state(1)[0])
        values = solutions.values.numpy().astype(np.float32)
        rollout = roll_out(self.policies, values, self.frozen, self._robots, seed, self._episode_steps, self._shaping)
        data = np.column_stack([rollout.counts, rollout.totals, rollout.totals_of_squares])
        solutions.set_evals(torch.from_numpy(rollout.returns), torch.from_numpy(data))
