"""Skeleton of vector environments on native threads: spaces, seeds, and episodes that restart by themselves."""

import math
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class NativeVectorEnv(VectorEnv[Floats, Any, NDArray[Any]]):
    """`num_envs` robots of a batch, which a subclass advances, observes and restarts.

    Episodes restart within the step that ends them (`AutoresetMode.SAME_STEP`); `infos["final_obs"]` then holds the
    last observations (num_envs, n_observation).

    Attributes:
        rngs: generator of each environment.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 (as Gymnasium declares it)
        "render_modes": [],
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self, num_envs: int, max_episode_steps: int | None, observation_space: gym.Space[Any], action_space: Any
    ) -> None:
        """Make the spaces from those of one environment; episodes are truncated after some steps, None: never.

        Raises:
            ValueError: if there are no environments or no steps.
        """
        if num_envs < 1 or (max_episode_steps is not None and max_episode_steps < 1):
            raise ValueError(f"num_envs is {num_envs} and max_episode_steps {max_episode_steps}; expected at least 1")
        self.num_envs = num_envs
        self.single_observation_space, self.single_action_space = observation_space, action_space
        self.observation_space = batch_space(observation_space, num_envs)
        self.action_space = batch_space(action_space, num_envs)
        self._max_steps = max_episode_steps or math.inf
        self._steps: NDArray[np.int64] = np.zeros(num_envs, dtype=np.int64)
        self.rngs = [np.random.default_rng() for _ in range(num_envs)]

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Start episodes; returns observations (num_envs, n_observation) and infos.

        There is a seed for each environment, where None continues its generator; a number s seeds environment i with
        s + i.

        Raises:
            ValueError: for another number of seeds.
        """
        self._seed(seed)
        self._restart(np.arange(self.num_envs))
        return self._observe(), self._reset_infos()

    def step(self, actions: Any) -> tuple[Floats, NDArray[Any], Bools, Bools, dict[str, Any]]:
        """Apply actions (num_envs, n_action) for a control period; returns observations, rewards, ends and infos.

        Raises:
            ValueError: if the robots refuse an action.
        """
        observations, rewards, terminated, infos = self._advance(actions)
        truncated = self._steps >= self._max_steps
        done = terminated | truncated
        if done.any():
            self._restart(np.flatnonzero(done))
            infos = self._final_infos(infos, observations, done)
            observations = self._observe()
        return observations, rewards, terminated, truncated, infos

    def _seed(self, seed: Any) -> None:
        """Seed the generators."""
        if seed is None or isinstance(seed, int | np.integer):
            seeds = [None if seed is None else int(seed) + i for i in range(self.num_envs)]
        else:
            seeds = list(seed)
        if len(seeds) != self.num_envs:
            raise ValueError(f"{len(seeds)} seeds for {self.num_envs} environments; expected one each")
        for env, env_seed in enumerate(seeds):
            if env_seed is not None:
                self.rngs[env] = np.random.default_rng(env_seed)

    def _advance(self, actions: Any) -> tuple[Floats, NDArray[Any], Bools, dict[str, Any]]:
        """Apply actions and count the step; returns observations, rewards, which episodes end, and infos."""
        raise NotImplementedError

    def _restart(self, envs: NDArray[np.int64]) -> None:
        """Start the next episodes of some environments."""
        raise NotImplementedError

    def _observe(self) -> Floats:
        """Observations (num_envs, n_observation)."""
        raise NotImplementedError

    def _reset_infos(self) -> dict[str, Any]:
        return {}

    def _final_infos(self, infos: dict[str, Any], observations: Floats, done: Bools) -> dict[str, Any]:
        """Infos of a step after which some episodes have been restarted; `observations` are from before."""
        return infos | {"final_obs": observations, "_final_obs": done}
