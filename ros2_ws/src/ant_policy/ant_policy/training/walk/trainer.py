"""PGPE search for the readout of the gait units, on randomised robots."""

import logging
import time
from dataclasses import asdict, replace
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
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.walk.config import WalkConfig

Float32 = NDArray[np.float32]

CURVE_EPISODES, CURVE_STEPS, CURVE_SEED = 24, 250, 500
"""Episodes of 5 s for the learning curve; seeds from 1000 on only report."""
LIBRARIES = ("mujoco", "evotorch", "torch", "numpy")


class WalkSearch:
    """PGPE with centred ranks from the open-loop trot on; the policy is the centre of the search."""

    def __init__(self, config: WalkConfig) -> None:
        """Begin a search; it seeds torch's random generator."""
        self._config, self.generation = config, 0
        interval = (config.command_interval, config.command_interval)
        self._envs = WalkVectorEnv(
            config.population,
            max_episode_steps=config.episode_steps + 1,
            randomisation=ROBUST,
            command_interval=interval,
            robots_per_draw=2,
        )
        torch.manual_seed(config.seed)
        problem = Problem(
            "max",
            vectorized(lambda solutions: self._evaluate(solutions)),  # A method takes no mark.
            solution_length=SOLUTION_SIZE,
            initial_bounds=(-1e-6, 1e-6),
            dtype=torch.float32,
        )
        self._optimizer = ClipUp(
            solution_length=SOLUTION_SIZE, dtype=torch.float32, stepsize=config.max_speed / 2.0, max_speed=config.max_speed
        )
        self._searcher = PGPE(
            problem,
            popsize=config.population,
            center_init=torch.from_numpy(trot_solution()),
            center_learning_rate=config.max_speed / 2.0,
            stdev_learning_rate=config.stdev_learning_rate,
            radius_init=config.radius,
            optimizer=self._optimizer,
            ranking_method="centered",
        )

    def _evaluate(self, solutions: Any) -> Any:
        """Evaluations (n,) of solutions (n, size)."""
        seed = int(np.random.SeedSequence([self._config.seed, self.generation]).generate_state(1)[0])
        returns = roll_out(self._envs, solutions.numpy().astype(np.float32), seed, self._config.episode_steps)
        return torch.from_numpy(compare_pairs(returns)).float()

    def step(self) -> None:
        """Sample and evaluate a generation, and move the centre."""
        config = self._config
        speed = config.max_speed + (config.final_max_speed - config.max_speed) * self.generation / config.generations
        group = self._optimizer.param_groups[0]
        group["lr"], group["max_speed"] = speed / 2.0, speed
        self._searcher.step()
        self.generation += 1

    @property
    def centre(self) -> Float32:
        """Solution (size,) at the centre."""
        values: Float32 = np.array(self._searcher.status["center"], dtype=np.float32)
        return values


def train(config: WalkConfig, folder: RunFolder) -> int:
    """Train and report; Ctrl-C ends the training and saves what is there. Returns 0, or 130 if interrupted."""
    logging.getLogger("evotorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.clear()
    search, points, begin = WalkSearch(config), list[Point](), time.monotonic()
    was_interrupted = False
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("generations", total=config.generations)
        try:
            while search.generation < config.generations:
                search.step()
                bar.update(task, completed=search.generation)
                if search.generation % config.evaluation_interval == 0 or search.generation == config.generations:
                    points.append(_evaluate(search, config, time.monotonic() - begin, bar.console))
                    folder.write_curve(points)
        except KeyboardInterrupt:
            bar.console.print("interrupted: saving the policy")
            was_interrupted = True
    seconds = round(time.monotonic() - begin)
    training = {"algorithm": "PGPE (EvoTorch)", **asdict(config), "done": search.generation, "seconds": seconds}
    card = walk_card({name: version(name) for name in LIBRARIES}, training)
    _save(search.centre, card, folder)
    if points:
        draw_curve(points, f"walk, seed {config.seed}", folder.picture, ceiling=None)
    if was_interrupted:
        return 130
    evaluation = report(folder.path, config.report_episodes)
    _save(search.centre, replace(card, training=training | {"evaluation": evaluation.numbers()}), folder)
    print(f"{folder.path}: policy.npz, {CARD_NAME}, {folder.curve.name}, {folder.picture.name}")
    return 0


def _evaluate(search: WalkSearch, config: WalkConfig, seconds: float, console: Console) -> Point:
    matrices = readouts(search.centre[None])
    evaluation = evaluate(
        lambda observations: act(matrices, observations.astype(np.float32)), CURVE_EPISODES, CURVE_SEED, CURVE_STEPS
    )
    console.print(
        f"generation {search.generation:3}, {seconds:5.0f} s: {evaluation.linear_error:.3f} m/s, "
        f"{evaluation.yaw_error:.3f} rad/s, falls {evaluation.falls}",
        highlight=False,
    )
    steps = search.generation * config.population * config.episode_steps
    returns = evaluation.returns
    return Point(steps, seconds, float(returns.mean()), float(returns.std()), evaluation.falls)


def _save(solution: Float32, card: Card, folder: RunFolder) -> None:
    assert card.policy.file is not None
    with replacing(folder.path / card.policy.file, folder.path / CARD_NAME) as (new_file, new_card):
        save_npz(new_file, network(readouts(solution[None])[0].astype(np.float64)))
        card.save(new_card)
