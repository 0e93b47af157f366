"""Live robot in a browser: `ros2 run ant_bringup web` or `python -m ant_bringup.web`.

Serves MuJoCo's web viewer and a page with state and buttons on http://localhost:8080, on this machine only. It shows
any driver's robot, from joint_states and odom. It is a process of its own with low priority, so that no browser slows
the robot.
"""

import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_bringup.web.server import Site, listen
from ant_bringup.web.web_node import NUMBERS_PERIOD, PICTURE_PERIOD, WebConfig, WebNode
from ant_ros.run_node import as_node_error, run_node

NICENESS = 19
"""Added to the process's niceness: the control loop comes first."""


def start_viewer(
    stack: ExitStack, model: mujoco.MjModel, qpos: Callable[[], NDArray[np.float64]], is_live: Callable[[], bool]
) -> Callable[[], Path] | None:
    """Start MuJoCo's viewer; returns None, with a message, if it cannot start."""
    try:
        from ant_bringup.web.viewer import WebViewer

        path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ant_web_"))) / "viewer"
        viewer = WebViewer(model, qpos, is_live, path)
    except (ImportError, OSError) as error:
        print(f"web: MuJoCo's viewer cannot start; numbers and buttons only: {error}", file=sys.stderr)
        return None
    stack.callback(viewer.close)
    return viewer.open


def serve(node: WebNode, stop: threading.Event) -> None:
    """Serve until `stop` is set.

    Raises:
        NodeError: no port is available.
    """
    port = node.config.port

    def qpos() -> NDArray[np.float64]:
        node.look(PICTURE_PERIOD)
        return node.pose.qpos

    def status() -> dict[str, Any]:
        node.look(NUMBERS_PERIOD)
        return node.board.snapshot(monotonic()) | {"viewer": viewer is not None}

    with ExitStack() as stack:
        viewer = start_viewer(stack, node.model, qpos, lambda: not node.board.disconnected(monotonic()))
        token = secrets.token_urlsafe()
        site = Site(token, status, node.act, viewer)
        with as_node_error():
            server = stack.enter_context(listen(port, site))
        if port not in (0, server.port):
            print(f"web: port {port} is in use; took {server.port} instead", flush=True)
        print(f"web: open http://localhost:{server.port}/#{token}", flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        node.run(stop)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; exit code 0, or 2 if it could not start."""
    with suppress(PermissionError):
        os.nice(NICENESS)
    return run_node("ant_bringup.web", __doc__.splitlines()[0], WebNode, argv, config=WebConfig, run=serve)


if __name__ == "__main__":
    raise SystemExit(main())
