"""Pictures without a display: how MuJoCo renders, and what to say where it cannot."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ant_policy.errors import PolicyError


def check_at_least(arguments: argparse.Namespace, **least: int) -> None:
    """Refuse numbers on the command line of what renders that are too small.

    Raises:
        PolicyError: naming the option.
    """
    for name, smallest in least.items():
        if getattr(arguments, name) < smallest:
            raise PolicyError(f"--{name}: expected at least {smallest}, found {getattr(arguments, name)}")


def choose_backend() -> None:
    """Render by EGL where there is no display; to be called before MuJoCo is imported, which settles it."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("MUJOCO_GL", "egl")


@contextmanager
def rendering() -> Iterator[None]:
    """Say in one line what a machine lacks that cannot render.

    Raises:
        PolicyError: instead of what MuJoCo raises, which is of any type, where nothing can be rendered.
    """
    try:
        yield
    except (PolicyError, OSError):
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PolicyError(
            f"cannot render here ({reason}); install EGL (Debian: apt install libegl1 libgl1-mesa-dri)"
        ) from error


def record_episode(policy: str | Path, out: Path, *, seed: int = 1000, steps: int = 200) -> bool:
    """Record an episode by `ant_policy.video` in a process of its own; returns whether that went well.

    In this process MuJoCo is imported already. What went wrong is on stderr.
    """
    command = [sys.executable, "-m", "ant_policy.video", str(policy), "--out", str(out)]
    options = ["--seed", str(seed), "--steps", str(steps)]
    return subprocess.run([*command, *options], check=False).returncode == 0
