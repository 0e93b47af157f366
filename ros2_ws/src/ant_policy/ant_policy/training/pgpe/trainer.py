"""PGPE by EvoTorch on linear policies, a whole population in one native batch."""

import logging
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from evotorch.algorithms import PGPE
from evotorch.optimizers import ClipUp
from numpy.typing import NDArray

from ant_policy.card.card import Card, default_card
from ant_policy.errors import PolicyError
from ant_policy.observation.features import features_of
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.training.compat import clipup_velocity, set_clipup_velocity
from ant_policy.training.config import CLIP, PgpeConfig, named_features
from ant_policy.training.pgpe.linear_policies import LinearPolicies, act_linearly
from ant_policy.training.pgpe.population import JumpProblem
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.schedules import randomisation, shaping
from ant_policy.training.session import TrainingSession
from ant_sim.envs.vector import CustomAntVectorEnv

Float32 = NDArray[np.float32]

STDEV_LEARNING_RATE = 0.1


class PgpeLearner:
    """A PGPE search as a training session sees it; the policy is the centre of the search.

    Its state is that from which the last generation was sampled: to go on, that generation is sampled and evaluated
    once more, and is the same.
    """

    def __init__(self, config: PgpeConfig) -> None:
        """Begin a search.

        Raises:
            PolicyError: if there is no Ray cluster at the configured address.
        """
        self._config = config
        if config.actors and config.ray_address:
            _join_cluster(config.ray_address)
        self._policies = LinearPolicies(named_features(config), symmetric=config.symmetric)
        self._problem = JumpProblem(
            self._policies,
            episode_steps=config.episode_steps,
            num_threads=config.num_threads,
            clip=CLIP,
            seed=config.seed,
            shaping=shaping(config),
            randomisation=randomisation(config),
            num_actors=config.actors or None,
        )
        self.generation = self.steps = 0
        self._search(center_init=torch.zeros(self._policies.size), radius_init=config.radius)
        self._problem.prepare(config.population)
        torch.manual_seed(config.seed)
        self._drew_from = torch.get_rng_state()
        self._normaliser = self._problem.normalisation.state()

    def _search(self, **start: Any) -> None:
        config = self._config
        self._optimizer = ClipUp(
            solution_length=self._policies.size,
            dtype=torch.float32,
            stepsize=config.max_speed / 2.0,
            max_speed=config.max_speed,
        )
        self._searcher = PGPE(
            self._problem,
            popsize=config.population,
            center_learning_rate=config.max_speed / 2.0,
            stdev_learning_rate=STDEV_LEARNING_RATE,
            optimizer=self._optimizer,
            **start,
        )

    def step(self) -> float:
        """Sample and evaluate a generation; returns its mean return."""
        if self.generation:
            self._problem.next_generation(self._searcher.population)
        self._drew_from = torch.get_rng_state()
        self._normaliser = self._problem.normalisation.state()
        self._slow_down()
        self._searcher.step()
        self.generation += 1
        evaluations = self._searcher.population.evals
        self.steps += int(evaluations[:, 1].sum())
        return float(evaluations[:, 0].mean())

    def _slow_down(self) -> None:
        """Set the largest step of this generation."""
        first, last = self._config.max_speed, self._config.final_max_speed
        speed = first + (last - first) * min(self._problem.generation / self._config.generations, 1.0)
        group = self._optimizer.param_groups[0]
        group["lr"], group["max_speed"] = speed / 2.0, speed

    @property
    def centre(self) -> Float32:
        """The solution around which the last generation was sampled."""
        values: Float32 = self._searcher.status["center"].numpy()
        return values.copy()

    def card(self) -> Card:
        """Card of the policy as it is now."""
        card = default_card("pgpe")
        observation = replace(card.observation, features=self._policies.features, normalisation=self._problem.frozen)
        return replace(card, observation=observation)

    def act(self, observations: Float32) -> Float32:
        """Actions of n environments for observations (n, 27)."""
        matrices = self._policies.matrices(self.centre[None])
        return act_linearly(matrices, features_of(self._policies.features, observations), self._problem.frozen)

    def save(self, *files: Path) -> None:
        """Write the policy as it is now into an `.npz`."""
        (file,) = files
        save_npz(file, [self._policies.layer(self.centre)])

    def state(self) -> dict[str, Any]:
        """All that the training goes on from."""
        return {
            "centre": self._searcher.status["center"],
            "stdev": self._searcher.status["stdev"],
            "velocity": clipup_velocity(self._optimizer),
            "generator": self._drew_from,
            "normaliser": self._normaliser,
            "generation": self.generation,
            "steps": self.steps,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave: samples and evaluates its generation once more."""
        self._search(center_init=torch.as_tensor(state["centre"]), stdev_init=torch.as_tensor(state["stdev"]))
        set_clipup_velocity(self._optimizer, torch.as_tensor(state["velocity"]))
        self._problem.restore(state["generation"] - 1, state["normaliser"])
        self.generation = 0
        torch.set_rng_state(torch.as_tensor(state["generator"]))
        self.step()
        self.generation, self.steps = state["generation"], state["steps"]


def _join_cluster(address: str) -> None:
    """Connect Ray to the cluster at HOST:PORT; Ray itself tries for minutes where there is none."""
    import ray

    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5.0).close()
    except (OSError, ValueError) as error:
        raise PolicyError(
            f"hyperparameter 'ray_address': no Ray cluster at '{address}' ({error}); expected HOST:PORT as "
            "`ray start --head` prints it"
        ) from error
    ray.init(address=address, log_to_driver=False)


def train_pgpe(config: PgpeConfig, folder: RunFolder, *, resume: bool) -> TrainingSession:
    """Train, from the start or from the folder's checkpoint; returns the session.

    Raises:
        PolicyError: if the checkpoint cannot be read.
        OSError: if something cannot be saved.
    """
    logging.getLogger("evotorch.core").setLevel(logging.WARNING)
    torch.set_num_threads(1)
    learner = PgpeLearner(config)
    if not resume:
        folder.clear()  # Not before here: what refuses to begin leaves the run that is there.
    session = TrainingSession(
        folder,
        CustomAntVectorEnv(config.evaluation_episodes, config.num_threads),
        total=config.generations,
        unit="generations",
        interval=config.evaluation_interval,
        minutes=config.minutes,
    )
    done = session.resume(learner.restore) if resume else 0
    with session:
        goes_on = done < config.generations
        while goes_on:
            mean = learner.step()
            session.log.add_scalar("population/mean", mean, learner.steps)
            goes_on = session.advance(learner.generation, learner.steps, learner)
    return session
