"""Feature transforms of the raw observation: the state in the torso frame, and predictions of the landing.

The raw observation, that of Gymnasium's Ant, depends on the heading and on which of two quaternions represents the
orientation; a jump depends on neither. The observation is the same for all policies, and a card names the features that
its network takes.

The functions take arrays or tensors (..., 27) of the card's terms; `xp` is their library, numpy or torch.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

GRAVITY = 9.81
"""[m/s^2]"""

TOUCHDOWN_HEIGHT = 0.5
"""Torso height [m] at which a flight is assumed to end."""

INERTIA_RATIO = 1.6
"""Ratio of the moments of inertia about the torso's z axis and about its other axes, with the legs half bent."""

FLIGHT_HEIGHT = 1.3
"""Torso height [m] above which no leg reaches the ground."""

FLIGHT_TRANSITION = 0.2
"""Height range [m] below `FLIGHT_HEIGHT` in which ground features fade into flight features."""

HIP_LOOKAHEAD = 0.08
"""Time [s] by which hip positions are extrapolated, so that weights on them also damp."""


def torso_frame(observations: Any, xp: Any = np) -> Any:
    """State in the torso frame, (..., 27).

    Height [m]; the vertical (3,) in the torso frame (minus the "projected gravity" of legged robots); vertical velocity
    [m/s]; joint positions (8,) [rad]; linear (3,) [m/s] and angular (3,) velocity [rad/s] in the torso frame; joint
    velocities (8,) [rad/s].
    """
    return _join(_torso_frame(_numbers(observations, xp)), xp)


def landing(observations: Any, xp: Any = np) -> Any:
    """`torso_frame` (27) and a prediction of the next landing, (..., 32).

    Time to the landing [s] and speed at it [m/s], for a ballistic flight; the vertical (3,) in the torso frame at the
    landing, for the torque-free precession of a symmetric top about its constant angular momentum (Goldstein, Classical
    Mechanics, section 5.6). The vertical's component along the top's axis is exact; the other two leave out the top's
    own spin. On the ground it is the landing after a jump with the present velocity.
    """
    return _join(_landing(observations, xp)[0], xp)


def righting(observations: Any, xp: Any = np) -> Any:
    """`landing` (32) near the ground, and the terms for landing upright in the air, (..., 39).

    With g the ground weight, falling from 1 near the ground to 0 at `FLIGHT_HEIGHT`: g times `landing`; g; then,
    each times 1 - g: d, the derivative of the landing's uprightness (last number of `landing`) with respect to the
    angle [rad] turned until then; d cos(2 a), with a the angle in the torso's x-y plane from its x axis to the axis of
    rotation; positions of hips 1 to 4 [rad], extrapolated by `HIP_LOOKAHEAD`.

    In the air only the moments of inertia can steer the rotation: legs drawn towards its axis speed it up, legs away
    from it slow it down (alternating hips change the moment of inertia about a horizontal axis between 0.035 and
    0.109 kg m^2, ankles between 0.065 and 0.076). Which of the two is needed is a product of observed numbers, which a
    linear policy cannot form itself.
    """
    numbers, turn = _landing(observations, xp)
    ground = xp.clip((FLIGHT_HEIGHT - numbers[0]) / FLIGHT_TRANSITION, 0.0, 1.0)
    x_squared, y_squared = numbers[16] * numbers[16], numbers[17] * numbers[17]
    along = (x_squared - y_squared) / (x_squared + y_squared + 1e-6)
    hips = [numbers[5 + hip] + HIP_LOOKAHEAD * numbers[19 + hip] for hip in (0, 2, 4, 6)]
    flight = [(1.0 - ground) * number for number in (turn, turn * along, *hips)]
    return _join([*(ground * number for number in numbers), ground, *flight], xp)


def _landing(observations: Any, xp: Any) -> tuple[list[Any], Any]:
    """Numbers of `landing`, and the derivative of the last with respect to the angle turned until the landing."""
    seen = _torso_frame(_numbers(observations, xp))
    height, u_x, u_y, u_z, v_z = seen[:5]
    above = height - TOUCHDOWN_HEIGHT
    speed = xp.sqrt(v_z * v_z + GRAVITY * (above + abs(above)))
    time = (v_z + speed) / GRAVITY
    # In the torso frame the vertical rotates about the angular momentum in the negative sense.
    l_x, l_y, l_z = -seen[16], -seen[17], -INERTIA_RATIO * seen[18]
    rate = xp.sqrt(l_x * l_x + l_y * l_y + l_z * l_z) + 1e-6
    k_x, k_y, k_z = l_x / rate, l_y / rate, l_z / rate
    cos, sin = xp.cos(rate * time), xp.sin(rate * time)
    along = (k_x * u_x + k_y * u_y + k_z * u_z) * (1.0 - cos)
    vertical = (
        u_x * cos + (k_y * u_z - k_z * u_y) * sin + k_x * along,
        u_y * cos + (k_z * u_x - k_x * u_z) * sin + k_y * along,
        u_z * cos + (k_x * u_y - k_y * u_x) * sin + k_z * along,
    )
    along_z = k_z * (k_x * u_x + k_y * u_y + k_z * u_z)
    turn = (k_x * u_y - k_y * u_x) * cos + (along_z - u_z) * sin
    return [*seen, time, speed, *vertical], turn


def _torso_frame(numbers: Sequence[Any]) -> list[Any]:
    height, w, x, y, z = numbers[:5]
    v_x, v_y, v_z = numbers[13:16]
    # Rows of the rotation matrix torso -> odom.
    a, b, c = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)
    d, e, f = 2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)
    g, h, i = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
    velocity_b = (a * v_x + d * v_y + g * v_z, b * v_x + e * v_y + h * v_z, c * v_x + f * v_y + i * v_z)
    return [height, g, h, i, v_z, *numbers[5:13], *velocity_b, *numbers[16:]]


def _numbers(observations: Any, xp: Any) -> Sequence[Any]:
    """Split observations into 27 arrays, or into scalars for a single observation, which is faster."""
    numbers: Sequence[Any] = list(observations if observations.ndim == 1 else xp.moveaxis(observations, -1, 0))
    return numbers


def _join(numbers: Sequence[Any], xp: Any) -> Any:
    return xp.stack(numbers, -1) if numbers[0].ndim else np.array(numbers)
