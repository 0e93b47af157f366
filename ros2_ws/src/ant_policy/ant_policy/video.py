"""A video of an episode: `python -m ant_policy.video sac --out jump.mp4` (or .gif)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ant_policy.errors import PolicyError
from ant_policy.optional import optional_libraries
from ant_policy.policies.loading import load_policy
from ant_policy.policies.policies import Policy
from ant_policy.rendering import VIDEO_FORMATS
from ant_policy.rendering.backend import check_at_least, choose_backend, rendering

if TYPE_CHECKING:
    from PIL import Image

FRAMES_PER_SECOND = 20
"""One a control step: real time."""

GIF_COLOURS = 64

CAMERA = "track"
"""The model's camera that follows the robot."""


def record(policy: Policy, path: Path, *, seed: int, steps: int, width: int, height: int) -> None:
    """Record an episode of at most `steps` control steps, seen by the model's tracking camera.

    Raises:
        OSError: if the file cannot be written.
        PolicyError: where nothing can be rendered, or for a card that does not fit the model.
    """
    import mujoco
    from imageio import v3 as imageio
    from PIL import Image
    from rich.console import Console
    from rich.progress import track

    from ant_policy.atomic import replacing
    from ant_policy.evaluation.on_model import PolicyOnModel
    from ant_sim import AntSimulator
    from ant_sim.task import has_fallen

    simulator = AntSimulator()
    on_model = PolicyOnModel(policy, simulator)
    simulator.reset(seed)
    frames = []
    with rendering(), mujoco.Renderer(simulator.model, height, width) as renderer:
        # Without a GPU these two take five times as long as all the rest.
        for effect in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
            renderer.scene.flags[effect] = False
        for _ in track(range(steps), "rendering", console=Console(stderr=True), transient=True):
            # After a step MuJoCo's body poses are one physics step old, and after a reset they are those before it.
            for refresh in (mujoco.mj_kinematics, mujoco.mj_comPos, mujoco.mj_camlight):
                refresh(simulator.model, simulator.data)
            renderer.update_scene(simulator.data, CAMERA)
            frames.append(renderer.render().copy())
            if has_fallen(simulator.torso_height):
                break
            simulator.step(on_model.ctrl(simulator.state()))
    with replacing(path) as (new,):
        if path.suffix == ".gif":
            _write_gif(new, [Image.fromarray(frame) for frame in frames])
        else:
            imageio.imwrite(new, np.array(frames), fps=FRAMES_PER_SECOND, macro_block_size=2)


def _write_gif(path: Path, frames: "list[Image.Image]") -> None:
    """Few colours, the same in all frames, without dithering: an eighth of the size."""
    from PIL import Image

    palette = frames[0].quantize(GIF_COLOURS)
    pictures = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=1000 // FRAMES_PER_SECOND, loop=0)


def main(argv: Sequence[str] | None = None) -> int:
    """Record; exit code 0, or 2 for input that cannot be used or a machine that cannot render."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.video", description=__doc__)
    parser.add_argument("policy", help="shipped policy or path")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=f"file to write ({' or '.join(VIDEO_FORMATS)})"
    )
    parser.add_argument("--seed", type=int, default=1000, help="seed of the reset (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=300, help="control steps at most (default: %(default)s)")
    parser.add_argument("--width", type=int, default=480, help="pixels (default: %(default)s)")
    parser.add_argument("--height", type=int, default=360, help="pixels (default: %(default)s)")
    arguments = parser.parse_args(argv)
    choose_backend()
    try:
        if arguments.out.suffix not in VIDEO_FORMATS:
            raise PolicyError(f"--out: expected a file named {' or '.join(VIDEO_FORMATS)}, found '{arguments.out}'")
        check_at_least(arguments, seed=0, steps=1, width=1, height=1)
        policy = load_policy(arguments.policy)
        size = {"width": arguments.width, "height": arguments.height}
        with optional_libraries():
            record(policy, arguments.out, seed=arguments.seed, steps=arguments.steps, **size)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
