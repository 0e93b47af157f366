"""Videos of episodes, in real time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from imageio import v3 as imageio
from PIL import Image
from rich.console import Console
from rich.progress import track

from ant_policy.atomic import replacing
from ant_policy.rendering.episode import Pose, pose_renderer

FRAMES_PER_SECOND = 20
"""One frame per control step."""

SIZES = {".mp4": (480, 360), ".gif": (320, 240)}
"""Width and height [pixels] by format."""

GIF_COLOURS = 64

CAMERA = "track"
"""The model's camera that follows the robot."""


def write_video(poses: Sequence[Pose], path: Path) -> None:
    """Write a video of poses, one per control step.

    Args:
        poses: of the model.
        path: file with a suffix of `VIDEO_FORMATS`.

    Raises:
        OSError: if the file cannot be written.
        PolicyError: where nothing can be rendered.
    """
    with pose_renderer(*SIZES[path.suffix], shadows=False) as render:
        progress = track(poses, "rendering", console=Console(stderr=True), transient=True)
        frames = [render(pose, CAMERA) for pose in progress]
    with replacing(path) as (new,):
        if path.suffix == ".gif":
            _write_gif(new, [Image.fromarray(frame) for frame in frames])
        else:
            imageio.imwrite(new, np.array(frames), fps=FRAMES_PER_SECOND, macro_block_size=2)


def _write_gif(path: Path, frames: list[Image.Image]) -> None:
    """Write a GIF with one small palette and no dithering, which makes it eight times smaller."""
    palette = frames[0].quantize(GIF_COLOURS)
    pictures = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=1000 // FRAMES_PER_SECOND, loop=0)
