"""Policy files that the benchmarks run: the shipped ones, or untrained ones of the same size."""

from pathlib import Path
from typing import Literal

import gymnasium as gym
from stable_baselines3 import DQN, SAC

import ant_sim  # noqa: F401  (registers the environments)
from ant_policy.card import Card
from ant_policy.loading import ASSETS, CARD_NAME

Algorithm = Literal["sac", "dqn"]


def policy_file(algorithm: Algorithm, folder: Path) -> Path:
    """The shipped policy file of an algorithm, or an untrained one, saved into `folder`."""
    card = ASSETS / algorithm / CARD_NAME
    if card.exists():
        file = Card.load(card).file
        assert file is not None
        return card.parent / file
    path = folder / f"untrained_{algorithm}.zip"
    net_arch = [128, 128]
    if algorithm == "sac":
        SAC("MlpPolicy", gym.make("CustomAntEnv-v1"), policy_kwargs={"net_arch": net_arch}, buffer_size=1).save(path)
    else:
        DQN("MlpPolicy", gym.make("DiscreteAntEnv-v1"), policy_kwargs={"net_arch": net_arch}, buffer_size=1).save(path)
    return path
