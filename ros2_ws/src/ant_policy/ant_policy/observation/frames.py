"""Rotations of the base: base frame to world frame, gravity, and tilt.

The operations of `to_world` and their order are those of the simulator's environment (`ant_sim.physics.frames`, which
a robot does not have), so that a policy sees bit for bit what it saw in training. A test compares the two. All but
`tilt` also take arrays (n,) instead of numbers, for n robots.
"""

import math
from collections.abc import Sequence


def to_world(quaternion_wxyz: Sequence[float], vector_b: Sequence[float]) -> tuple[float, float, float]:
    """Rotate a vector (3,) from the base frame into the world frame by a unit quaternion (w, x, y, z)."""
    w, x, y, z = quaternion_wxyz
    a, b, c = vector_b
    return (
        (1.0 - 2.0 * (y * y + z * z)) * a + 2.0 * (x * y - w * z) * b + 2.0 * (x * z + w * y) * c,
        2.0 * (x * y + w * z) * a + (1.0 - 2.0 * (x * x + z * z)) * b + 2.0 * (y * z - w * x) * c,
        2.0 * (x * z - w * y) * a + 2.0 * (y * z + w * x) * b + (1.0 - 2.0 * (x * x + y * y)) * c,
    )


def gravity(quaternion_wxyz: Sequence[float]) -> tuple[float, float, float]:
    """Direction of gravity (3,) in the base frame, (0, 0, -1) if upright, from a unit quaternion (w, x, y, z)."""
    w, x, y, z = quaternion_wxyz
    return 2.0 * (w * y - x * z), -2.0 * (y * z + w * x), 2.0 * (x * x + y * y) - 1.0


def tilt(quaternion_wxyz: Sequence[float]) -> float:
    """Angle [rad] between the base's z axis and the vertical, from a unit quaternion (w, x, y, z)."""
    return math.acos(min(max(-gravity(quaternion_wxyz)[2], -1.0), 1.0))
