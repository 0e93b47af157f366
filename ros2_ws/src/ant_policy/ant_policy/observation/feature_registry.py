"""Registry of features: transforms of the Ant's observation that a card names and its task defines."""

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

FEATURES = {"torso_frame": 27, "landing": 32, "righting": 39}
"""Features that a card's `observation.features` may name, and their number."""


def feature_count(name: str | None, observation_size: int = 27) -> int:
    """Number of inputs of a network: those of the observation if the card names no features."""
    return observation_size if name is None else FEATURES[name]


def features_of(name: str | None, observations: Any, xp: Any = np) -> Any:
    """Features of observations.

    Args:
        name: one of `FEATURES`; None for the observations themselves.
        observations: (..., 27) arrays or tensors of the Ant's terms.
        xp: library of the arrays, numpy or torch.

    Returns:
        Features (..., n).
    """
    return observations if name is None else getattr(_module(), name)(observations, xp)


@cache
def _module() -> Any:
    """Look the functions up by name: the runtime imports no task."""
    return import_module("ant_policy.tasks.jump.features")
