"""Drives of position- and velocity-controlled joints: their gains, and what is left of them on a stop."""

from enum import Enum, auto

import mujoco
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Drive(Enum):
    """State of the drives."""

    FOLLOW = auto()
    """Normal operation: efforts by the model's gains."""
    LIMP = auto()
    """No effort."""
    DAMP = auto()
    """Effort against the velocity alone."""


class Drives:
    """Switches the gains of a model's actuators.

    Damping is that of the position actuators. For those without it is critical damping of the servo: 2 sqrt(kp m), with
    the inertia m that the joint sees in the model's initial pose (1 / `dof_invweight0`).

    Attributes:
        state: present state.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        """Take the model's gains as those of `Drive.FOLLOW`."""
        self.state = Drive.FOLLOW
        self._model = model
        gain, bias = model.actuator_gainprm.copy(), model.actuator_biasprm.copy()
        no_gain, no_bias = gain.copy(), bias.copy()
        no_gain[:, 0], no_bias[:, :3] = 0.0, 0.0
        damped = no_bias.copy()
        damped[:, 2] = np.where(bias[:, 2] < 0.0, bias[:, 2], -_critical_damping(model))
        self._gains = {Drive.FOLLOW: (gain, bias), Drive.LIMP: (no_gain, no_bias), Drive.DAMP: (no_gain, damped)}

    def switch(self, state: Drive) -> None:
        """Switch all drives."""
        self.state = state
        self._model.actuator_gainprm[:], self._model.actuator_biasprm[:] = self._gains[state]


def _critical_damping(model: mujoco.MjModel) -> Floats:
    """Damping (nu,) per unit of gear, of the actuators' velocity; 0 without stiffness."""
    inertia = 1.0 / model.dof_invweight0[model.jnt_dofadr[model.actuator_trnid[:, 0]]]
    stiffness = np.maximum(-model.actuator_biasprm[:, 1], 0.0)
    damping: Floats = 2.0 * np.sqrt(stiffness * inertia) / np.abs(model.actuator_gear[:, 0])
    return damping
