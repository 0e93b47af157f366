"""Gymnasium environment `QuadrupedWalk-v1`, one of the batch or many, and what it declares for trainers and cards."""

from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ant_policy.tasks.walk.batch import ROBUST
from ant_policy.tasks.walk.commands import draw_for_training
from ant_policy.tasks.walk.contract import ACTION_SCALE, POSE, TERMS
from ant_policy.tasks.walk.robot import CONTROL_PERIOD, JOINTS, MODEL_PATH
from ant_policy.tasks.walk.vector_env import EPISODE_STEPS, METRICS, WalkVectorEnv

Floats = NDArray[np.float64]


class WalkEnv(gym.Env[Floats, NDArray[Any]]):
    """A quadruped with a velocity command; see `WalkVectorEnv`.

    Attributes:
        model: MuJoCo's model.
        fullpath: its file.
        data: positions, velocities and controls in MuJoCo's order; live views.
        dt: control period [s].
        observation_terms: of the observation, as on a card.
        action_terms: of the action, as on a card.
        training_options: of the environments that PGPE trains on.
    """

    metadata: dict[str, Any] = {"render_modes": [], "metrics": METRICS}  # noqa: RUF012 (as Gymnasium declares it)
    fullpath, dt, observation_terms = str(MODEL_PATH), CONTROL_PERIOD, TERMS
    training_options: dict[str, Any] = {  # noqa: RUF012 (as `metadata`)
        "randomisation": ROBUST,
        "command_interval": 1.5,
        "draw_commands": draw_for_training,
        "robots_per_draw": 2,
    }

    def __init__(self) -> None:
        """Create the environment."""
        self._envs = WalkVectorEnv(1, 1)
        self.observation_space = self._envs.single_observation_space
        self.action_space = self._envs.single_action_space
        robots = self._envs.robots
        self.model = robots.model
        self.data = SimpleNamespace(**{name: robots.batch.bind(name)[0] for name in ("qpos", "qvel", "ctrl")})
        values = (ACTION_SCALE, robots.joint_limits, self.model.dof_damping[6:])
        scale, clip, damping = (dict(zip(JOINTS, each.tolist(), strict=True)) for each in values)
        self.action_terms = {"scale": scale, "offset": POSE, "clip": clip, "damping": damping}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Floats, dict[str, Any]]:
        """Start an episode; returns observation (47,) and info."""
        super().reset(seed=seed)
        observations, infos = self._envs.reset(seed=seed)
        return observations[0], {name: values[0] for name, values in infos.items()}

    def step(self, action: Any) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """Apply an action (12,) for a control period.

        Raises:
            ValueError: if it is not finite or the shape is wrong.
        """
        observations, rewards, terminated, truncated, infos = self._envs.step(np.asarray(action)[None])
        infos.pop("_final_obs", None)
        observation = infos.pop("final_obs", observations)[0]
        info = {name: values[0] for name, values in infos.items()}
        return observation, float(rewards[0]), bool(terminated[0]), bool(truncated[0]), info


gym.register(
    "QuadrupedWalk-v1",
    WalkEnv,
    vector_entry_point=WalkVectorEnv,
    max_episode_steps=EPISODE_STEPS,
)
