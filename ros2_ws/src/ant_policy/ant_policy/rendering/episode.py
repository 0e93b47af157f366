"""Poses of an episode, and images of poses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_policy.policies.interface import Policy
from ant_policy.rendering.backend import rendering
from ant_policy.tasks.jump.adapter import PolicyAdapter
from ant_sim import MODEL_PATH, AntSimulator
from ant_sim.envs.single import observe
from ant_sim.task import has_fallen

Pose = NDArray[np.float64]
"""Positions (15,) of the model: torso position [m], torso quaternion (wxyz), joints [rad]."""

Image = NDArray[np.uint8]
"""(height, width, 3)."""


def play(policy: Policy, seed: int, steps: int) -> Iterator[Pose]:
    """Poses at the control instants of an episode of at most `steps` control steps; the last one may be a fall.

    Raises:
        CardError: the policy's card does not fit the model.
    """
    simulator, adapter = AntSimulator(), PolicyAdapter(policy)
    simulator.reset(seed)
    for _ in range(steps):
        yield simulator.data.qpos.copy()
        if has_fallen(simulator.torso_height):
            return
        simulator.step(adapter.act(observe(simulator.state())[None])[0])


@contextmanager
def pose_renderer(width: int, height: int, *, shadows: bool = True) -> Iterator[Callable[[Pose, Any], Image]]:
    """Open a renderer of poses, as seen by a camera of the model (by name) or a free one.

    Args:
        width: of an image [pixels].
        height: of an image [pixels].
        shadows: render shadows and reflections, which without a GPU takes five times as long as all the rest.

    Raises:
        PolicyError: where nothing can be rendered.
    """
    model = mujoco.MjModel.from_xml_path(str(MODEL_PATH))
    data = mujoco.MjData(model)
    with rendering(), mujoco.Renderer(model, height, width) as renderer:
        if not shadows:
            for effect in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
                renderer.scene.flags[effect] = False

        def render(pose: Pose, camera: Any) -> Image:
            data.qpos = pose
            mujoco.mj_forward(model, data)
            renderer.update_scene(data, camera)
            image: Image = renderer.render().copy()
            return image

        yield render
