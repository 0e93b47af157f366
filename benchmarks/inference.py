"""One action of a policy: Stable-Baselines3's `predict` against ours."""

import argparse
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from stable_baselines3 import DQN, SAC

import ant_policy
from ant_policy.observation.feature_registry import features_of
from ant_policy.policies.loading import ASSETS
from benchmarks.report import CONSOLE, Figure, median_figure

TITLE = "one observation -> action, SB3's predict against ant_policy's act"

BLOCK_ACTIONS = 300
"""Actions in one timed block."""

CLASSES: dict[str, type[SAC] | type[DQN]] = {"sac": SAC, "dqn": DQN}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--blocks", type=int, default=30, help="pairs of timed blocks (default: 30)")


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
    for _ in track(range(blocks + 1), algorithm, console=CONSOLE, transient=True):
        observations = rng.standard_normal((BLOCK_ACTIONS, 27))
        samples.append((seconds_per_action(predict, observations), seconds_per_action(policy.act, observations)))
    theirs, ours = np.array(samples[1:]).T  # The first pair warms up.
    name = algorithm.upper()
    # The issue asks for 5 times of SAC; DQN's predict does the same work.
    return [
        median_figure(f"{name}: speed, ours / SB3", (theirs / ours).tolist(), target=5.0),
        median_figure(f"{name}: SB3", (theirs * 1e6).tolist(), "us"),
        median_figure(f"{name}: ours", (ours * 1e6).tolist(), "us"),
    ]


def run(arguments: argparse.Namespace) -> list[Figure]:
    """Measure both algorithms."""
    return [figure for algorithm in CLASSES for figure in compare(algorithm, arguments.blocks)]
