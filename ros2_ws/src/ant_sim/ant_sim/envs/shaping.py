"""Costs that training may add to the task's reward; evaluations never do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST_SPEED = 20.0
"""Speed of a landing [m/s] above which the cost does not grow."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Shaping:
    """How much of which cost is taken off.

    Attributes:
        landing: of `landing_costs`.
        fall: of `fall_risks`.
    """

    landing: float = 0.0
    fall: float = 0.0

    def costs(self, before: Floats, after: Floats) -> NDArray[np.float64]:
        """Costs (n,) of a control step, by the observations (n, 27) before and after it."""
        costs = np.zeros(len(before))
        if self.landing:
            costs += self.landing * landing_costs(before, after)
        if self.fall:
            costs += self.fall * fall_risks(before, after)
        return costs


def landing_costs(before: Floats, after: Floats) -> NDArray[np.float64]:
    """How badly robots have landed in a control step: 1 on the back at 10 m/s, 0 on the legs or in the air.

    It goes with the energy that the step has taken from the fall, and with the tilt.

    Args:
        before: observations (n, 27) before the step.
        after: observations after it, those of ended episodes included.
    """
    taken, upright = _landing(before, after)
    costs: NDArray[np.float64] = np.maximum(taken, 0.0) * (1.0 - upright) / 2.0
    return costs


def fall_risks(before: Floats, after: Floats) -> NDArray[np.float64]:
    """Probability that the landings of a control step end the episode: 0.5 flat on the back at 13 m/s, 0 up to 9 m/s.

    A fit to 8,576 landings of a trained policy, 63 of them falls (docs/results.md): the torso is pressed into the
    ground deeper than `FALL_HEIGHT`, and whether it is so at a control instant is chance. Charged at every landing,
    the price of a fall is learnt from many more landings than those that end so.

    Args:
        before: observations (n, 27) before the step.
        after: observations after it, those of ended episodes included.
    """
    taken, upright = _landing(before, after)
    risks: NDArray[np.float64] = 0.6 * np.maximum(taken - 0.8, 0.0) * ((1.0 - upright) / 2.0) ** 16
    return np.minimum(risks, 1.0)


def _landing(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Energy (n,) that a step has taken from the fall, 1 for all of it at 10 m/s, and the cosine (n,) of the tilt."""
    taken = (_fall_speed(before) / 10.0) ** 2 - (_fall_speed(after) / 10.0) ** 2
    return taken, 0.5 * (_upright(before) + _upright(after))


def _upright(observations: Floats) -> Floats:
    """Cosine of the tilt (n,)."""
    x, y = observations[:, 2], observations[:, 3]
    return 1.0 - 2.0 * (x * x + y * y)


def _fall_speed(observations: Floats) -> Floats:
    """Downward speed (n,) [m/s]."""
    return np.clip(-observations[:, 15], 0.0, LARGEST_SPEED)
