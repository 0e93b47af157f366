"""Positions of the robot's joints and torso, set from messages by name."""

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_bringup.joint_values import JointValues
from ant_bringup.web.status import STALE_AFTER


class RobotPose:
    """Positions of a model, set by joint states and odometry.

    Attributes:
        qpos: (nq,) positions of the model; never changed in place, so that another thread may read it.
        unknown: joints that are published but not in the model.
        missing: hinge joints of the model that are not published; they stay where they are.
        effort_limits: largest effort of each driven joint [N m], by name.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        """Start in the model's own pose."""
        self.qpos: NDArray[np.float64] = model.qpos0.copy()
        self._heard = JointValues(STALE_AFTER)
        self.unknown: tuple[str, ...] = ()
        joints = [model.joint(i) for i in range(model.njnt)]
        hinges = [joint for joint in joints if joint.type[0] == mujoco.mjtJoint.mjJNT_HINGE]
        bases = [joint for joint in joints if joint.type[0] == mujoco.mjtJoint.mjJNT_FREE]
        self._addresses = {joint.name: int(joint.qposadr[0]) for joint in hinges}
        self._base_address = int(bases[0].qposadr[0]) if bases else None
        self.missing: tuple[str, ...] = tuple(self._addresses)
        self.effort_limits = {
            model.joint(model.actuator_trnid[i, 0]).name: float(
                abs(model.actuator_gear[i, 0]) * np.abs(model.actuator_ctrlrange[i]).max()
            )
            for i in range(model.nu)
            if model.actuator_trntype[i] == mujoco.mjtTrn.mjTRN_JOINT and model.actuator_ctrllimited[i]
        }

    def set_joints(self, names: Sequence[str], positions: Sequence[float], now: float) -> None:
        """Set some joints by name; a position that is missing or not finite leaves its joint where it is.

        Args:
            names: joints of one message.
            positions: [rad], one each.
            now: time of receipt [s, steady clock].
        """
        qpos = self.qpos.copy()
        for name, position in zip(names, positions, strict=False):
            if name in self._addresses and np.isfinite(position):
                qpos[self._addresses[name]] = position
        self.qpos = qpos
        self._heard.add(names, positions, now)
        self.unknown = tuple(name for name in self._heard.joints if name not in self._addresses)
        self.missing = tuple(name for name in self._addresses if name not in self._heard.joints)

    def set_base(self, position_w: Sequence[float], quaternion: Sequence[float]) -> None:
        """Take the torso's pose; one that is not finite, or no rotation, is left out.

        Args:
            position_w: (3,) [m], world frame.
            quaternion: (4,) (w, x, y, z), torso -> world, of any norm but 0.
        """
        norm = float(np.linalg.norm(quaternion))
        if self._base_address is None or not (np.isfinite([*position_w, norm]).all() and norm > 1e-6):
            return
        qpos = self.qpos.copy()
        address = self._base_address
        qpos[address : address + 3] = position_w
        qpos[address + 3 : address + 7] = np.asarray(quaternion) / norm
        self.qpos = qpos
