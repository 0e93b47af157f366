"""PGPE search for the readout of the gait units, on randomised robots."""

import logging
import time
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from evotorch import Problem
from evotorch.algorithms import PGPE
from evotorch.decorators import vectorized
from evotorch.optimizers import ClipUp
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from ant_policy.atomic import replacing
from ant_policy.card.card import Card
from ant_policy.evaluation.learning_curves import Point, draw_curve
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.loading import CARD_NAME
from ant_policy.tasks.walk.card import walk_card
from ant_policy.tasks.walk.evaluation import evaluate, report
from ant_policy.tasks.walk.gait.population import compare_pairs, roll_out
from ant_policy.tasks.walk.gait.readout import SOLUTION_SIZE, act, readouts, trot_solution
from ant_policy.tasks.walk.gait.units import network
from ant_policy.tasks.walk.randomisation import ROBUST
from ant_policy.tasks.walk.vector_env import WalkVectorEnv
from ant_policy.training.run_folder import LIBRARIES, RunFolder

Float32 = NDArray[np.float32]

STEPS = 150
"""Control steps of a training episode, 3 s."""
COMMAND_INTERVAL = 1.5
"""Time until the next velocity command [s]."""
RADIUS = 0.5
"""Norm of the initial standard deviations."""
MAX_SPEED, FINAL_MAX_SPEED = 0.05, 0.005
"""Maximum step of the centre in the first generation, and the value that it falls to."""
STDEV_LEARNING_RATE = 0.1

CURVE_INTERVAL, CURVE_EPISODES, CURVE_STEPS, CURVE_SEED = 5, 24, 250, 500
"""Generations between two points of the learning curve, and the episodes of a point."""
REPORT_EPISODES = 100


class WalkSearch:
    """PGPE with centred ranks, from the open-loop trot on; the policy is the centre of the search."""

    def __init__(self, seed: int, generations: int, population: int, num_threads: int) -> None:
        """Begin a search; it seeds torch's random generator."""
        self.generation = 0
        self._seed, self._generations = seed, generations
        self._envs = WalkVectorEnv(
            population,
            num_threads,
            max_episode_steps=STEPS + 1,
            randomisation=ROBUST,
            command_interval=(COMMAND_INTERVAL, COMMAND_INTERVAL),
            robots_per_draw=2,
        )
        torch.manual_seed(seed)
        problem = Problem(
            "max",
            vectorized(lambda solutions: self._evaluate(solutions)),  # A method takes no mark.
            solution_length=SOLUTION_SIZE,
            initial_bounds=(-1e-6, 1e-6),
            dtype=torch.float32,
        )
        speed = {"stepsize": MAX_SPEED / 2.0, "max_speed": MAX_SPEED}
        self._optimizer = ClipUp(solution_length=SOLUTION_SIZE, dtype=torch.float32, **speed)
        self._searcher = PGPE(
            problem,
            popsize=population,
            center_init=torch.from_numpy(trot_solution()),
            center_learning_rate=MAX_SPEED / 2.0,
            stdev_learning_rate=STDEV_LEARNING_RATE,
            radius_init=RADIUS,
            optimizer=self._optimizer,
            ranking_method="centered",
        )

    def _evaluate(self, solutions: Any) -> Any:
        """Evaluations (n,) of solutions (n, size)."""
        seed = int(np.random.SeedSequence([self._seed, self.generation]).generate_state(1)[0])
        returns = roll_out(self._envs, solutions.numpy().astype(np.float32), seed, STEPS)
        return torch.from_numpy(compare_pairs(returns)).float()

    def step(self) -> None:
        """Sample and evaluate a generation, and move the centre."""
        speed = MAX_SPEED + (FINAL_MAX_SPEED - MAX_SPEED) * self.generation / self._generations
        group = self._optimizer.param_groups[0]
        group["lr"], group["max_speed"] = speed / 2.0, speed
        self._searcher.step()
        self.generation += 1

    @property
    def readout(self) -> Float32:
        """Readout (1, 12, 66) at the centre."""
        return readouts(self._searcher.status["center"].numpy()[None])


def train(folder: RunFolder, seed: int, generations: int, population: int, num_threads: int = 0) -> int:
    """Train and report; Ctrl-C ends the training and saves what is there. Returns 0, or 130 if interrupted."""
    logging.getLogger("evotorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.clear()
    search, points = WalkSearch(seed, generations, population, num_threads), list[Point]()
    begin = time.monotonic()
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("training", total=generations)
        try:
            while search.generation < generations:
                search.step()
                if search.generation % CURVE_INTERVAL == 0 or search.generation == generations:
                    steps = search.generation * population * STEPS
                    points.append(_evaluate(search.readout, steps, time.monotonic() - begin, bar.console))
                    folder.write_curve(points)
                bar.update(task, completed=search.generation)
        except KeyboardInterrupt:
            bar.console.print("interrupted: saving the policy")
    training = {"algorithm": "PGPE (EvoTorch)", "seed": seed, "generations": generations, "population": population}
    training |= {"steps": STEPS, "done": search.generation, "seconds": round(time.monotonic() - begin)}
    card = walk_card({name: version(name) for name in LIBRARIES}, training)
    _save(search.readout, card, folder)
    if points:
        draw_curve(points, f"walk, seed {seed}", folder.picture, ceiling=None)
    if search.generation < generations:
        return 130
    evaluation = report(folder.path, REPORT_EPISODES)
    _save(search.readout, replace(card, training=training | {"evaluation": evaluation.numbers()}), folder)
    print(f"{folder.path}: policy.npz, {CARD_NAME}, {folder.curve.name}, {folder.picture.name}")
    return 0


def _evaluate(readout: Float32, steps: int, seconds: float, console: Console) -> Point:
    """Point of the learning curve."""
    found = evaluate(lambda x: act(readout, x.astype(np.float32)), CURVE_EPISODES, CURVE_SEED, CURVE_STEPS)
    errors = f"{found.linear_error:.3f} m/s, {found.yaw_error:.3f} rad/s, falls {found.falls}"
    console.print(f"{steps:>11,} steps {seconds:6.0f} s: {errors}", highlight=False)
    return Point(steps, seconds, float(found.returns.mean()), float(found.returns.std()), found.falls)


def _save(readout: Float32, card: Card, folder: RunFolder) -> None:
    assert card.policy.file is not None
    with replacing(folder.path / card.policy.file, folder.path / CARD_NAME) as (new_file, new_card):
        save_npz(new_file, network(readout[0].astype(np.float64)))
        card.save(new_card)
