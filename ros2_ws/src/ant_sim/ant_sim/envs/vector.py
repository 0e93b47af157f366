"""Vectorised environments on native threads: `gym.make_vec("CustomAntEnv-v1", num_envs=64)`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ant_sim.envs.single import MOVES, OBSERVATION_SIZE
from ant_sim.physics.batch import AntBatch
from ant_sim.physics.randomisation import Randomisation
from ant_sim.physics.simulator import MODEL_PATH
from ant_sim.tasks.jump import FALL_HEIGHT, height_rewards

Observations = NDArray[np.float64]
Bools = NDArray[np.bool_]


class CustomAntVectorEnv(VectorEnv[Observations, Any, NDArray[Any]]):
    """`num_envs` jumping Ants; each has the single environment's trajectory for the same seed and actions.

    Episodes restart within the step that ends them (`AutoresetMode.SAME_STEP`); `infos["final_obs"]` and
    `infos["final_info"]` then hold the last observations (27,) and infos. A subclass may have another `judge`.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 (as Gymnasium declares it)
        "render_modes": [],
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }
    reward_name = "reward_height"
    """Key of the reward in infos."""

    def __init__(
        self,
        num_envs: int = 1,
        num_threads: int = 0,
        max_episode_steps: int | None = None,
        randomisation: Randomisation | None = None,
        model_path: Path | str = MODEL_PATH,
    ) -> None:
        """Create the environments.

        Args:
            num_envs: number of environments.
            num_threads: native threads; 0: one per processor.
            max_episode_steps: control steps after which an episode is truncated; None: never.
            randomisation: differences from the model; None: none.
            model_path: MJCF of an Ant.

        Raises:
            ValueError: if there are no environments or no steps.
        """
        if num_envs < 1 or (max_episode_steps is not None and max_episode_steps < 1):
            raise ValueError(f"num_envs is {num_envs} and max_episode_steps {max_episode_steps}; expected at least 1")
        self.num_envs = num_envs
        self.single_observation_space = gym.spaces.Box(-np.inf, np.inf, (OBSERVATION_SIZE,), np.float64)
        self.single_action_space: gym.Space[Any] = gym.spaces.Box(-1.0, 1.0, (MOVES.shape[1],), np.float32)
        self._make_spaces()
        self._robots = AntBatch(num_envs, num_threads, randomisation=randomisation, model_path=model_path)
        self._max_steps = max_episode_steps
        self._steps: NDArray[np.int64] = np.zeros(num_envs, dtype=np.int64)
        self._rngs = [np.random.default_rng() for _ in range(num_envs)]

    def _make_spaces(self) -> None:
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, dict[str, Any]]:
        """Start episodes; returns observations (num_envs, 27) and infos.

        There is a seed for each environment, where None continues its generator; a number s seeds environment i with
        s + i.

        Raises:
            ValueError: for another number of seeds.
        """
        if seed is None or isinstance(seed, int | np.integer):
            seeds = [None if seed is None else int(seed) + i for i in range(self.num_envs)]
        else:
            seeds = list(seed)
        if len(seeds) != self.num_envs:
            raise ValueError(f"{len(seeds)} seeds for {self.num_envs} environments; expected one each")
        for env, env_seed in enumerate(seeds):
            if env_seed is not None:
                self._rngs[env] = np.random.default_rng(env_seed)
            self._restart(env)
        return self._robots.observe(), {"torso_height": self._robots.heights()}

    def step(self, actions: Any) -> tuple[Observations, NDArray[Any], Bools, Bools, dict[str, Any]]:
        """Apply actions (num_envs, 8) for one control period; returns observations, rewards, ends and infos.

        Raises:
            ValueError: if an action is not finite or the shape is wrong.
        """
        self._robots.step(actions)
        self._steps += 1
        states = self._robots.states()
        rewards, terminated = self.judge(states)
        truncated = self._steps == self._max_steps if self._max_steps else np.zeros(self.num_envs, dtype=np.bool_)
        infos: dict[str, Any] = {"torso_height": states[:, 0].copy(), self.reward_name: rewards}
        observations = self._robots.distort(states)
        done = terminated | truncated
        if done.any():
            infos = self._restart_all(done, observations, infos)
            observations = self._robots.observe()
        return observations, rewards, terminated, truncated, infos

    def judge(self, states: Observations) -> tuple[NDArray[Any], Bools]:
        """Rewards (num_envs,) of a control step, and which episodes end, for the states (num_envs, 27) at its end."""
        heights = states[:, 0]
        return height_rewards(heights), heights < FALL_HEIGHT

    def _restart_all(self, done: Bools, observations: Observations, infos: dict[str, Any]) -> dict[str, Any]:
        """Start the next episodes; returns infos as of Gymnasium's SyncVectorEnv."""
        final_obs = np.full(self.num_envs, None, dtype=object)
        for env in np.flatnonzero(done):
            final_obs[env] = observations[env]
            self._restart(int(env))
        final_info = {name: np.where(done, values, 0.0) for name, values in infos.items()}
        final_info |= {f"_{name}": done.copy() for name in infos}
        return {
            "torso_height": self._robots.heights(),
            "_torso_height": np.ones(self.num_envs, dtype=np.bool_),
            self.reward_name: np.where(done, 0.0, infos[self.reward_name]),
            f"_{self.reward_name}": ~done,
            "final_obs": final_obs,
            "_final_obs": done,
            "final_info": final_info,
            "_final_info": done,
        }

    def _restart(self, env: int) -> None:
        self._steps[env] = 0
        self._robots.reset(env, self._rngs[env])

    def state(self) -> dict[str, Any]:
        """Snapshot for a checkpoint: arrays and plain values."""
        return {
            "physics": self._robots.state(),
            "randomisation": self._robots.randomisation_state(),
            "steps": self._steps.copy(),
            "generators": [rng.bit_generator.state for rng in self._rngs],
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a snapshot.

        Raises:
            ValueError: if it is of another number of environments.
        """
        self._robots.set_randomisation_state(state["randomisation"])
        self._robots.set_state(state["physics"])
        self._steps[:] = state["steps"]
        for rng, generator in zip(self._rngs, state["generators"], strict=True):
            rng.bit_generator.state = generator


class DiscreteAntVectorEnv(CustomAntVectorEnv):
    """The same with 5 moves (`ant_sim.envs.single.MOVES`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Create the environments; arguments as `CustomAntVectorEnv`."""
        super().__init__(*args, **kwargs)
        self.single_action_space = gym.spaces.Discrete(len(MOVES))
        self._make_spaces()

    def step(self, actions: Any) -> tuple[Observations, NDArray[Any], Bools, Bools, dict[str, Any]]:
        """Apply moves (num_envs,) of 0 to 4 for one control period.

        Raises:
            ValueError: if there is no such move.
        """
        if not self.action_space.contains(np.asarray(actions, dtype=np.int64)):
            raise ValueError(f"moves {actions} have an unknown one; expected {self.num_envs} of 0 to {len(MOVES) - 1}")
        return super().step(MOVES[np.asarray(actions)])
