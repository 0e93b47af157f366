"""A video of an episode: `python -m ant_policy.video sac --out jump.mp4` (or .gif)."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from ant_policy.errors import PolicyError
from ant_policy.loading import load_policy
from ant_policy.policies import Policy

FRAMES_PER_SECOND = 20
"""One a control step: real time."""

CAMERA = "track"
"""The model's camera that follows the robot."""

FORMATS = (".mp4", ".gif")


def record(policy: Policy, path: Path, *, seed: int, steps: int, width: int, height: int) -> None:
    """Record an episode of at most `steps` control steps, seen by the model's tracking camera.

    Raises:
        OSError: if the file cannot be written.
        Exception: what MuJoCo raises where nothing can be rendered is open.
    """
    import mujoco
    from imageio import v3 as imageio

    from ant_policy.atomic import replacing
    from ant_sim import AntSimulator
    from ant_sim.env import observe
    from ant_sim.task import has_fallen

    simulator = AntSimulator()
    simulator.reset(seed)
    frames = []
    with mujoco.Renderer(simulator.model, height, width) as renderer:
        # Without a GPU these two take five times as long as all the rest.
        for effect in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
            renderer.scene.flags[effect] = False
        for _ in track(range(steps), "rendering", console=Console(stderr=True), transient=True):
            renderer.update_scene(simulator.data, CAMERA)
            frames.append(renderer.render().copy())
            if has_fallen(simulator.torso_height):
                break
            simulator.step(policy.act(observe(simulator.state())))
    pictures = np.array(frames)
    with replacing(path) as (new,):
        if path.suffix == ".gif":
            imageio.imwrite(new, pictures, duration=1000 / FRAMES_PER_SECOND, loop=0)
        else:
            imageio.imwrite(new, pictures, fps=FRAMES_PER_SECOND, macro_block_size=2)


def main(argv: Sequence[str] | None = None) -> int:
    """Record; exit code 0, or 2 for input that cannot be used or a machine that cannot render."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.video", description=__doc__)
    parser.add_argument("policy", help="shipped policy or path")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=f"file to write ({' or '.join(FORMATS)})"
    )
    parser.add_argument("--seed", type=int, default=1000, help="seed of the reset (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=300, help="control steps at most (default: %(default)s)")
    parser.add_argument("--width", type=int, default=480, help="pixels (default: %(default)s)")
    parser.add_argument("--height", type=int, default=360, help="pixels (default: %(default)s)")
    arguments = parser.parse_args(argv)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("MUJOCO_GL", "egl")
    try:
        if arguments.out.suffix not in FORMATS:
            raise PolicyError(f"--out: expected a file named .mp4 or .gif, found '{arguments.out}'")
        policy = load_policy(arguments.policy)
        size = {"width": arguments.width, "height": arguments.height}
        record(policy, arguments.out, seed=arguments.seed, steps=arguments.steps, **size)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except Exception as error:
        print(
            f"no video: cannot render here ({str(error).splitlines()[0] if str(error) else type(error).__name__}); "
            "install EGL (Debian: apt install libegl1 libgl1-mesa-dri)",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
