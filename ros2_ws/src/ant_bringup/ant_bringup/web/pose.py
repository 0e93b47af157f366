"""Positions of the robot's joints and torso, set from messages by name."""

from collections.abc import Sequence
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_bringup.joint_values import JointValues
from ant_bringup.web.status import STALE_AFTER
from ant_sim import MODEL_PATH


def load_model(path: str) -> mujoco.MjModel:
    """Read the model of the shown robot.

    Raises:
        ValueError: if the file does not exist, or is not a model.
    """
    if path and not Path(path).is_file():
        raise ValueError(f"parameter 'model' is '{path}', which is not there; expected an MJCF file")
    try:
        return mujoco.MjModel.from_xml_path(path or str(MODEL_PATH))
    except ValueError as error:
        raise ValueError(f"parameter 'model' is '{path}', which cannot be read: {error}") from error


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
        addresses = model.jnt_qposadr.tolist()
        hinges = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_HINGE)
        self._addresses = {model.joint(i).name: addresses[i] for i in hinges}
        free = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE)
        self._base_address = addresses[free[0]] if free.size else None
        self.missing: tuple[str, ...] = tuple(self._addresses)
        largest = np.abs(model.actuator_gear[:, :1] * model.actuator_ctrlrange).max(axis=1)
        self.effort_limits = {
            model.joint(model.actuator_trnid[i, 0]).name: float(largest[i])
            for i in np.flatnonzero(model.actuator_trntype == mujoco.mjtTrn.mjTRN_JOINT)
            if model.actuator_ctrllimited[i]
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

    def notes(self) -> list[str]:
        """Messages about joints that are not shown as they are."""
        missing, unknown = ", ".join(self.missing), ", ".join(self.unknown)
        return [
            *([f"joint_states lack {missing}: shown at rest"] if missing else []),
            *([f"not in the model, so not shown: {unknown}"] if unknown else []),
        ]

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
        qpos[self._base_address :][:7] = [*position_w, *(np.asarray(quaternion) / norm)]
        self.qpos = qpos
