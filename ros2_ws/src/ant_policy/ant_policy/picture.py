"""A picture of a policy's highest jump, as a stroboscope shows it.

`python -m ant_policy.picture sac --out jump.png`
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ant_policy.errors import PolicyError
from ant_policy.optional import optional_libraries
from ant_policy.policies.loading import load_policy
from ant_policy.policies.policies import Policy
from ant_policy.rendering.backend import check_at_least, choose_backend, rendering

FLASHES = 7
"""Poses of the robot in one picture."""


def highest_jump(policy: Policy, seed: int, steps: int) -> list[NDArray[np.float64]]:
    """Poses of the model, control step by control step, from the take-off to the landing of the highest jump.

    Raises:
        PolicyError: if the robot does not jump at all, or for a card that does not fit the model.
    """
    from ant_policy.evaluation.on_model import PolicyOnModel
    from ant_sim import AntSimulator
    from ant_sim.task import JUMP_HEIGHT

    simulator = AntSimulator()
    on_model = PolicyOnModel(policy, simulator)
    simulator.reset(seed)
    poses = []
    for _ in range(steps):
        poses.append(simulator.data.qpos.copy())
        simulator.step(on_model.ctrl(simulator.state()))
    heights = np.array([pose[2] for pose in poses])
    apex = int(heights.argmax())
    if heights[apex] < JUMP_HEIGHT:
        raise PolicyError(f"the policy does not jump: its torso stays below {JUMP_HEIGHT:g} m in {steps} steps")
    low = np.flatnonzero(heights < JUMP_HEIGHT)
    begin = max(low[low < apex], default=0)
    end = min(low[low > apex], default=steps - 1)
    return poses[begin : end + 1]


def stroboscope(poses: list[NDArray[np.float64]], width: int, height: int) -> NDArray[np.uint8]:
    """One picture (height, width, 3) of several poses, seen from the side.

    Raises:
        PolicyError: where nothing can be rendered.
    """
    import mujoco

    from ant_sim import MODEL_PATH

    model = mujoco.MjModel.from_xml_path(str(MODEL_PATH))
    data = mujoco.MjData(model)
    places = np.array([pose[:3] for pose in poses])
    drift = places[-1, :2] - places[0, :2]
    camera = mujoco.MjvCamera()
    camera.azimuth = np.degrees(np.arctan2(drift[1], drift[0])) + 90.0
    camera.elevation = -4.0
    top = places[:, 2].max()
    camera.lookat = [*(places[0, :2] + drift / 2.0), 0.47 * top]
    camera.distance = 1.35 * max(top + 1.0, (np.linalg.norm(drift) + 2.0) * height / width)
    with rendering(), mujoco.Renderer(model, height, width) as renderer:

        def shoot(pose: NDArray[np.float64]) -> NDArray[np.uint8]:
            data.qpos = pose
            mujoco.mj_forward(model, data)
            renderer.update_scene(data, camera)
            picture: NDArray[np.uint8] = renderer.render().copy()
            return picture

        away = poses[0].copy()
        away[2] = -3.0
        empty = shoot(away)
        picture = empty.copy()
        for index in np.linspace(0, len(poses) - 1, min(FLASHES, len(poses))).round().astype(int):
            flash = shoot(poses[index])
            moved = np.abs(flash.astype(int) - empty).max(axis=2) > 12
            picture[moved] = flash[moved]
    return picture


def main(argv: Sequence[str] | None = None) -> int:
    """Draw; exit code 0, or 2 if there is nothing to draw or nothing to draw with."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.picture", description=__doc__)
    parser.add_argument("policy", help="shipped policy or path")
    parser.add_argument("--out", type=Path, required=True, metavar="PNG", help="file to write")
    parser.add_argument("--seed", type=int, default=1000, help="seed of the reset (default: 1000)")
    parser.add_argument("--steps", type=int, default=400, help="control steps to choose from (default: 400)")
    arguments = parser.parse_args(argv)
    choose_backend()
    try:
        check_at_least(arguments, seed=0, steps=1)
        with optional_libraries():
            from matplotlib import image

            poses = highest_jump(load_policy(arguments.policy), arguments.seed, arguments.steps)
            picture = stroboscope(poses, width=1200, height=600)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    image.imsave(arguments.out, picture)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
