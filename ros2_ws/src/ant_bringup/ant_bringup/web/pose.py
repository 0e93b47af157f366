"""Positions of the robot's joints and base, set from messages by name."""

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_bringup.joint_values import JointValues
from ant_bringup.web.status import STALE_AFTER
from ant_sim.physics.robot import Robot


class RobotPose:
    """Positions of a model, set by joint states and odometry.

    Attributes:
        qpos: (nq,) positions of the model; never changed in place, so that another thread may read it.
        unknown: joints that are published but not in the model.
        missing: joints of the model that are not published; they stay where they are.
    """

    def __init__(self, robot: Robot) -> None:
        """Start in the model's own pose."""
        self.qpos: NDArray[np.float64] = robot.model.qpos0.copy()
        self._heard = JointValues(STALE_AFTER)
        self.unknown: tuple[str, ...] = ()
        self._robot, self._data = robot, mujoco.MjData(robot.model)
        bodies = (robot.model.body(i).name for i in range(robot.model.nbody))
        self._bodies = sorted(filter(None, bodies), key=len, reverse=True)
        first = len(self.qpos) - len(robot.joint_names)
        self._addresses = {name: first + i for i, name in enumerate(robot.joint_names)}
        self.missing = robot.joint_names

    def set_joints(self, names: Sequence[str], positions: Sequence[float], now: float) -> None:
        """Set some joints by name; a position that is missing or not finite leaves its joint where it is.

        Args:
            names: joints of one message.
            positions: [rad] or [m], one each.
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

    def set_base(self, position_w: Sequence[float], quaternion: Sequence[float], frame: str = "") -> None:
        """Take the pose of a link; one that is not finite, or no rotation, is left out.

        Args:
            position_w: (3,) [m], world frame.
            quaternion: (4,) (w, x, y, z), link -> world, of any norm but 0.
            frame: name of the link, with any prefix; the root's if the model has no such body.
        """
        norm = float(np.linalg.norm(quaternion))
        if not (self._robot.has_free_root and np.isfinite([*position_w, norm]).all() and norm > 1e-6):
            return
        qpos = self.qpos.copy()
        qpos[:7] = [*position_w, *(np.asarray(quaternion) / norm)]
        link = next((name for name in self._bodies if frame.endswith(name)), "")
        if link and self._robot.model.body(link).id != self._robot.root:
            self._place_root(qpos, link)
        self.qpos = qpos

    def _place_root(self, qpos: NDArray[np.float64], link: str) -> None:
        """Replace a link's pose in the place of the root's by the root's."""
        data, (x, q) = self._data, (qpos[:3].copy(), qpos[3:7].copy())
        data.qpos[:] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, *qpos[7:]]
        mujoco.mj_kinematics(self._robot.model, data)
        body, inverse, offset = data.body(link), np.empty(4), np.empty(3)
        mujoco.mju_negQuat(inverse, body.xquat)
        mujoco.mju_mulQuat(qpos[3:7], q, inverse)
        mujoco.mju_rotVecQuat(offset, body.xpos, qpos[3:7])
        qpos[:3] = x - offset
