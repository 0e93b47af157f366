"""The robot's mirror symmetry: left and right exchanged."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

_LEGS = np.array([3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8])
_SIGNS = np.tile([-1.0, 1.0, 1.0], 4)

ACTION_ORDER = _LEGS
ACTION_SIGNS = _SIGNS.astype(np.float32)
OBSERVATION_ORDER = np.concatenate([np.arange(6), 6 + _LEGS, 18 + _LEGS, 30 + _LEGS, np.arange(42, 47)])
OBSERVATION_SIGNS = np.concatenate(
    [[-1.0, 1.0, -1.0], [1.0, -1.0, 1.0], _SIGNS, _SIGNS, _SIGNS, [1.0, -1.0, -1.0], [-1.0, -1.0]]
).astype(np.float32)
"""A mirrored gait is half a period ahead: sine and cosine of the phase change their signs."""


def mirror_observations(observations: Float32) -> Float32:
    """Mirror images of observations (n, 47)."""
    return observations[:, OBSERVATION_ORDER] * OBSERVATION_SIGNS


def mirror_actions(actions: Float32) -> Float32:
    """Mirror images of actions (n, 12)."""
    return actions[:, ACTION_ORDER] * ACTION_SIGNS
