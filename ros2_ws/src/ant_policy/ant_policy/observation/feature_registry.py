"""Registry of features: transforms of the Ant's observation that a card names and its task defines."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

ANT_TERMS = (
    ("base_height", None),
    ("base_orientation", None),
    ("joint_positions", None),
    ("base_linear_velocity", "odom"),
    ("base_angular_velocity", None),
    ("joint_velocities", None),
)
"""Terms and frames of the Ant's observation (27,), as in Gymnasium's Ant-v4; None: the term's default frame."""
WALK_TERMS = tuple(
    (name, None)
    for name in (
        *("base_angular_velocity", "projected_gravity", "joint_positions", "joint_velocities"),
        *("last_action", "velocity_command", "gait_phase"),
    )
)
"""Terms of the quadruped's observation (47,)."""


@dataclass(frozen=True)
class Features:
    """Number of features, the task that defines the function of that name, and what it takes.

    Attributes:
        size: number of features.
        task: module of `ant_policy.tasks`.
        terms: of the observation, with their frames.
        joints: number of joints.
        are_scaled: the terms have scales and offsets, which are the task's.
    """

    size: int
    task: str
    terms: tuple[tuple[str, str | None], ...]
    joints: int
    are_scaled: bool = False


FEATURES = {
    "torso_frame": Features(27, "jump", ANT_TERMS, 8),
    "landing": Features(32, "jump", ANT_TERMS, 8),
    "righting": Features(39, "jump", ANT_TERMS, 8),
    "gait": Features(65, "walk", WALK_TERMS, 12, are_scaled=True),
}
"""Features that a card's `observation.features` may name."""


def feature_count(name: str | None, observation_size: int = 27) -> int:
    """Number of inputs of a network: those of the observation if the card names no features."""
    return observation_size if name is None else FEATURES[name].size


def features_of(name: str | None, observations: Any, xp: Any = np) -> Any:
    """Features of observations.

    Args:
        name: one of `FEATURES`; None for the observations themselves.
        observations: (..., n_observation) arrays or tensors of the features' terms.
        xp: library of the arrays, numpy or torch.

    Returns:
        Features (..., n).
    """
    return observations if name is None else _function(name)(observations, xp)


@cache
def _function(name: str) -> Callable[[Any, Any], Any]:
    """Look a task's function up by name: the runtime imports no task."""
    module = import_module(f"ant_policy.tasks.{FEATURES[name].task}.features")
    function: Callable[[Any, Any], Any] = getattr(module, name)
    return function
