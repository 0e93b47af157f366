"""Training of linear policies by PGPE, a whole population in one native batch."""

import logging
import socket

import torch

from ant_policy.errors import PolicyError
from ant_policy.training.config import PgpeConfig
from ant_policy.training.pgpe.learner import PgpeLearner
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.session import TrainingSession
from ant_sim.envs.vector import CustomAntVectorEnv


def train_pgpe(config: PgpeConfig, folder: RunFolder, *, resume: bool) -> TrainingSession:
    """Train from the start or from the folder's checkpoint; returns the session.

    Raises:
        PolicyError: if the checkpoint cannot be read, or there is no Ray cluster at the configured address.
        OSError: if something cannot be saved.
    """
    logging.getLogger("evotorch.core").setLevel(logging.WARNING)
    torch.set_num_threads(1)
    if config.actors and config.ray_address:
        _join_cluster(config.ray_address)
    learner = PgpeLearner(config)
    envs = CustomAntVectorEnv(config.evaluation_episodes, config.num_threads)
    session = TrainingSession(folder, envs, config, learner.restore if resume else None)
    with session:
        goes_on = session.done < config.generations
        while goes_on:
            mean = learner.step()
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
