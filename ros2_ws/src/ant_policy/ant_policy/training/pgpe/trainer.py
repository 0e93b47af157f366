"""Training of linear policies by PGPE, a whole population in one native batch."""

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

from ant_policy.card.card import Card
from ant_policy.errors import PolicyError
from ant_policy.evaluation.environment import Environment, find_environment
from ant_policy.observation.feature_registry import features_of
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.tasks.walk.trot import trot_matrix
from ant_policy.training.compat import clipup_velocity
from ant_policy.training.config import PgpeConfig, named_features
from ant_policy.training.pgpe.linear_policies import LinearPolicies, act_linearly
from ant_policy.training.pgpe.population import PolicyProblem
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.session import TrainingSession

Float32 = NDArray[np.float32]

STDEV_LEARNING_RATE = 0.1


class PgpeLearner:
    """PGPE search; its policy is the centre of the search.

    A snapshot holds the distribution that the last generation was sampled from; restoring it samples and evaluates
    this generation once more, with the same result.
    """

    def __init__(self, config: PgpeConfig, environment: Environment) -> None:
        """Begin a search.

        Raises:
            PolicyError: the environment does not say enough for a card, or takes moves.
        """
        self._config, self._environment = config, environment
        card = environment.card("pgpe")
        if card is None:
            raise PolicyError(f"pgpe needs a card for its normalisation, but {environment.unknown}")
        features = named_features(config)
        if features is not None and not card.observation.is_input_of(features, card.joints.names):
            raise PolicyError(
                f"hyperparameter 'features' is '{features}'; expected none, as {config.env} has other terms"
            )
        self._card = card
        self._policies = LinearPolicies(
            features,
            symmetric=config.symmetric,
            observation_size=environment.observation_size,
            action_size=card.action_size,
        )
        self._problem = PolicyProblem(self._policies, config, environment)
        self.generation = self.steps = 0
        start = trot_matrix() if config.start == "trot" else np.zeros(self._policies.shape, np.float32)
        self._search(center_init=torch.from_numpy(self._policies.solution(start)), radius_init=config.radius)
        self._problem.prepare()
        torch.manual_seed(config.seed)
        self._remember_start()

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

    def _remember_start(self) -> None:
        """Keep the states of the random generator and the normalisation that a generation starts from."""
        self._generator = torch.get_rng_state()
        self._normaliser = self._problem.normalisation.state()

    def step(self) -> float:
        """Sample and evaluate a generation; returns its mean return, 0 if pairs are compared."""
        if self.generation:
            self._problem.next_generation(self._searcher.population)
        self._remember_start()
        first, last = self._config.max_speed, self._config.final_max_speed
        speed = first + (last - first) * min(self._problem.generation / self._config.generations, 1.0)
        group = self._optimizer.param_groups[0]
        group["lr"], group["max_speed"] = speed / 2.0, speed
        self._searcher.step()
        self.generation += 1
        evaluations = self._searcher.population.evals
        self.steps += int(evaluations[:, 1].sum())
        return float(evaluations[:, 0].mean())

    @property
    def _centre(self) -> Float32:
        """Centre that the last generation was sampled around."""
        values: Float32 = self._searcher.status["center"].numpy()
        return values

    def card(self) -> Card:
        """Card of the current policy."""
        features, normalisation = self._policies.features, self._problem.frozen
        observation = replace(self._card.observation, features=features, normalisation=normalisation)
        return replace(self._card, observation=observation)

    def act(self, observations: Float32) -> Float32:
        """Actions of n environments for observations (n, n_observation)."""
        matrices = self._policies.matrices(self._centre[None])
        features = features_of(self._policies.features, observations)
        return self._environment.scaled(act_linearly(matrices, features, self._problem.frozen))

    def save(self, *files: Path) -> None:
        """Write the current policy as an `.npz`."""
        save_npz(files[0], [self._policies.layer(self._centre)])

    def state(self) -> dict[str, Any]:
        """Snapshot of the search."""
        return {
            "centre": self._searcher.status["center"],
            "stdev": self._searcher.status["stdev"],
            "velocity": clipup_velocity(self._optimizer),
            "generator": self._generator,
            "normaliser": self._normaliser,
            "generation": self.generation,
            "steps": self.steps,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore a snapshot."""
        self._search(center_init=torch.as_tensor(state["centre"]), stdev_init=torch.as_tensor(state["stdev"]))
        clipup_velocity(self._optimizer).copy_(torch.as_tensor(state["velocity"]))
        self._problem.restore(state["generation"] - 1, state["normaliser"])
        self.generation = 0
        torch.set_rng_state(torch.as_tensor(state["generator"]))
        self.step()
        self.generation, self.steps = state["generation"], state["steps"]


def train_pgpe(config: PgpeConfig, folder: RunFolder, *, resume: bool) -> TrainingSession:
    """Train from the start or from the folder's checkpoint; returns the session.

    Raises:
        PolicyError: if the checkpoint cannot be read, or there is no Ray cluster at the configured address.
    """
    logging.getLogger("evotorch.core").setLevel(logging.WARNING)
    torch.set_num_threads(1)
    if config.actors and config.ray_address:
        _join_cluster(config.ray_address)
    environment = find_environment(config.env, config.model)
    learner = PgpeLearner(config, environment)
    session = TrainingSession(folder, environment, config, learner.restore if resume else None)
    with session.running():
        goes_on = session.done < config.generations
        while goes_on:
            mean = learner.step()
            if not environment.has_pairs:
                session.log.add_scalar("population/mean", mean, learner.steps)
            goes_on = session.advance(learner.generation, learner.steps, learner)
    return session


def _join_cluster(address: str) -> None:
    """Connect Ray to the cluster at HOST:PORT; checked first, as Ray itself retries for minutes."""
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
