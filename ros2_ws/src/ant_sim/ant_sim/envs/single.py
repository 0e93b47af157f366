"""Gymnasium environments of the jumping Ant.

| observation      | index | unit  | frame |
|------------------|-------|-------|-------|
| torso height     | 0     | m     | world |
| torso quaternion | 1-4   | 1     | wxyz, torso -> world |
| joint positions  | 5-12  | rad   | hip_1, ankle_1, ... hip_4, ankle_4 |
| torso velocity   | 13-15 | m/s   | world |
| angular velocity | 16-18 | rad/s | torso |
| joint velocities | 19-26 | rad/s | hip_1, ankle_1, ... hip_4, ankle_4 |

The action is the control of each motor in [-1, 1], in **actuator** order: hip_4, ankle_4, hip_1, ankle_1,
hip_2, ankle_2, hip_3, ankle_3 (Gymnasium's Ant has the same). One unit is 300 N m.
"""

from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_sim.physics.frames import rotation_matrix, to_world
from ant_sim.physics.simulator import FRAME_SKIP, MODEL_PATH, AntSimulator, RobotState
from ant_sim.tasks.jump import has_fallen, height_reward

if TYPE_CHECKING:
    from gymnasium.envs.mujoco.mujoco_rendering import MujocoRenderer

OBSERVATION_SIZE = 27

MOVES: NDArray[np.float32] = 0.5 * np.array(
    [[0] * 8, [1] * 8, [-1] * 8, [1] * 4 + [-1] * 4, [-1] * 4 + [1] * 4], dtype=np.float32
)
"""(5, 8) controls of the discrete environment, actuator order."""


def observe(state: RobotState) -> NDArray[np.float64]:
    """Observation (27,) of a state; the velocity takes the way through the torso frame, as over ROS."""
    rotation = rotation_matrix(state.base_quaternion)
    return np.array(
        [
            state.base_position_w[2],
            *state.base_quaternion,
            *state.joint_positions,
            *to_world(rotation, state.base_velocity_b),
            *state.base_angular_velocity_b,
            *state.joint_velocities,
        ]
    )


class CustomAntEnv(gym.Env[NDArray[np.float64], Any]):
    """Jumping Ant: reward 10 per step for a torso above 1.6 m, less below, 0 under 0.6 m; a fall (0.2 m) ends it.

    `info` has `torso_height` [m] and `reward_height`, the only term of the reward. `gym.make` truncates episodes after
    1,000 steps, or never with `max_episode_steps=-1`. A subclass may have another `judge`.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 (as Gymnasium declares it)
        "render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"],
        "render_fps": 20,
    }
    reward_name = "reward_height"
    """Key of the reward in `info`."""

    def __init__(
        self,
        render_mode: str | None = None,
        model_path: Path | str = MODEL_PATH,
        width: int = 480,
        height: int = 480,
        camera_name: str | None = "track",
    ) -> None:
        """Create the environment.

        Args:
            render_mode: one of `metadata["render_modes"]`, or None.
            model_path: MJCF of the robot.
            width: of rendered pictures [pixels].
            height: of rendered pictures [pixels].
            camera_name: camera of the model to render from; None is MuJoCo's free camera.

        Raises:
            ValueError: if the render mode is unknown.
            FileNotFoundError: if there is no such model.
        """
        modes = self.metadata["render_modes"]
        if render_mode is not None and render_mode not in modes:
            raise ValueError(f"render_mode '{render_mode}' is unknown; available: {', '.join(modes)}")
        self.simulator = AntSimulator(model_path, FRAME_SKIP)
        self.render_mode = render_mode
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (OBSERVATION_SIZE,), np.float64)
        self.action_space: gym.Space[Any] = gym.spaces.Box(-1.0, 1.0, (len(MOVES[0]),), np.float32)
        self._picture = (width, height, camera_name)
        self._renderer: MujocoRenderer | None = None
        self._next_frame_at = 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        """Start an episode from the model's pose with noise; returns observation (27,) and info."""
        super().reset(seed=seed)
        self.simulator.reset(self.np_random)
        if self.render_mode == "human":
            self.render()
        return observe(self.simulator.state()), {"torso_height": self.simulator.torso_height}

    def step(self, action: Any) -> tuple[NDArray[np.float64], float, bool, bool, dict[str, Any]]:
        """Apply an action for one control period (0.05 s).

        Raises:
            ValueError: if the action has the wrong shape or is not finite.
        """
        self.simulator.step(action)
        observation = observe(self.simulator.state())
        reward, terminated = self.judge(observation)
        if self.render_mode == "human":
            self.render()
        info = {"torso_height": self.simulator.torso_height, self.reward_name: reward}
        return observation, reward, terminated, False, info

    def judge(self, state: NDArray[np.float64]) -> tuple[float, bool]:
        """Reward of a control step, and whether the episode ends, for the state (27,) at its end."""
        height = float(state[0])
        return height_reward(height), has_fallen(height)

    def render(self) -> Any:
        """Render as Gymnasium's MuJoCo environments do: (height, width, 3) uint8 for rgb_array."""
        model, data = self.simulator.model, self.simulator.data
        if self._renderer is None:
            # Imported here, as all else runs on machines without graphics libraries.
            from gymnasium.envs.mujoco.mujoco_rendering import MujocoRenderer

            from ant_sim.compat import hide_menu

            width, height, camera_name = self._picture
            visual = model.vis.global_
            visual.offwidth, visual.offheight = max(visual.offwidth, width), max(visual.offheight, height)
            camera = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA, camera_name or "")
            # For the window: `camera_name` alone holds for pictures only.
            fixed = {"type": mujoco.mjtCamera.mjCAMERA_FIXED, "fixedcamid": camera} if camera >= 0 else None
            self._renderer = MujocoRenderer(model, data, fixed, width, height, camera_name=camera_name)
            if self.render_mode == "human":
                hide_menu(self._renderer)
        # MuJoCo's body poses are one physics step old, or from before the reset.
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_camlight(model, data)
        if self.render_mode == "human":
            self._wait_for_real_time()
        return self._renderer.render(self.render_mode)

    def _wait_for_real_time(self) -> None:
        """Wait until the frame is due; after a delay, real time continues from now."""
        now = monotonic()
        sleep(max(0.0, self._next_frame_at - now))
        self._next_frame_at = max(now, self._next_frame_at) + 1.0 / self.metadata["render_fps"]

    def close(self) -> None:
        """Close the renderer's windows and contexts."""
        if self._renderer is not None:
            self._renderer.close()


class DiscreteAntEnv(CustomAntEnv):
    """The same task with 5 moves (`MOVES`), for value-based algorithms."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the environment; arguments as `CustomAntEnv`."""
        super().__init__(**kwargs)
        self.action_space = gym.spaces.Discrete(len(MOVES))

    def step(self, action: Any) -> tuple[NDArray[np.float64], float, bool, bool, dict[str, Any]]:
        """Apply move `action` (0 to 4) for one control period.

        Raises:
            ValueError: if there is no such move.
        """
        if not self.action_space.contains(action):
            raise ValueError(f"move {action} is unknown; available: 0 to {len(MOVES) - 1}")
        return super().step(MOVES[int(action)])
