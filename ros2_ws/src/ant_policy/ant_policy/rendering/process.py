"""Rendering in a process of its own, because MuJoCo's GL backend is fixed when MuJoCo is imported."""

import subprocess
import sys
from pathlib import Path


def render(kind: str, policy: str | Path, file: Path, *, seed: int = 1000, steps: int = 200) -> bool:
    """Render an episode to a file; returns whether that succeeded. Errors go to stderr.

    Args:
        kind: `video` or `picture`.
        policy: shipped policy or path.
        file: file to write.
        seed: of the reset.
        steps: maximum control steps of the episode.
    """
    command = [sys.executable, "-m", "ant_policy.rendering", kind, str(policy), str(file), str(seed), str(steps)]
    return subprocess.run(command, check=False).returncode == 0
