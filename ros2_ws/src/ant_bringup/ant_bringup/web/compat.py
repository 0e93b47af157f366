"""Private APIs of `mujoco.studio`, wrapped in one place; all of them as seen in MuJoCo 4.0.0.

| used here | 4.0.0 |
|---|---|
| `web.web_server.WebServer`, `bind_loopback_socket`, logger "WebServer" | serves page, model and state stream |
| `web.headless_ui.HeadlessUi` with `dear_imgui` | paces the frames by the browser's requests |
| `web.client_camera.ClientCameraSync` | camera that a browser has moved |
| `web.state_payload` | format of the model bundle and of a frame |
| `ux.TRACKING_CAMERA_IDX` | index of the tracking camera |

Their public user, `mujoco.studio.web_viewer.WebViewer`, listens on every interface and loads models dropped onto its
page. Here the server listens on a Unix socket, behind our own checks, and a browser can move the camera only.
"""

import logging
import os
import socket
import zlib
from pathlib import Path

import mujoco
import mujoco.studio
import numpy as np
from mujoco.studio import ux
from mujoco.studio.dear_imgui import dear_imgui
from mujoco.studio.web import client_camera, headless_ui, state_payload, web_server

STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)
RENDER_FLAGS = [1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1]
"""MuJoCo's defaults (mjtRndFlag): shadow, reflection, skybox, haze, culling and so on."""


class StudioServer:
    """Viewer page of a model on a Unix socket; `new_frame` paces the frames."""

    def __init__(self, model: mujoco.MjModel, path: Path) -> None:
        """Serve the page and the model on a new Unix socket; no frames before `start_ui`."""
        logging.getLogger("WebServer").setLevel(logging.WARNING)
        self._model = model
        self._camera_sync = client_camera.ClientCameraSync()
        self._perturbation = mujoco.MjvPerturb()
        self._page_socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._page_socket.bind(os.fspath(path))
        self._ui_socket = web_server.bind_loopback_socket()
        bundle = state_payload.serialize_model_bundle(model)
        self._model_crc32 = zlib.crc32(bundle)
        self._server = web_server.WebServer(self._page_socket, self._ui_socket, mjb_data=bundle)
        self._server.start()

    def start_ui(self) -> None:
        """Start the frames; they belong to the calling thread."""
        assets = Path(mujoco.studio.__file__).parent / "assets"
        self._ui = headless_ui.HeadlessUi("Robot", self._ui_socket.getsockname()[1], os.fspath(assets))
        dear_imgui.SetCurrentContext(self._ui.get_context())

    def new_frame(self) -> bool:
        """Wait for the browser's next request; returns False now and then while there is none."""
        return bool(self._ui.new_frame())

    def send_frame(self, data: mujoco.MjData, camera: mujoco.MjvCamera, options: mujoco.MjvOption) -> None:
        """Answer the request; `camera` follows the browser's."""
        sent = self._server.take_client_camera()
        if sent is not None:
            self._camera_sync.apply(camera, sent)
        state = np.empty(mujoco.mj_stateSize(self._model, STATE))
        mujoco.mj_getState(self._model, data, state, STATE)
        io = dear_imgui.GetIO()
        browser_input = state_payload.ViewerInputState(
            mouse_focus=not io.WantCaptureMouse,
            camera_index=ux.TRACKING_CAMERA_IDX,
            keyboard_focus=not io.WantCaptureKeyboard,
            camera_generation=self._camera_sync.update_generation(camera),
        )
        scene = (camera, self._perturbation, options, self._model, RENDER_FLAGS)
        serialize = state_payload.serialize_state_payload
        self._server.update_state(serialize(self._model_crc32, STATE, state.tobytes(), *scene, [], browser_input))
        self._ui.end_frame()

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()

    def close(self) -> None:
        """Release the sockets, once no thread uses them."""
        self._page_socket.close()
        self._ui_socket.close()
