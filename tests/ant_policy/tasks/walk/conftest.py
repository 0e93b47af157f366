"""Small walk environments."""

import numpy as np
import pytest

from ant_policy.tasks.walk.vector_env import WalkVectorEnv


@pytest.fixture(scope="session")
def make_envs():
    """Environments that have started: make_envs(3, seed=1, randomisation=...)."""

    def make(num_envs=3, seed=0, **kwargs):
        envs = WalkVectorEnv(num_envs, 1, **kwargs)
        envs.reset(seed=seed)
        return envs

    return make


@pytest.fixture(scope="session")
def random_actions():
    """(100, 3, 12) float32."""
    return np.random.default_rng(7).uniform(-1.0, 1.0, (100, 3, 12)).astype(np.float32)
