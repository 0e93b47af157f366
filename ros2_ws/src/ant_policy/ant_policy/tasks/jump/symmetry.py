"""The Ant's eight symmetries: quarter turns and their mirror images (the dihedral group of order 8).

The dynamics are equivariant: from a turned or mirrored state, the turned or mirrored action leads to the turned or
mirrored next state. Legs 1 to 4 follow one another around the torso; hip axes all point upwards, two of the four ankle
axes are reversed (assets/ant/custom_ant.xml). On features and actions a symmetry is a permutation with signs.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import default_card
from ant_policy.observation.feature_registry import feature_count
from ant_policy.tasks.symmetry import Floats, Symmetry, block_diagonal

DOWNWARDS = {1: 1.0, 2: -1.0, 3: -1.0, 4: 1.0}
"""Sign of the position that bends the ankle downwards, by leg."""

QUARTER_TURN = {1: 2, 2: 3, 3: 4, 4: 1}
"""Leg -> leg whose place it takes."""

MIRROR = {1: 1, 2: 4, 3: 3, 4: 2}
"""The same for the reflection in the plane through legs 1 and 3."""


def symmetries(features: str) -> tuple[Symmetry, ...]:
    """All eight symmetries of the features of that name, the identity first."""
    size = feature_count(features)
    turn = _symmetry(features, QUARTER_TURN, np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]), mirrored=False)
    mirror = _symmetry(features, MIRROR, np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]), mirrored=True)
    turns = [Symmetry(np.eye(size, dtype=np.float32), np.eye(8, dtype=np.float32))]
    for _ in range(3):
        turns.append(_after(turn, turns[-1]))
    return (*turns, *(_after(mirror, each) for each in turns))


def move_symmetries(features: str) -> tuple[Floats, NDArray[np.int64]]:
    """Symmetries that map DQN's moves to moves: the identity and one reflection.

    Returns:
        Matrices (k, n, n) that transform features, and the image (k, n_moves) of each move.
    """
    moves = np.array(default_card("dqn").action.moves)
    matrices, numbers = [], []
    for each in symmetries(features):
        same = (moves @ each.actions.T)[:, None] == moves
        becomes = same.all(axis=-1)
        if becomes.any(axis=1).all():
            matrices.append(each.features)
            numbers.append(becomes.argmax(axis=1))
    return np.array(matrices), np.array(numbers)


def _symmetry(features: str, legs: dict[int, int], vector: NDArray[np.int64], *, mirrored: bool) -> Symmetry:
    # Angular velocities are axial vectors, which a reflection also inverts.
    axial = -vector if mirrored else vector
    card = default_card("pgpe")
    joints = _joints(card.joints.names, legs, mirrored=mirrored)
    # Blocks in the order of `torso_frame`, `landing` and `righting`; invariant features have identity blocks.
    blocks: list[Any] = [np.eye(1), vector, np.eye(1), joints, vector, axial, joints]
    if features in ("landing", "righting"):
        blocks += [np.eye(2), vector]
    if features == "righting":
        # A quarter turn and the reflection exchange the x and y axes, which inverts `righting`'s term with cos(2 a).
        blocks += [np.eye(2), -np.eye(1), joints[::2, ::2]]
    return Symmetry(block_diagonal(blocks), _joints(card.action.joints, legs, mirrored=mirrored))


def _joints(names: tuple[str, ...], legs: dict[int, int], *, mirrored: bool) -> Floats:
    """Matrix (8, 8) that transforms values of the joints in this order."""
    matrix = np.zeros((8, 8), dtype=np.float32)
    for column, name in enumerate(names):
        kind, _, number = name.partition("_")
        leg, other = int(number), legs[int(number)]
        sign = DOWNWARDS[leg] * DOWNWARDS[other] if kind == "ankle" else -1.0 if mirrored else 1.0
        matrix[names.index(f"{kind}_{other}"), column] = sign
    return matrix


def _after(second: Symmetry, first: Symmetry) -> Symmetry:
    return Symmetry(second.features @ first.features, second.actions @ first.actions)
