"""What a network is given in the place of the observation: the same numbers, seen from the torso.

An observation as Gymnasium's Ant has it depends on the heading, and each orientation has two quaternions; a jump
depends on neither. A card names the features of its policy; the observation itself is the same for all policies.

The functions here take arrays or tensors (..., 27) of the card's terms and compute in their type; `xp` is the
library that they are of, numpy or torch.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

GRAVITY = 9.81
"""[m/s^2]"""

TOUCHDOWN_HEIGHT = 0.5
"""Height of the torso [m] at which a flight is taken to end."""

INERTIA_RATIO = 1.6
"""Of the moment of inertia about the torso's z axis to that about its others, with the legs half bent."""

FLIGHT_HEIGHT = 1.3
"""Height of the torso [m] from which on no leg reaches the ground."""

FLIGHT_TRANSITION = 0.2
"""Heights [m] below that over which what is for the ground fades into what is for the flight."""

HIP_LOOKAHEAD = 0.08
"""How far ahead [s] positions of hips are given: weights on them then also damp, over steps of 0.05 s."""


def torso_frame(observations: Any, xp: Any = np) -> Any:
    """The state as seen from the torso, (..., 27).

    Height [m]; the vertical (3,) in the torso frame (minus the "projected gravity" of legged robots); vertical velocity
    [m/s]; joint positions (8,) [rad]; linear (3,) [m/s] and angular (3,) velocity [rad/s] in the torso frame; joint
    velocities (8,) [rad/s].
    """
    return _join(_torso_frame(_numbers(observations, xp)), xp)


def landing(observations: Any, xp: Any = np) -> Any:
    """`torso_frame` (27) and the landing that is ahead, (..., 32).

    Time to it [s] and speed at it [m/s], by a ballistic flight; the vertical (3,) in the torso frame then, by the
    torque-free motion of a symmetric top (Goldstein, Classical Mechanics, section 5.6): its axis goes around the
    angular momentum, which stays what it is. Of that vertical the part along the axis is exact for such a top; the
    other two are seen without the top's own spin. On the ground it is the landing after a jump with the velocity of
    now.
    """
    return _join(_landing(observations, xp)[0], xp)


def righting(observations: Any, xp: Any = np) -> Any:
    """`landing` (32) near the ground and, in the air alone, what turning over to land upright needs, (..., 39).

    The share of the ground, from 1 near it to 0 from `FLIGHT_HEIGHT` on, times `landing`; that share; then times the
    share of the flight: how much more upright the landing were after more of a turn (derivative of the last number of
    `landing` by the angle [rad] that is turned until then); that times cos(2 a), with a the angle in the torso's x-y
    plane from its x axis to the axis of rotation; hips 1 to 4 [rad], as far as they will be in `HIP_LOOKAHEAD`.

    In the air a robot has no other hold than its moments of inertia: with the legs drawn to the axis of rotation it
    turns faster, with them away from it slower (hips that swing in turns, left and right, change the moment of
    inertia about a horizontal axis from 0.035 to 0.109 kg m^2, ankles from 0.065 to 0.076). Which of the two is
    wanted is a product of what is seen, so that a linear policy needs it given.
    """
    numbers, turn = _landing(observations, xp)
    ground = xp.clip((FLIGHT_HEIGHT - numbers[0]) / FLIGHT_TRANSITION, 0.0, 1.0)
    x_squared, y_squared = numbers[16] * numbers[16], numbers[17] * numbers[17]
    along = (x_squared - y_squared) / (x_squared + y_squared + 1e-6)
    hips = [numbers[5 + hip] + HIP_LOOKAHEAD * numbers[19 + hip] for hip in (0, 2, 4, 6)]
    flight = [(1.0 - ground) * number for number in (turn, turn * along, *hips)]
    return _join([*(ground * number for number in numbers), ground, *flight], xp)


def _landing(observations: Any, xp: Any) -> tuple[list[Any], Any]:
    """The numbers of `landing`, and the derivative of the last by the angle that is turned until then."""
    seen = _torso_frame(_numbers(observations, xp))
    height, u_x, u_y, u_z, v_z = seen[:5]
    above = height - TOUCHDOWN_HEIGHT
    speed = xp.sqrt(v_z * v_z + GRAVITY * (above + abs(above)))
    time = (v_z + speed) / GRAVITY
    # The vertical turns about the angular momentum, against it.
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
    """The numbers of observations one by one, each for all of them; of a single one they are scalars: fast."""
    numbers: Sequence[Any] = list(observations if observations.ndim == 1 else xp.moveaxis(observations, -1, 0))
    return numbers


def _join(numbers: Sequence[Any], xp: Any) -> Any:
    return xp.stack(numbers, -1) if numbers[0].ndim else np.array(numbers)
