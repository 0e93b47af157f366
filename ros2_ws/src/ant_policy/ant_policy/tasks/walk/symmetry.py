"""The quadruped's mirror symmetry: left and right exchanged."""

import numpy as np

from ant_policy.tasks.symmetry import Symmetry, block_diagonal

SWAP = np.array([[0, 1], [1, 0]])
JOINTS = np.kron(np.eye(2), np.kron(SWAP, np.diag([-1, 1, 1])))
"""Matrix (12, 12) that mirrors values of the joints."""


def symmetries(features: str) -> tuple[Symmetry, Symmetry]:
    """Identity and mirror of the features `gait`; a mirrored gait is half a period ahead, which inverts its waves."""
    angular_velocity, gravity, command = np.diag([-1, 1, -1]), np.diag([1, -1]), np.diag([1, -1, -1])
    strides, lifts, effort = np.kron(np.eye(4), np.diag([-1, 1, 1])), np.kron(SWAP, np.eye(4)), np.eye(1)
    mirror = block_diagonal([angular_velocity, gravity, JOINTS, JOINTS, JOINTS, command, strides, lifts, effort])
    identity = Symmetry(np.eye(len(mirror), dtype=np.float32), np.eye(len(JOINTS), dtype=np.float32))
    return identity, Symmetry(mirror, JOINTS.astype(np.float32))
