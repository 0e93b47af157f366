"""What a network is given in the place of the observation: the same numbers, seen from the torso.

An observation as Gymnasium's Ant has it depends on the heading, and each orientation has two quaternions; a jump
depends on neither. A card names the features of its policy; the observation itself is the same for all policies.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


def torso_frame(observations: Any, concatenate: Callable[..., Any] = np.concatenate) -> Any:
    """Observations (..., 27) of the card's terms -> features (..., 27).

    Height [m]; the vertical (3,) in the torso frame (minus the "projected gravity" of legged robots); vertical velocity
    [m/s]; joint positions (8,) [rad]; linear (3,) [m/s] and angular (3,) velocity [rad/s] in the torso frame; joint
    velocities (8,) [rad/s].

    Args:
        observations: an array or tensor; the features are computed in its type.
        concatenate: `np.concatenate`, or `torch.cat` for tensors.
    """
    w, x, y, z = (observations[..., i : i + 1] for i in range(1, 5))
    v_x, v_y, v_z = (observations[..., i : i + 1] for i in range(13, 16))
    # Rows of the rotation matrix torso -> odom.
    a, b, c = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)
    d, e, f = 2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)
    g, h, i = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
    velocity_b = (a * v_x + d * v_y + g * v_z, b * v_x + e * v_y + h * v_z, c * v_x + f * v_y + i * v_z)
    height, joints, rest = observations[..., :1], observations[..., 5:13], observations[..., 16:]
    return concatenate([height, g, h, i, v_z, joints, *velocity_b, rest], -1)


FEATURES: dict[str, Callable[..., Any]] = {"torso_frame": torso_frame}
"""What a card's `observation.features` may name."""


def features_of(name: str | None, observations: Float32) -> Float32:
    """Features (..., 27) of observations (..., 27); the observations themselves where a card names none."""
    if name is None:
        return observations
    features: Float32 = FEATURES[name](observations)
    return features
