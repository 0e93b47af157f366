"""Rotation of vectors between the world frame (`_w`) and the torso's body frame (`_b`).

ROS messages hold velocities in the body frame (REP-105), the Ant's observation in the world frame. Simulator and policy
rotate with the same operations in the same order, so that observations made from messages equal the environment's bit
for bit. `ant_policy` does not import this package and has its own `to_world`; a test compares the two.
"""

from collections.abc import Sequence

Rotation = tuple[float, float, float, float, float, float, float, float, float]
"""Rotation matrix body -> world, row by row."""


def rotation_matrix(quaternion_wxyz: Sequence[float]) -> Rotation:
    """Rotation matrix body -> world of a unit quaternion (w, x, y, z), row by row."""
    w, x, y, z = quaternion_wxyz
    return (
        1.0 - 2.0 * (y * y + z * z),
        2.0 * (x * y - w * z),
        2.0 * (x * z + w * y),
        2.0 * (x * y + w * z),
        1.0 - 2.0 * (x * x + z * z),
        2.0 * (y * z - w * x),
        2.0 * (x * z - w * y),
        2.0 * (y * z + w * x),
        1.0 - 2.0 * (x * x + y * y),
    )


def to_world(rotation: Rotation, vector_b: Sequence[float]) -> tuple[float, float, float]:
    """Rotate a vector (3,) from the body frame into the world frame."""
    a, b, c, d, e, f, g, h, i = rotation
    x, y, z = vector_b
    return a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z


def to_body(rotation: Rotation, vector_w: Sequence[float]) -> tuple[float, float, float]:
    """Rotate a vector (3,) from the world frame into the body frame (by the transpose)."""
    a, b, c, d, e, f, g, h, i = rotation
    x, y, z = vector_w
    return a * x + d * y + g * z, b * x + e * y + h * z, c * x + f * y + i * z
