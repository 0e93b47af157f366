"""Vectorised environments for Stable-Baselines3."""

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from ant_sim.envs.shaping import Shaping

Float32 = NDArray[np.float32]


class AntVecEnv(VecEnv):
    """SB3's `VecEnv` over a vector environment that restarts in the same step; observations are float32.

    At an episode's end `infos` hold `terminal_observation`, `TimeLimit.truncated` and, as of SB3's Monitor, `episode`
    with its unscaled return `r` and length `l`.
    """

    def __init__(
        self,
        envs: VectorEnv[Any, Any, Any],
        reward_scale: float = 1.0,
        shaping: Shaping | None = None,
        features: Callable[[Float32], Float32] = lambda observations: observations,
        num_features: int | None = None,
    ) -> None:
        """Wrap `envs`; the learner gets `features` (n, num_features) of observations (n, m); None: m of them.

        Its rewards are the environments' less the costs of `shaping`, which may be replaced between steps, times
        `reward_scale`.
        """
        # SB3's constructor reads attributes of the environments.
        self.envs = envs
        self._reward_scale = reward_scale
        self.shaping = shaping or Shaping()
        self._features = features
        self._observations: NDArray[np.float64] = np.zeros(0)
        self._actions: Any = None
        self._returns: NDArray[np.float64] = np.zeros(envs.num_envs)
        self._lengths: NDArray[np.int64] = np.zeros(envs.num_envs, dtype=np.int64)
        shape = envs.single_observation_space.shape if num_features is None else (num_features,)
        space = gym.spaces.Box(-np.inf, np.inf, shape, np.float32)
        super().__init__(envs.num_envs, space, envs.single_action_space)

    def reset(self) -> NDArray[np.float32]:
        """Start episodes, with the seeds of `seed` if any; returns observations (num_envs, num_features)."""
        observations, _ = self.envs.reset(seed=self._seeds if self._seeds[0] is not None else None)
        self._reset_seeds()
        self._returns[:] = 0.0
        self._lengths[:] = 0
        self._observations = observations
        return self._features(observations.astype(np.float32))

    def step_async(self, actions: Any) -> None:
        """Keep the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Step; returns observations, rewards, ends and infos."""
        observations, rewards, terminated, truncated, infos = self.envs.step(self._actions)
        self._returns += rewards
        self._lengths += 1
        done = terminated | truncated
        ends = observations.copy()
        env_infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for env in np.flatnonzero(done):
            ends[env] = infos["final_obs"][env]
            env_infos[env] = {
                "terminal_observation": self._features(ends[env].astype(np.float32)),
                "TimeLimit.truncated": bool(truncated[env] and not terminated[env]),
                "episode": {"r": float(self._returns[env]), "l": int(self._lengths[env])},
            }
        self._returns[done] = 0.0
        self._lengths[done] = 0
        rewards = rewards - self.shaping.costs(self._observations, ends)
        self._observations = observations
        learned = (self._reward_scale * rewards).astype(np.float32)
        return self._features(observations.astype(np.float32)), learned, done, env_infos

    def state(self) -> dict[str, Any] | None:
        """Snapshot for a checkpoint: arrays and plain values; None if the environments have no `state`."""
        if not hasattr(self.envs, "state"):
            return None
        return {
            "envs": self.envs.state(),
            "returns": self._returns.copy(),
            "lengths": self._lengths.copy(),
            "observations": self._observations.copy(),
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a snapshot."""
        self.envs.set_state(state["envs"])  # type: ignore[attr-defined]
        self._returns[:] = state["returns"]
        self._lengths[:] = state["lengths"]
        self._observations = state["observations"]

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
