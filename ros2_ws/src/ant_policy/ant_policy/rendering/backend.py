"""Rendering without a display."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ant_policy.errors import PolicyError


def choose_backend() -> None:
    """Choose EGL where there is no display; call it before MuJoCo is imported, which fixes the backend."""
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
