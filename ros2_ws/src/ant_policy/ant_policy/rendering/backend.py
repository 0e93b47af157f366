"""Rendering without a display, in a process of its own, because MuJoCo's GL backend is fixed when it is imported."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ant_policy.errors import PolicyError


def render(
    kind: str, policy: str | Path, file: Path, *, seed: int = 1000, steps: int = 200, model: Path | str | None = None
) -> bool:
    """Render a `video` or `picture` of at most `steps` control steps from the reset with `seed`.

    `model` is the MJCF of another Ant.

    Returns whether that succeeded; errors go to stderr.
    """
    command = [sys.executable, "-m", "ant_policy.rendering", kind, str(policy), str(file), str(seed), str(steps)]
    command += [str(model)] if model else []
    return subprocess.run(command, check=False).returncode == 0


def render_poses(poses: Any, control_period: float, model: Path, file: Path) -> bool:
    """Render a video of poses (n, nq) of a model, one per control period [s]; as `render`."""
    command = [sys.executable, "-m", "ant_policy.rendering", "poses", "-", str(file), str(control_period), "0"]
    content = BytesIO()
    np.save(content, poses)
    return subprocess.run([*command, str(model)], input=content.getvalue(), check=False).returncode == 0


def choose_backend() -> None:
    """Choose EGL where there is no display; call it before MuJoCo is imported."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("MUJOCO_GL", "egl")


@contextmanager
def rendering() -> Iterator[None]:
    """Turn rendering errors of MuJoCo into one line that names what to install.

    Raises:
        PolicyError: if the block raises anything but a PolicyError or OSError, which pass unchanged.
    """
    try:
        yield
    except (PolicyError, OSError):
        raise
    except Exception as error:  # MuJoCo's backends raise errors of any type.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PolicyError(
            f"cannot render here ({reason}); install EGL (Debian: apt install libegl1 libgl1-mesa-dri)"
        ) from error
