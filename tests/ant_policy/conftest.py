"""Real Stable-Baselines3 policies, tiny and hardly trained, saved as their users save them."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import DQN, SAC

import ant_sim  # noqa: F401 (registers the environments)
from ant_policy.tasks.jump.environment import JumpEnvironment

torch.set_num_threads(1)


class Spaces(gym.Env):
    """An environment of any sizes, of which only the spaces are of use."""

    def __init__(self, observation_size=27, actions=None):
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (observation_size,))
        self.action_space = actions or gym.spaces.Box(-1.0, 1.0, (8,))


@pytest.fixture(scope="session")
def spaces():
    return Spaces


@pytest.fixture(scope="session")
def make_sac():
    def make(env: Any = None, use_sde: bool = False, **policy_kwargs: Any) -> SAC:
        env = env or gym.make("CustomAntEnv-v1")
        policy_kwargs = {"net_arch": [16, 12]} | policy_kwargs
        return SAC("MlpPolicy", env, policy_kwargs=policy_kwargs, buffer_size=100, seed=3, use_sde=use_sde)

    return make


@pytest.fixture(scope="session")
def make_dqn():
    def make(env: Any = None, **policy_kwargs: Any) -> DQN:
        env = env or gym.make("DiscreteAntEnv-v1")
        policy_kwargs = {"net_arch": [16]} | policy_kwargs
        return DQN("MlpPolicy", env, policy_kwargs=policy_kwargs, buffer_size=100, seed=3)

    return make


@pytest.fixture(scope="session")
def sac(make_sac) -> SAC:
    model = make_sac()
    model.learning_starts = 20
    return model.learn(60)


@pytest.fixture(scope="session")
def dqn(make_dqn) -> DQN:
    model = make_dqn()
    model.learning_starts = 20
    return model.learn(60)


@pytest.fixture(scope="session")
def sac_zip(sac, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sac") / "policy.zip"
    sac.save(path)
    return path


@pytest.fixture(scope="session")
def dqn_zip(dqn, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("dqn") / "policy.zip"
    dqn.save(path)
    return path


@pytest.fixture
def saved(tmp_path):
    """Save a model; returns the path of its zip."""

    def save(model: Any) -> Path:
        path = tmp_path / "saved.zip"
        model.save(path)
        return path

    return save


@pytest.fixture
def rewritten(tmp_path):
    """Copy a zip with members replaced, or left out where the content is None; returns the copy's path."""

    def rewrite(path: Path, members: dict[str, bytes | None]) -> Path:
        target = tmp_path / "rewritten.zip"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                content = members.get(name, old.read(name))
                if content is not None:
                    new.writestr(name, content)
        return target

    return rewrite


@pytest.fixture(scope="session")
def observations() -> np.ndarray:
    """(1000, 27) float64."""
    return np.random.default_rng(0).normal(scale=2.0, size=(1000, 27))


@pytest.fixture
def short_episodes(monkeypatch):
    """End the episodes of evaluations after 60 control steps."""
    monkeypatch.setattr(JumpEnvironment, "max_steps", 60)


@pytest.fixture
def envs(tmp_path, monkeypatch) -> str:
    """Name of a fresh module with the environments of robot_envs.py."""
    name = f"envs_{tmp_path.name}".replace("-", "_").replace("[", "_").replace("]", "_")
    shutil.copy(Path(__file__).with_name("robot_envs.py"), tmp_path / f"{name}.py")
    monkeypatch.syspath_prepend(tmp_path)
    return name
