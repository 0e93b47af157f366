"""Stroboscopic pictures of jumps."""

from collections.abc import Sequence
from pathlib import Path

import mujoco
import numpy as np
from imageio import v3 as imageio

from ant_policy.atomic import replacing
from ant_policy.errors import PolicyError
from ant_policy.rendering.episode import Pose, pose_renderer
from ant_sim.task import JUMP_HEIGHT

FLASHES = 7
"""Poses of the robot in one picture."""

WIDTH, HEIGHT = 1200, 600
"""Size of a picture [pixels]."""


def write_picture(poses: Sequence[Pose], path: Path) -> None:
    """Write a picture of the highest jump among the poses of an episode, seen from the side.

    Args:
        poses: of the model, one per control step.
        path: file with a suffix of `PICTURE_FORMATS`.

    Raises:
        OSError: if the file cannot be written.
        PolicyError: if the robot does not jump, or where nothing can be rendered.
    """
    jump = highest_jump(poses)
    camera = _side_view(jump)
    with pose_renderer(WIDTH, HEIGHT) as render:
        hidden = jump[0].copy()
        hidden[2] = -3.0
        background = render(hidden, camera)
        picture = background.copy()
        for index in np.linspace(0, len(jump) - 1, min(FLASHES, len(jump))).round().astype(int):
            flash = render(jump[index], camera)
            changed = np.abs(flash.astype(int) - background).max(axis=2) > 12
            picture[changed] = flash[changed]
    with replacing(path) as (new,):
        imageio.imwrite(new, picture)


def highest_jump(poses: Sequence[Pose]) -> Sequence[Pose]:
    """Poses from the take-off to the landing of the highest jump.

    Raises:
        PolicyError: if the robot does not jump.
    """
    heights = np.array([pose[2] for pose in poses])
    apex = int(heights.argmax())
    if heights[apex] < JUMP_HEIGHT:
        raise PolicyError(f"the policy does not jump: its torso stays below {JUMP_HEIGHT:g} m in {len(poses)} steps")
    low = np.flatnonzero(heights < JUMP_HEIGHT)
    begin = max(low[low < apex], default=0)
    end = min(low[low > apex], default=len(poses) - 1)
    return poses[begin : end + 1]


def _side_view(jump: Sequence[Pose]) -> mujoco.MjvCamera:
    """Camera that sees the whole jump at right angles to its direction."""
    places = np.array([pose[:3] for pose in jump])
    drift = places[-1, :2] - places[0, :2]
    top = places[:, 2].max()
    camera = mujoco.MjvCamera()
    camera.azimuth = np.degrees(np.arctan2(drift[1], drift[0])) + 90.0
    camera.elevation = -4.0
    camera.lookat = [*(places[0, :2] + drift / 2.0), 0.47 * top]
    camera.distance = 1.35 * max(top + 1.0, (np.linalg.norm(drift) + 2.0) * HEIGHT / WIDTH)
    return camera
