"""Costs that training may add to the task's reward; evaluations never do."""

import numpy as np
from numpy.typing import NDArray

LARGEST_SPEED = 20.0
"""Speed of a landing [m/s] above which the cost does not grow."""

Floats = NDArray[np.floating]


def landing_costs(before: Floats, after: Floats) -> NDArray[np.float64]:
    """How badly robots have landed in a control step: 1 on the back at 10 m/s, 0 on the legs or in the air.

    It goes with the energy that the step has taken from the fall, and with the tilt.

    Args:
        before: observations (n, 27) before the step.
        after: observations after it, those of ended episodes included.
    """
    taken = (_fall_speed(before) / 10.0) ** 2 - (_fall_speed(after) / 10.0) ** 2
    upright = 0.5 * (_upright(before) + _upright(after))
    costs: NDArray[np.float64] = np.maximum(taken, 0.0) * (1.0 - upright) / 2.0
    return costs


def _upright(observations: Floats) -> Floats:
    """Cosine of the tilt (n,)."""
    x, y = observations[:, 2], observations[:, 3]
    return 1.0 - 2.0 * (x * x + y * y)


def _fall_speed(observations: Floats) -> Floats:
    """Downward speed (n,) [m/s]."""
    return np.clip(-observations[:, 15], 0.0, LARGEST_SPEED)
