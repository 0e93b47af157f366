"""Snapshots of the global random generators of Python, numpy and torch."""

import random
from typing import Any

import numpy as np
import torch


def generator_states() -> dict[str, Any]:
    """Snapshot of the three generators, as arrays and plain values."""
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(legacy=False),
        "torch": torch.get_rng_state(),
    }


def set_generator_states(states: dict[str, Any]) -> None:
    """Restore a snapshot."""
    version, keys, next_gauss = states["python"]
    random.setstate((version, tuple(keys), next_gauss))
    np.random.set_state(states["numpy"])
    torch.set_rng_state(torch.as_tensor(states["torch"]))
