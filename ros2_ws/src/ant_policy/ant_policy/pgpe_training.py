"""PGPE by EvoTorch on linear policies, a whole population in one native batch."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from evotorch.algorithms import PGPE
from rich.progress import track

from ant_policy.card import default_card
from ant_policy.learning_curve import LearningCurve
from ant_policy.loading import CARD_NAME
from ant_policy.npz_file import save_npz
from ant_policy.population import JumpProblem, as_layer
from ant_policy.training_config import PgpeConfig
from ant_sim.vector_env import CustomAntVectorEnv

Float32 = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def train_pgpe(config: PgpeConfig, out: Path) -> Path:
    """Train and write into `out`; returns the file of the best centre."""
    logging.getLogger("evotorch.core").setLevel(logging.WARNING)
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    problem = JumpProblem(
        episode_steps=config.episode_steps, num_threads=config.num_threads, clip=config.clip, seed=config.seed
    )
    searcher = PGPE(
        problem,
        popsize=config.population,
        center_learning_rate=config.max_speed / 2.0,
        stdev_learning_rate=config.stdev_learning_rate,
        radius_init=config.radius,
        optimizer="clipup",
        optimizer_config={"max_speed": config.max_speed},
    )
    curve = LearningCurve(CustomAntVectorEnv(config.evaluation_episodes, config.num_threads), out)
    steps = 0
    for generation in track(range(1, config.generations + 1), description="generations"):
        # The centre is that of the population to come: it belongs to the normalisation of the one before.
        searcher.step()
        normalisation = problem.next_generation(searcher.population)
        steps += int(searcher.population.evals[:, 1].sum())
        if generation % config.evaluation_interval and generation != config.generations:
            continue
        centre: Float32 = searcher.status["center"].numpy().astype(np.float32)
        card = default_card("pgpe")
        card = replace(card, observation=replace(card.observation, normalisation=normalisation))
        weight, bias = as_layer(centre)
        mean, std = (np.array(values, dtype=np.float32) for values in (normalisation.mean, normalisation.std))
        clip = np.float32(config.clip)

        def act(observations: Float32) -> Float32:
            x: Float32 = np.clip((observations - mean) / std, -clip, clip)  # noqa: B023 (used within this generation)
            actions: Float32 = np.clip(x @ weight.T + bias, -1.0, 1.0)  # noqa: B023
            return actions

        if curve.add(steps, act):
            save_npz(out / "policy.npz", [as_layer(centre)])
            card.save(out / CARD_NAME)
    return out / "policy.npz"
