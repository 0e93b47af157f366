"""Real Stable-Baselines3 policies, tiny and untrained, saved as their users save them."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ant_sim  # noqa: F401 (registers the environments)
import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import DQN, SAC
from stable_baselines3.common.base_class import BaseAlgorithm

torch.set_num_threads(1)

Saver = Callable[..., Path]
Rewriter = Callable[..., Path]


def make_sac(**policy_kwargs: Any) -> SAC:
    """Make an untrained SAC for the Ant; by default with 16 and 12 relu units."""
    env = gym.make("CustomAntEnv-v1")
    return SAC("MlpPolicy", env, policy_kwargs={"net_arch": [16, 12]} | policy_kwargs, seed=3)


def make_dqn(**policy_kwargs: Any) -> DQN:
    """Make an untrained DQN for the Ant's 5 moves; by default with 16 relu units."""
    env = gym.make("DiscreteAntEnv-v1")
    return DQN("MlpPolicy", env, policy_kwargs={"net_arch": [16]} | policy_kwargs, seed=3)


class ToyEnv(gym.Env[Any, Any]):
    """An environment of any sizes, which only gives its spaces."""

    def __init__(self, observation_size: int = 27, actions: gym.Space[Any] | None = None) -> None:
        """Keep the spaces; 8 continuous actions by default."""
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (observation_size,))
        self.action_space = actions or gym.spaces.Box(-1.0, 1.0, (8,))


@pytest.fixture(scope="session")
def sac() -> SAC:
    """SAC that learned for a few steps."""
    model = make_sac()
    model.learning_starts = 20
    return model.learn(60)


@pytest.fixture(scope="session")
def tanh_sac() -> SAC:
    """SAC with tanh units."""
    return make_sac(activation_fn=torch.nn.Tanh)


@pytest.fixture(scope="session")
def dqn() -> DQN:
    """DQN that learned for a few steps."""
    model = make_dqn()
    model.learning_starts = 20
    return model.learn(60)


@pytest.fixture
def save(tmp_path: Path) -> Saver:
    """Save a model to a zip of its own folder."""

    def save_model(model: BaseAlgorithm, name: str = "policy.zip") -> Path:
        model.save(tmp_path / name)
        return tmp_path / name

    return save_model


@pytest.fixture
def rewrite(tmp_path: Path) -> Rewriter:
    """Copy a zip with some members replaced, or left out where the content is None."""

    def rewrite_zip(path: Path, **members: bytes | None) -> Path:
        new = {name.replace("policy_pth", "policy.pth"): data for name, data in members.items()}
        target = tmp_path / "rewritten.zip"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as out:
            for name in old.namelist():
                content = new.get(name, old.read(name))
                if content is not None:
                    out.writestr(name, content)
        return target

    return rewrite_zip


@pytest.fixture(scope="session")
def observations() -> np.ndarray[Any, np.dtype[np.float64]]:
    """(1000, 27) random observations."""
    return np.random.default_rng(0).normal(scale=2.0, size=(1000, 27))
