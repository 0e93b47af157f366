"""Rotation of the torso's velocity from its body frame into the world frame.

The operations and their order are those of the simulator's environment (`ant_sim.physics.frames`, which a robot
does not have): a policy then sees bit for bit what it saw in training. A test holds the two together.
"""

from collections.abc import Sequence


def to_world(quaternion_wxyz: Sequence[float], vector_b: Sequence[float]) -> tuple[float, float, float]:
    """Rotate a vector (3,) from the body frame into the world frame by a unit quaternion (w, x, y, z)."""
    w, x, y, z = quaternion_wxyz
    a, b, c = vector_b
    return (
        (1.0 - 2.0 * (y * y + z * z)) * a + 2.0 * (x * y - w * z) * b + 2.0 * (x * z + w * y) * c,
        2.0 * (x * y + w * z) * a + (1.0 - 2.0 * (x * x + z * z)) * b + 2.0 * (y * z - w * x) * c,
        2.0 * (x * z - w * y) * a + 2.0 * (y * z + w * x) * b + (1.0 - 2.0 * (x * x + y * y)) * c,
    )
