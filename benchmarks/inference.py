"""One action of a policy: Stable-Baselines3's `predict` against ours."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3 import DQN, SAC

import ant_policy
from ant_policy.observation.feature_registry import features_of
from ant_policy.policies.loading import ASSETS
from benchmarks.report import Figure, median_figure, progress

TITLE = "one observation -> action, SB3's predict against ant_policy's act"
HELP = {"blocks": "pairs of timed blocks"}

BLOCK_ACTIONS = 300

CLASSES: dict[str, type[SAC] | type[DQN]] = {"sac": SAC, "dqn": DQN}


def seconds_per_action(act: Callable[[NDArray[np.float64]], Any], observations: NDArray[np.float64]) -> float:
    """Mean time [s] of an action for observations (n, 27)."""
    begin = perf_counter()
    for observation in observations:
        act(observation)
    return (perf_counter() - begin) / len(observations)


def compare(algorithm: str, blocks: int) -> list[Figure]:
    """Measure one algorithm in alternating blocks."""
    policy = ant_policy.load_policy(algorithm)
    model = CLASSES[algorithm].load(ASSETS / algorithm / str(policy.card.sb3_file), device="cpu")
    features = policy.card.observation.features

    def predict(observation: NDArray[np.float64]) -> Any:
        # SB3's network takes the features; computing them is part of the action on both sides.
        return model.predict(features_of(features, observation.astype(np.float32)), deterministic=True)

    rng = np.random.default_rng(0)
    samples: list[tuple[float, float]] = []
    for _ in progress(blocks + 1, algorithm):
        observations = rng.standard_normal((BLOCK_ACTIONS, 27))
        samples.append((seconds_per_action(predict, observations), seconds_per_action(policy.act, observations)))
    theirs, ours = np.array(samples[1:]).T  # The first pair warms up.
    name = algorithm.upper()
    return [
        median_figure(f"{name}: speed, ours / SB3", theirs / ours, target=5.0),
        median_figure(f"{name}: SB3", theirs * 1e6, "us"),
        median_figure(f"{name}: ours", ours * 1e6, "us"),
    ]


def run(blocks: int = 30) -> list[Figure]:
    """Measure both algorithms."""
    return [figure for algorithm in CLASSES for figure in compare(algorithm, blocks)]
