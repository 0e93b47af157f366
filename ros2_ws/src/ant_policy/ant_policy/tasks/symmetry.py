"""Symmetries of a robot on features and actions, as the task of the features defines them."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.observation.feature_registry import FEATURES

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Symmetry:
    """Signed permutation matrices that transform features (n, n) and actions (m, m)."""

    features: Floats
    actions: Floats


def symmetries(features: str) -> tuple[Symmetry, ...]:
    """All symmetries of the features of that name, the identity first."""
    module = import_module(f"ant_policy.tasks.{FEATURES[features].task}.symmetry")
    group: tuple[Symmetry, ...] = module.symmetries(features)
    return group


def equivariant_maps(features: str) -> Floats:
    """Basis of the equivariant affine maps from features to actions.

    Returns:
        (k, m, n + 1), the bias as last column. Entries are 0, 1 or -1, and supports are disjoint.
    """
    group = [(each.actions.T, block_diagonal([each.features, np.eye(1)])) for each in symmetries(features)]
    shape = len(group[0][0]), len(group[0][1])
    basis: list[Floats] = []
    taken = np.zeros(shape, dtype=bool)
    for place in np.ndindex(shape):
        if taken[place]:
            continue
        entry = np.zeros(shape, dtype=np.float32)
        entry[place] = 1.0
        orbit = sum((actions @ entry @ inputs for actions, inputs in group), np.zeros_like(entry))
        taken |= orbit != 0.0
        if orbit[place]:
            basis.append(np.sign(orbit))
    return np.array(basis)


def block_diagonal(blocks: Sequence[Any]) -> Floats:
    """Matrix with square blocks on its diagonal."""
    size = sum(len(block) for block in blocks)
    matrix, start = np.zeros((size, size), dtype=np.float32), 0
    for block in blocks:
        end = start + len(block)
        matrix[start:end, start:end] = block
        start = end
    return matrix
