"""Videos of an episode, in real time, and stroboscopic pictures of its highest jump."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from imageio import v3 as imageio
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.progress import track

from ant_policy.atomic import replacing
from ant_policy.errors import PolicyError
from ant_policy.policies.interface import Policy
from ant_policy.rendering.backend import rendering
from ant_policy.tasks.jump.environment import JumpEnvironment
from ant_sim import MODEL_PATH, AntSimulator
from ant_sim.envs.single import observe
from ant_sim.tasks.jump import JUMP_HEIGHT, has_fallen, jump_spans

Pose = NDArray[np.float64]
"""Positions (nq,) of the model; a free base's position [m] and quaternion (wxyz) come first, then joints [rad]."""

FRAMES_PER_SECOND = 20
"""One frame per control step of the Ant; about as many for other robots."""

VIDEO_SIZES = {".mp4": (480, 360), ".gif": (320, 240)}
"""Width and height [pixels] by format."""

GIF_COLOURS = 64

FLASHES = 7
"""Poses of the robot in one picture."""

WIDTH, HEIGHT = 1200, 600
"""Size of a picture [pixels]."""


def play(policy: Policy, seed: int, steps: int, model: Path | str = MODEL_PATH) -> Iterator[Pose]:
    """Poses at the control instants of an episode of at most `steps` control steps; the last one may be a fall.

    Raises:
        CardError: the policy's card does not fit the model.
    """
    simulator, act = AntSimulator(model), JumpEnvironment(model).adapt(policy)
    simulator.reset(seed)
    for _ in range(steps):
        yield simulator.data.qpos.copy()
        if has_fallen(simulator.torso_height):
            return
        simulator.step(act(observe(simulator.state())[None])[0])


def write_video(
    poses: Sequence[Pose], path: Path, model: Path | str = MODEL_PATH, control_period: float = 0.05
) -> None:
    """Write a video of poses, one per control period [s], to a file with a suffix of `VIDEO_FORMATS`.

    Raises:
        PolicyError: where nothing can be rendered.
    """
    stride = max(1, round(1.0 / (FRAMES_PER_SECOND * control_period)))
    seconds = stride * control_period
    with _pose_renderer(model, *VIDEO_SIZES[path.suffix], shadows=False) as render:
        progress = track(poses[::stride], "rendering", console=Console(stderr=True), transient=True)
        frames = [render(pose, "track") for pose in progress]
    with replacing(path) as (new,):
        if path.suffix == ".gif":
            # One small palette and no dithering make it eight times smaller.
            images = [Image.fromarray(frame) for frame in frames]
            palette = images[0].quantize(GIF_COLOURS)
            first, *others = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
            first.save(new, save_all=True, append_images=others, duration=round(1000 * seconds), loop=0)
        else:
            imageio.imwrite(new, np.array(frames), fps=1.0 / seconds, macro_block_size=2)


def write_picture(poses: Sequence[Pose], path: Path, model: Path | str = MODEL_PATH) -> None:
    """Write a picture of the highest jump of an episode, seen from the side, to a file of `PICTURE_FORMATS`.

    Raises:
        PolicyError: if the robot does not jump, or where nothing can be rendered.
    """
    jump = highest_jump(poses)
    camera = _side_view(jump)
    hidden = jump[0].copy()
    hidden[2] = -3.0
    with _pose_renderer(model, WIDTH, HEIGHT, shadows=False) as render:
        # MuJoCo draws a false shadow where its shadow map ends, near the horizon.
        picture = render(hidden, camera)
    with _pose_renderer(model, WIDTH, HEIGHT) as render:
        background = render(hidden, camera)
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
    spans = jump_spans(heights)
    if not spans:
        raise PolicyError(f"the policy does not jump: its torso stays below {JUMP_HEIGHT:g} m in {len(poses)} steps")
    begin, end = max(spans, key=lambda span: heights[slice(*span)].max())
    return poses[max(begin - 1, 0) : end + 1]


def _side_view(jump: Sequence[Pose]) -> mujoco.MjvCamera:
    """Camera that sees the whole jump at right angles to its direction."""
    places = np.array([pose[:3] for pose in jump])
    drift = places[-1, :2] - places[0, :2]
    top = places[:, 2].max()
    camera = mujoco.MjvCamera()
    camera.azimuth = np.degrees(np.arctan2(drift[1], drift[0])) + 90.0
    camera.elevation = -4.0
    camera.lookat = [*(places[0, :2] + drift / 2.0), (top + 0.6) / 2.0]
    camera.distance = max(1.21 * (top + 2.0), 1.35 * (np.linalg.norm(drift) + 2.0) * HEIGHT / WIDTH)
    return camera


@contextmanager
def _pose_renderer(
    model_path: Path | str, width: int, height: int, *, shadows: bool = True
) -> Iterator[Callable[[Pose, Any], NDArray[np.uint8]]]:
    """Open a renderer of poses, as seen by a camera of the model (by name; if it is there) or a free one.

    Images are (height, width, 3).
    """
    model = mujoco.MjModel.from_xml_path(str(model_path))
    if shadows:
        # With a nearer clipping plane the robot's shadow appears at the horizon too.
        model.vis.map.znear = 0.05
    data = mujoco.MjData(model)
    with rendering(), mujoco.Renderer(model, height, width) as renderer:
        if not shadows:
            # Without a GPU they take five times as long as all the rest.
            for effect in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
                renderer.scene.flags[effect] = False

        def render(pose: Pose, camera: Any) -> NDArray[np.uint8]:
            data.qpos = pose
            mujoco.mj_forward(model, data)
            if isinstance(camera, str):
                camera = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA, camera)
            renderer.update_scene(data, camera)
            image: NDArray[np.uint8] = renderer.render().copy()
            return image

        yield render
