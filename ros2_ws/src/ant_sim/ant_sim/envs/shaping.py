"""Costs that training may subtract from the task's reward; evaluations never do.

They depend on the observations (n, 27) before and after a control step, those of ended episodes included.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_SPEED = 20.0
"""Speed of a landing [m/s] above which costs do not grow."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Shaping:
    """Weights of `landing_costs` and `fall_risks`."""

    landing: float = 0.0
    fall: float = 0.0

    def costs(self, before: Floats, after: Floats) -> NDArray[np.float64]:
        """Costs (n,) of a control step."""
        costs = np.zeros(len(before))
        if self.landing:
            costs += self.landing * landing_costs(before, after)
        if self.fall:
            costs += self.fall * fall_risks(before, after)
        return costs


def landing_costs(before: Floats, after: Floats) -> NDArray[np.float64]:
    """Costs (n,) of landings in a control step: 1 on the back at 10 m/s, 0 on the legs or in the air.

    They grow with the kinetic energy lost in the step, and with the tilt.
    """
    lost, upright = _landing(before, after)
    costs: NDArray[np.float64] = np.maximum(lost, 0.0) * (1.0 - upright) / 2.0
    return costs


def fall_risks(before: Floats, after: Floats) -> NDArray[np.float64]:
    """Probabilities (n,) that landings end the episode: 0.5 flat on the back at 13 m/s, 0 up to 9 m/s.

    A fit to 8,576 landings of a trained policy, 63 of them falls (docs/results.md). Whether the torso is below
    `FALL_HEIGHT` at a control instant is chance; charged as a risk, falls are learnt from all hard landings.
    """
    lost, upright = _landing(before, after)
    risks: NDArray[np.float64] = 0.6 * np.maximum(lost - 0.8, 0.0) * ((1.0 - upright) / 2.0) ** 16
    return np.minimum(risks, 1.0)


def _landing(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Kinetic energy (n,) lost in a step, in units of that at 10 m/s, and the cosine (n,) of the tilt."""
    lost = (_fall_speed(before) / 10.0) ** 2 - (_fall_speed(after) / 10.0) ** 2
    return lost, 0.5 * (_upright(before) + _upright(after))


def _upright(observations: Floats) -> Floats:
    """Cosine of the tilt (n,)."""
    x, y = observations[:, 2], observations[:, 3]
    return 1.0 - 2.0 * (x * x + y * y)


def _fall_speed(observations: Floats) -> Floats:
    """Downward speed (n,) [m/s]."""
    return np.clip(-observations[:, 15], 0.0, MAX_SPEED)
