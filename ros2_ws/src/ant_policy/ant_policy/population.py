"""PGPE's problem: a population of linear policies, each rolled out by one robot of a native batch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from evotorch import Problem, SolutionBatch
from numpy.typing import NDArray

from ant_policy.card_parts import ACTION_SIZE, OBSERVATION_SIZE, Normalisation
from ant_policy.mlp import Layer
from ant_sim.batch import AntBatch
from ant_sim.task import FALL_HEIGHT, REWARD_FROM, REWARD_FULL, REWARD_PER_METRE

SOLUTION_SIZE = ACTION_SIZE * (OBSERVATION_SIZE + 1)
"""Numbers of a linear policy: weight (8, 27) row by row, then bias (8,)."""

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def as_layer(solution: Float32) -> Layer:
    """The linear layer that a solution (SOLUTION_SIZE,) stands for."""
    split = ACTION_SIZE * OBSERVATION_SIZE
    return Layer(solution[:split].reshape(ACTION_SIZE, OBSERVATION_SIZE), solution[split:])


class RunningNormalisation:
    """Mean and standard deviation of all observations seen, frozen while a generation is evaluated."""

    def __init__(self, clip: float) -> None:
        """Start with mean 0 and standard deviation 1."""
        self.clip = clip
        self.count = 0.0
        self.total: Float64 = np.zeros(OBSERVATION_SIZE)
        self.total_of_squares: Float64 = np.zeros(OBSERVATION_SIZE)

    def add(self, count: float, total: Float64, total_of_squares: Float64) -> None:
        """Take in `count` observations by the sums (27,) of their values and squares."""
        self.count += count
        self.total += total
        self.total_of_squares += total_of_squares

    def snapshot(self) -> Normalisation:
        """As a card keeps it."""
        if self.count == 0.0:
            return Normalisation((0.0,) * OBSERVATION_SIZE, (1.0,) * OBSERVATION_SIZE, self.clip)
        mean = self.total / self.count
        variance = np.maximum(self.total_of_squares / self.count - mean**2, 1e-4)
        return Normalisation(tuple(mean.tolist()), tuple(np.sqrt(variance).tolist()), self.clip)


@dataclass
class Rollout:
    """What a population of n solutions did: returns (n,), and count (n,) and sums (n, 27) of what each observed."""

    returns: Float64
    counts: Float64
    totals: Float64
    totals_of_squares: Float64


def roll_out(solutions: Float32, normalisation: Normalisation, robots: AntBatch, seed: int, steps: int) -> Rollout:
    """One episode of each solution, all from the same reset; a fall ends it.

    Args:
        solutions: (n, SOLUTION_SIZE).
        normalisation: of the observations.
        robots: n of them.
        seed: of the reset.
        steps: control steps an episode at most.
    """
    n, split = len(solutions), ACTION_SIZE * OBSERVATION_SIZE
    weights = solutions[:, :split].reshape(n, ACTION_SIZE, OBSERVATION_SIZE)
    biases = solutions[:, split:]
    mean = np.array(normalisation.mean, dtype=np.float32)
    std = np.array(normalisation.std, dtype=np.float32)
    clip = np.float32(normalisation.clip)
    for robot in range(n):
        robots.reset(robot, np.random.default_rng(seed))
    alive = np.ones(n)
    rollout = Rollout(np.zeros(n), np.zeros(n), np.zeros((n, OBSERVATION_SIZE)), np.zeros((n, OBSERVATION_SIZE)))
    for _ in range(steps):
        observations = robots.observe()
        seen = observations * alive[:, None]
        rollout.counts += alive
        rollout.totals += seen
        rollout.totals_of_squares += seen * seen
        x = np.clip((observations.astype(np.float32) - mean) / std, -clip, clip)
        actions = np.matmul(weights, x[:, :, None])[:, :, 0] + biases
        robots.step(np.clip(actions, -1.0, 1.0))
        heights = robots.heights()
        rewards = REWARD_PER_METRE * np.clip(heights - REWARD_FROM, 0.0, REWARD_FULL - REWARD_FROM)
        rollout.returns += rewards * alive
        alive *= heights >= FALL_HEIGHT
        if not alive.any():
            break
    return rollout


class JumpProblem(Problem):
    """Maximises the return of linear policies; every solution of a generation starts from the same reset.

    The sums of what each solution observed come back as evaluation data and are added in the order of the
    solutions, so that the result is the same with any number of actors.
    """

    def __init__(
        self, *, episode_steps: int, num_threads: int, clip: float, seed: int, num_actors: int | None = None
    ) -> None:
        """Create the problem.

        Args:
            episode_steps: control steps an episode at most.
            num_threads: native threads of each process; 0: one for each processor.
            clip: limit of a normalised observation.
            seed: of the resets; generation g is reset with a number drawn from (seed, g).
            num_actors: Ray actors to spread the population over; None: this process alone.
        """
        super().__init__(
            "max",
            solution_length=SOLUTION_SIZE,
            initial_bounds=(-1e-6, 1e-6),
            dtype=torch.float32,
            eval_dtype=torch.float64,
            eval_data_length=1 + 2 * OBSERVATION_SIZE,
            num_actors=num_actors,
            store_solution_stats=False,
        )
        self.normalisation = RunningNormalisation(clip)
        self.generation = 0
        self._episode_steps = episode_steps
        self._num_threads = num_threads
        self._reset_seed = seed
        self._frozen = self.normalisation.snapshot()
        self._robots: AntBatch | None = None

    @property
    def _nonserialized_attribs(self) -> list[str]:
        # Made where it is used: a native simulator does not travel between processes.
        return ["_robots"]

    def next_generation(self, batch: SolutionBatch) -> Normalisation:
        """Take in what an evaluated population observed, for the next one's; returns its own normalisation."""
        used = self._frozen
        data = batch.evals[:, 1:].numpy()
        for row in data:
            self.normalisation.add(row[0], row[1 : 1 + OBSERVATION_SIZE], row[1 + OBSERVATION_SIZE :])
        self.generation += 1
        self._frozen = self.normalisation.snapshot()
        return used

    def _make_sync_data_for_actors(self) -> Any:
        return {"frozen": self._frozen, "generation": self.generation}

    def _use_sync_data_from_main(self, received: Any) -> None:
        self._frozen, self.generation = received["frozen"], received["generation"]

    def _evaluate_batch(self, solutions: SolutionBatch) -> None:
        n = len(solutions)
        if self._robots is None or self._robots.num_robots != n:
            self._robots = AntBatch(n, self._num_threads)
        seed = int(np.random.SeedSequence([self._reset_seed, self.generation]).generate_state(1)[0])
        values = solutions.values.numpy().astype(np.float32)
        rollout = roll_out(values, self._frozen, self._robots, seed, self._episode_steps)
        data = np.column_stack([rollout.counts, rollout.totals, rollout.totals_of_squares])
        solutions.set_evals(torch.from_numpy(rollout.returns), torch.from_numpy(data))
