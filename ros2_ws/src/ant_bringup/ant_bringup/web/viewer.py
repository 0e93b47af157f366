"""MuJoCo's own web viewer of a robot that moves elsewhere: it is given positions and gives nothing back."""

import logging
import os
import socket
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import mujoco
import mujoco.studio
import numpy as np
from mujoco.studio import ux
from mujoco.studio.dear_imgui import dear_imgui
from mujoco.studio.web import client_camera, headless_ui, state_payload, web_server
from numpy.typing import NDArray

STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)
RENDER_FLAGS = [1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1]
"""MuJoCo's defaults (mjtRndFlag): shadow, reflection, skybox, haze, culling and so on."""

CAMERA_DISTANCE, CAMERA_ELEVATION = 6.0, -20.0
"""Of the camera that follows the torso: distance from it [m], and angle above the horizontal [deg, downwards < 0]."""

GONE_AFTER = 5.0
"""Time [s] without a frame after which all browsers count as gone, or hidden."""
IDLE_PERIOD = 0.2
"""Time [s] between two looks for one then; MuJoCo's part would look a thousand times a second."""


class WebViewer:
    """Serves the viewer's page and streams poses to any number of browsers.

    Made of the parts of `mujoco.studio.web_viewer.WebViewer`, which listens on every interface and takes models that
    are dropped onto its page. Here it listens on a Unix socket, in front of which requests are checked, and what a
    browser sends moves the camera alone. A browser that does not keep up misses poses.
    """

    def __init__(
        self, model: mujoco.MjModel, qpos: Callable[[], NDArray[np.float64]], is_live: Callable[[], bool], path: Path
    ) -> None:
        """Start serving.

        Args:
            model: what is shown; its floor becomes endless.
            qpos: gives the positions to show now; called from another thread.
            is_live: whether they are up to date; the robot is shown transparent if not.
            path: of the Unix socket, which is made.
        """
        _make_planes_endless(model)
        self._model, self._data = model, mujoco.MjData(model)
        self._qpos, self._is_live = qpos, is_live
        self._camera, self._camera_sync = _camera(model), client_camera.ClientCameraSync()
        self._options, self._perturbation = mujoco.MjvOption(), mujoco.MjvPerturb()
        logging.getLogger("WebServer").setLevel(logging.WARNING)
        self._page_socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._page_socket.bind(os.fspath(path))
        self._ui_socket = web_server.bind_loopback_socket()
        bundle = state_payload.serialize_model_bundle(model)
        self._model_crc32 = zlib.crc32(bundle)
        self._server = web_server.WebServer(self._page_socket, self._ui_socket, mjb_data=bundle)
        self._server.start()
        self._path = path
        self._wanted, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def open(self) -> Path:
        """Give the Unix socket to a browser; poses are drawn from the first one on.

        Until then nothing runs.
        """
        self._wanted.set()
        return self._path

    def close(self) -> None:
        """Stop serving."""
        self._stop.set()
        self._wanted.set()
        self._server.stop()
        self._thread.join(timeout=2.0)
        self._page_socket.close()
        self._ui_socket.close()

    def _run(self) -> None:
        self._wanted.wait()
        if self._stop.is_set():
            return
        assets = Path(mujoco.studio.__file__).parent / "assets"
        ui = headless_ui.HeadlessUi("Ant", self._ui_socket.getsockname()[1], os.fspath(assets))
        dear_imgui.SetCurrentContext(ui.get_context())
        drawn_at = monotonic()
        while not self._stop.is_set():
            # It returns at the rate that the browser asks for, and false now and then while there is none.
            if ui.new_frame():
                self._move_camera()
                self._server.update_state(self._payload())
                ui.end_frame()
                drawn_at = monotonic()
            elif monotonic() - drawn_at > GONE_AFTER:
                self._stop.wait(IDLE_PERIOD)

    def _move_camera(self) -> None:
        sent = self._server.take_client_camera()
        if sent is not None:
            self._camera_sync.apply(self._camera, sent)

    def _payload(self) -> bytes:
        model, data = self._model, self._data
        data.qpos = self._qpos()
        mujoco.mj_kinematics(model, data)
        self._options.flags[mujoco.mjtVisFlag.mjVIS_TRANSPARENT] = not self._is_live()
        state = np.empty(mujoco.mj_stateSize(model, STATE))
        mujoco.mj_getState(model, data, state, STATE)
        io = dear_imgui.GetIO()
        browser_input = state_payload.ViewerInputState(
            mouse_focus=not io.WantCaptureMouse,
            camera_index=ux.TRACKING_CAMERA_IDX,
            keyboard_focus=not io.WantCaptureKeyboard,
            camera_generation=self._camera_sync.update_generation(self._camera),
        )
        payload: bytes = state_payload.serialize_state_payload(
            self._model_crc32,
            STATE,
            state.tobytes(),
            self._camera,
            self._perturbation,
            self._options,
            model,
            RENDER_FLAGS,
            [],
            browser_input,
        )
        return payload


def _make_planes_endless(model: mujoco.MjModel) -> None:
    """Draw floors without an end, as the robot jumps far: a plane of size 0 is, with its texture repeated by metres."""
    for plane in np.flatnonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE):
        material, size = model.geom_matid[plane], model.geom_size[plane, :2]
        if material >= 0 and not model.mat_texuniform[material] and size.all():
            model.mat_texrepeat[material] /= 2.0 * size
            model.mat_texuniform[material] = True
        model.geom_size[plane, :2] = 0.0


def _camera(model: mujoco.MjModel) -> mujoco.MjvCamera:
    """A camera that follows the first body that moves freely."""
    camera = mujoco.MjvCamera()
    mujoco.mjv_defaultFreeCamera(model, camera)
    free = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE)
    if free.size:
        camera.type = mujoco.mjtCamera.mjCAMERA_TRACKING
        camera.trackbodyid = int(model.jnt_bodyid[free[0]])
        camera.distance, camera.elevation = CAMERA_DISTANCE, CAMERA_ELEVATION
    return camera
