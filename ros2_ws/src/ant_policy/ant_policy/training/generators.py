"""Snapshots of the global random generators of Python, numpy and torch."""

import random
from typing import Any

import numpy as np
import torch


def generator_states() -> dict[str, Any]:
    """Snapshot of the three generators, as arrays and plain values."""
    version, keys, next_gauss = random.getstate()
    name, key, position, has_gauss, cached_gaussian = np.random.get_state()
    return {
        "python": {"version": version, "keys": list(keys), "next_gauss": next_gauss},
        "numpy": {
            "name": name,
            "key": np.asarray(key),
            "position": position,
            "has_gauss": has_gauss,
            "cached_gaussian": cached_gaussian,
        },
        "torch": torch.get_rng_state(),
    }


def set_generator_states(states: dict[str, Any]) -> None:
    """Restore a snapshot."""
    python, of_numpy = states["python"], states["numpy"]
    random.setstate((python["version"], tuple(python["keys"]), python["next_gauss"]))
    np.random.set_state(
        (
            of_numpy["name"],
            of_numpy["key"],
            of_numpy["position"],
            of_numpy["has_gauss"],
            of_numpy["cached_gaussian"],
        )
    )
    torch.set_rng_state(torch.as_tensor(states["torch"]))
