"""Walk environments for Stable-Baselines3."""

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from ant_policy.tasks.walk.terms import OBSERVATION_SIZE
from ant_policy.tasks.walk.vector_env import WalkVectorEnv


class WalkVecEnv(VecEnv):
    """SB3's `VecEnv` over vectorised walk environments; observations are float32, as in every policy."""

    def __init__(self, envs: WalkVectorEnv) -> None:
        """Wrap `envs`."""
        # SB3's constructor reads attributes of the environments.
        self.envs = envs
        self._actions: Any = None
        self._returns: NDArray[np.float64] = np.zeros(envs.num_envs)
        self._lengths: NDArray[np.int64] = np.zeros(envs.num_envs, dtype=np.int64)
        space = gym.spaces.Box(-np.inf, np.inf, (OBSERVATION_SIZE,), np.float32)
        super().__init__(envs.num_envs, space, envs.single_action_space)

    def reset(self) -> NDArray[np.float32]:
        """Start episodes; the seed of `seed`, if any, is the environments' common seed."""
        observations, _ = self.envs.reset(seed=self._seeds[0])
        self._reset_seeds()
        self._returns[:] = 0.0
        self._lengths[:] = 0
        return observations.astype(np.float32)

    def step_async(self, actions: Any) -> None:
        """Keep the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Step; returns observations, rewards, ends and infos."""
        observations, rewards, terminated, truncated, infos = self.envs.step(self._actions)
        self._returns += rewards
        self._lengths += 1
        done = terminated | truncated
        env_infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for env in np.flatnonzero(done):
            env_infos[env] = {
                "terminal_observation": infos["final_obs"][env].astype(np.float32),
                "TimeLimit.truncated": bool(truncated[env] and not terminated[env]),
                "episode": {"r": float(self._returns[env]), "l": int(self._lengths[env])},
            }
        self._returns[done] = 0.0
        self._lengths[done] = 0
        return observations.astype(np.float32), rewards.astype(np.float32), done, env_infos

    def close(self) -> None:
        """Close the environments."""
        self.envs.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Common attribute of the environments, once for each of `indices`."""
        return [getattr(self.envs, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refused: the environments share their attributes."""
        raise NotImplementedError(f"'{attr_name}' cannot be set for single environments of a batch")

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Refused: the environments share their methods."""
        raise NotImplementedError(f"'{method_name}' cannot be called on single environments of a batch")

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """Return False for each environment."""
        return [False for _ in self._get_indices(indices)]

    def _get_indices(self, indices: Any) -> Any:
        return range(self.num_envs) if indices is None else [indices] if isinstance(indices, int) else indices
