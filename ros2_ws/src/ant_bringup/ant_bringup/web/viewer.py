"""MuJoCo's web viewer of a robot that moves elsewhere: it shows the positions it is given."""

import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_bringup.web.compat import StudioServer

CAMERA_DISTANCE, CAMERA_ELEVATION = 8.0, -20.0
"""Of the camera that follows the root: distance in the root's initial heights, and angle [deg, downwards < 0]."""
MIN_CAMERA_DISTANCE = 1.0
"""Smallest distance [m]."""

IDLE_AFTER = 5.0
"""Time [s] without a frame after which all browsers count as gone or hidden."""
IDLE_PERIOD = 0.2
"""Period [s] of the checks for a browser while idle; MuJoCo's own loop would check a thousand times a second."""


class WebViewer:
    """Serves the viewer's page and streams poses to any number of browsers; a slow browser misses poses."""

    def __init__(
        self, model: mujoco.MjModel, qpos: Callable[[], NDArray[np.float64]], is_live: Callable[[], bool], path: Path
    ) -> None:
        """Serve on a new Unix socket; the model's floor becomes infinite.

        Another thread calls `qpos` for the positions, and `is_live`: otherwise the robot is shown transparent.
        """
        _make_planes_infinite(model)
        self._model, self._data = model, mujoco.MjData(model)
        self._qpos, self._is_live, self._path = qpos, is_live, path
        self._camera, self._options = _camera(model), mujoco.MjvOption()
        self._server = StudioServer(model, path)
        self._opened, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def open(self) -> Path:
        """Return the Unix socket for a browser; the first call starts the stream of poses."""
        self._opened.set()
        return self._path

    def close(self) -> None:
        """Stop serving."""
        self._stop.set()
        self._opened.set()
        self._server.stop()
        self._thread.join(timeout=2.0)
        self._server.close()

    def _run(self) -> None:
        self._opened.wait()
        if self._stop.is_set():
            return
        self._server.start_ui()
        drawn_at = monotonic()
        while not self._stop.is_set():
            if self._server.new_frame():
                self._draw()
                drawn_at = monotonic()
            elif monotonic() - drawn_at > IDLE_AFTER:
                self._stop.wait(IDLE_PERIOD)

    def _draw(self) -> None:
        self._data.qpos = self._qpos()
        mujoco.mj_kinematics(self._model, self._data)
        self._options.flags[mujoco.mjtVisFlag.mjVIS_TRANSPARENT] = not self._is_live()
        self._server.send_frame(self._data, self._camera, self._options)


def _make_planes_infinite(model: mujoco.MjModel) -> None:
    """Draw floors infinite, as the robot jumps far: planes of size 0, with their texture repeated per metre."""
    for plane in np.flatnonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE):
        material, size = model.geom_matid[plane], model.geom_size[plane, :2]
        if material >= 0 and not model.mat_texuniform[material] and size.all():
            model.mat_texrepeat[material] /= 2.0 * size
            model.mat_texuniform[material] = True
        model.geom_size[plane, :2] = 0.0


def _camera(model: mujoco.MjModel) -> mujoco.MjvCamera:
    """Camera that tracks the first free body."""
    camera = mujoco.MjvCamera()
    mujoco.mjv_defaultFreeCamera(model, camera)
    free = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE)
    if free.size:
        camera.type = mujoco.mjtCamera.mjCAMERA_TRACKING
        camera.trackbodyid = int(model.jnt_bodyid[free[0]])
        height = float(model.body_pos[camera.trackbodyid, 2])
        camera.distance = max(CAMERA_DISTANCE * height, MIN_CAMERA_DISTANCE)
        camera.elevation = CAMERA_ELEVATION
    return camera
