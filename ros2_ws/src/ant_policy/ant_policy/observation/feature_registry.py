"""Registry of features: transforms of the observation that a card names and a task defines."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """Number of features, and the task that defines the function of that name."""

    size: int
    task: str


FEATURES = {
    "torso_frame": Features(27, "jump"),
    "landing": Features(32, "jump"),
    "righting": Features(39, "jump"),
}
"""Features that a card's `observation.features` may name."""


def feature_count(name: str | None) -> int:
    """Number of inputs of a network: the 27 of the observation if the card names no features."""
    return 27 if name is None else FEATURES[name].size


def compute_features(name: str, observations: Any, xp: Any = np) -> Any:
    """Features of observations.

    Args:
        name: one of `FEATURES`.
        observations: (..., 27) arrays or tensors of the Ant's terms.
        xp: library of the arrays, numpy or torch.

    Returns:
        Features (..., n).
    """
    return _function(name)(observations, xp)


@cache
def _function(name: str) -> Callable[[Any, Any], Any]:
    """Look a task's function up by name: the runtime imports no task."""
    module = import_module(f"ant_policy.tasks.{FEATURES[name].task}.features")
    function: Callable[[Any, Any], Any] = getattr(module, name)
    return function


def features_of(name: str | None, observations: Float32) -> Float32:
    """Features (..., n) of observations (..., 27); the observations themselves if the card names none."""
    if name is None:
        return observations
    features: Float32 = compute_features(name, observations)
    return features
