"""Vectorised environments on native threads: `gym.make_vec("CustomAntEnv-v1", num_envs=64)`."""

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ant_sim.envs.native import Bools, NativeVectorEnv
from ant_sim.envs.single import MOVES, OBSERVATION_SIZE
from ant_sim.physics.batch import AntBatch
from ant_sim.physics.randomisation import Randomisation
from ant_sim.physics.simulator import MODEL_PATH
from ant_sim.tasks.jump import FALL_HEIGHT, height_rewards

Observations = NDArray[np.float64]


class CustomAntVectorEnv(NativeVectorEnv):
    """`num_envs` jumping Ants; each has the single environment's trajectory for the same seed and actions.

    Where an episode ends, `infos["final_obs"]` and `infos["final_info"]` hold the last observations (27,) and infos. A
    subclass may have another `judge`.
    """

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
        observation_space = gym.spaces.Box(-np.inf, np.inf, (OBSERVATION_SIZE,), np.float64)
        action_space = gym.spaces.Box(-1.0, 1.0, (MOVES.shape[1],), np.float32)
        super().__init__(num_envs, max_episode_steps, observation_space, action_space)
        self._robots = AntBatch(num_envs, num_threads, randomisation=randomisation, model_path=model_path)

    def _advance(self, actions: Any) -> tuple[Observations, NDArray[Any], Bools, dict[str, Any]]:
        self._robots.step(actions)
        self._steps += 1
        states = self._robots.states()
        rewards, terminated = self.judge(states)
        infos = {"torso_height": states[:, 0].copy(), self.reward_name: rewards}
        return self._robots.distort(states), rewards, terminated, infos

    def judge(self, states: Observations) -> tuple[NDArray[Any], Bools]:
        """Rewards (num_envs,) of a control step, and which episodes end, for the states (num_envs, 27) at its end."""
        heights = states[:, 0]
        return height_rewards(heights), heights < FALL_HEIGHT

    def _reset_infos(self) -> dict[str, Any]:
        return {"torso_height": self._robots.heights()}

    def _final_infos(self, infos: dict[str, Any], observations: Observations, done: Bools) -> dict[str, Any]:
        """Infos as of Gymnasium's SyncVectorEnv."""
        final_obs = np.full(self.num_envs, None, dtype=object)
        for env in np.flatnonzero(done):
            final_obs[env] = observations[env]
        started = self._reset_infos()
        final_info = {name: np.where(done, values, 0.0) for name, values in infos.items()}
        ends = {"final_obs": final_obs, "_final_obs": done, "final_info": final_info, "_final_info": done}
        ends |= {name: np.where(done, started.get(name, 0.0), values) for name, values in infos.items()}
        ends |= {f"_{name}": ~done | (name in started) for name in infos}
        final_info |= {f"_{name}": done.copy() for name in infos}
        return ends

    def _restart(self, envs: NDArray[np.int64]) -> None:
        self._steps[envs] = 0
        for env in envs:
            self._robots.reset(int(env), self.rngs[env])

    def _observe(self) -> Observations:
        return self._robots.observe()

    def state(self) -> dict[str, Any]:
        """Snapshot for a checkpoint: arrays and plain values."""
        return {
            "physics": self._robots.state(),
            "randomisation": self._robots.randomisation_state(),
            "steps": self._steps.copy(),
            "generators": [rng.bit_generator.state for rng in self.rngs],
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a snapshot.

        Raises:
            ValueError: if it is of another number of environments.
        """
        self._robots.set_randomisation_state(state["randomisation"])
        self._robots.set_state(state["physics"])
        self._steps[:] = state["steps"]
        for rng, generator in zip(self.rngs, state["generators"], strict=True):
            rng.bit_generator.state = generator


class DiscreteAntVectorEnv(CustomAntVectorEnv):
    """The same with 5 moves (`ant_sim.envs.single.MOVES`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Create the environments; arguments as `CustomAntVectorEnv`."""
        super().__init__(*args, **kwargs)
        self.single_action_space = gym.spaces.Discrete(len(MOVES))
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def step(self, actions: Any) -> tuple[Observations, NDArray[Any], Bools, Bools, dict[str, Any]]:
        """Apply moves (num_envs,) of 0 to 4 for one control period.

        Raises:
            ValueError: if there is no such move.
        """
        if not self.action_space.contains(np.asarray(actions, dtype=np.int64)):
            raise ValueError(f"moves {actions} have an unknown one; expected {self.num_envs} of 0 to {len(MOVES) - 1}")
        return super().step(MOVES[np.asarray(actions)])
