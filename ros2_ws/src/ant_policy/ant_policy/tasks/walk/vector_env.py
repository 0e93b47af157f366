"""Vectorised walk environments on native threads."""

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ant_policy.tasks.walk.batch import WalkBatch
from ant_policy.tasks.walk.commands import draw_for_training
from ant_policy.tasks.walk.randomisation import Randomisation
from ant_policy.tasks.walk.reward import Transition, Weights, fallen, linear_error, yaw_error
from ant_policy.tasks.walk.robot import CONTROL_PERIOD, HOME, RobotState
from ant_policy.tasks.walk.terms import NOISE, OBSERVATION_SIZE, Measurement, observe

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ACTION_SCALE: Floats = np.tile([0.25, 0.4, 0.4], 4)
"""Joint targets [rad] are `HOME` + `ACTION_SCALE` x action."""
EPISODE_STEPS = 1000
"""Control steps of an episode, 20 s."""


class WalkVectorEnv(VectorEnv[Floats, Any, NDArray[Any]]):
    """`num_envs` quadrupeds with a velocity command each.

    Episodes restart within the step that ends them (`AutoresetMode.SAME_STEP`); `infos["final_obs"]` then holds the
    last observations (num_envs, 47). `infos` always hold the errors `linear_error` [m/s] and `yaw_error` [rad/s] of the
    step, each (num_envs,).

    Attributes:
        robots: the batch.
        commands: (num_envs, 3) present commands.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 (as Gymnasium declares it)
        "render_modes": [],
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        num_envs: int,
        num_threads: int = 0,
        max_episode_steps: int = EPISODE_STEPS,
        randomisation: Randomisation | None = None,
        weights: Weights | None = None,
        command_interval: tuple[float, float] = (2.0, 8.0),
        draw_commands: Callable[[np.random.Generator, int], Floats] = draw_for_training,
        robots_per_draw: int = 1,
    ) -> None:
        """Create the environments.

        Args:
            num_envs: number of environments.
            num_threads: native threads; 0: one per processor.
            max_episode_steps: control steps after which an episode is truncated.
            randomisation: differences from the model; None: none.
            weights: of the reward's terms.
            command_interval: range of the time until the next command is drawn [s].
            draw_commands: draws a number of commands (n, 3) with a generator.
            robots_per_draw: number of neighbouring environments with the same resets, commands and disturbances, so
                that policies that act in one each are compared fairly.

        Raises:
            ValueError: if there are no environments or no steps.
        """
        if num_envs < 1 or max_episode_steps < 1:
            raise ValueError(f"num_envs is {num_envs} and max_episode_steps {max_episode_steps}; expected at least 1")
        self.num_envs = num_envs
        self.single_observation_space = gym.spaces.Box(-np.inf, np.inf, (OBSERVATION_SIZE,), np.float64)
        self.single_action_space: gym.Space[Any] = gym.spaces.Box(-1.0, 1.0, (len(HOME),), np.float32)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.robots = WalkBatch(num_envs, num_threads, randomisation, robots_per_draw)
        self.weights = weights or Weights()
        self._max_steps = max_episode_steps
        self._interval = command_interval
        self._draw_commands = draw_commands
        self._rng = np.random.default_rng()
        self.commands: Floats = np.zeros((num_envs, 3))
        self._actions: Floats = np.zeros((num_envs, len(HOME)))
        self._steps: NDArray[np.int64] = np.zeros(num_envs, dtype=np.int64)
        self._next_command: NDArray[np.int64] = np.zeros(num_envs, dtype=np.int64)
        self._state: RobotState = self.robots.robot_state()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Floats, dict[str, Any]]:
        """Start episodes.

        Args:
            seed: of the only generator, on which all draws depend; None continues.
            options: unused.

        Returns:
            Observations (num_envs, 47) and infos.
        """
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self._restart(np.arange(self.num_envs))
        self._state = self.robots.robot_state()
        return self._observe(), self._infos()

    def step(self, actions: Any) -> tuple[Floats, NDArray[Any], Bools, Bools, dict[str, Any]]:
        """Apply actions (num_envs, 12) for a control period; returns observations, rewards, ends and infos.

        Raises:
            ValueError: if an action is not finite or the shape is wrong.
        """
        actions = np.clip(np.asarray(actions, dtype=np.float64), -1.0, 1.0)
        targets = HOME + ACTION_SCALE * actions
        self.robots.step(targets, self._rng)
        self._steps += 1
        before, self._state = self._state, self.robots.robot_state()
        transition = Transition(before, self._state, actions, self._actions, targets, self.commands, self._steps)
        rewards = self.weights.rewards(transition)
        self._actions = actions
        infos = self._infos()
        terminated, truncated = fallen(self._state), self._steps >= self._max_steps
        self._renew_commands(np.flatnonzero(self._steps >= self._next_command))
        observations = self._observe()
        done = np.flatnonzero(terminated | truncated)
        if len(done):
            infos["final_obs"] = observations
            self._restart(done)
            self._state = self.robots.robot_state()
            observations = self._observe()
        return observations, rewards, terminated, truncated, infos

    def _infos(self) -> dict[str, Any]:
        return {
            "linear_error": linear_error(self._state, self.commands),
            "yaw_error": yaw_error(self._state, self.commands),
        }

    def _renew_commands(self, envs: NDArray[np.int64]) -> None:
        if not len(envs):
            return
        group = self.robots.group[envs]
        self.commands[envs] = self._draw_commands(self._rng, self.num_envs)[group]
        low, high = (round(seconds / CONTROL_PERIOD) for seconds in self._interval)
        self._next_command[envs] = self._steps[envs] + self._rng.integers(low, high + 1, self.num_envs)[group]

    def _restart(self, envs: NDArray[np.int64]) -> None:
        self.robots.reset(envs, self._rng)
        self._steps[envs] = 0
        self._actions = self._actions.copy()
        self._actions[envs] = 0.0
        self.commands = self.commands.copy()
        self._renew_commands(envs)

    def _observe(self) -> Floats:
        observations = observe(Measurement(self._state, self._actions, self.commands, self._steps))
        observations[:, 6:18] += self.robots.zero_offset()
        noise = self.robots.randomisation.noise
        if noise:
            draws = self._rng.standard_normal((self.num_envs, OBSERVATION_SIZE))
            observations += noise * NOISE * draws[self.robots.group]
        return observations

    def state(self) -> dict[str, Any]:
        """Snapshot for a checkpoint: arrays and plain values."""
        arrays = {name: getattr(self, name).copy() for name in ("commands", "_actions", "_steps", "_next_command")}
        return {"robots": self.robots.state(), "generator": self._rng.bit_generator.state, "arrays": arrays}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a snapshot.

        Raises:
            ValueError: if it is of another number of environments.
        """
        self.robots.set_state(state["robots"])
        self._rng.bit_generator.state = state["generator"]
        for name, values in state["arrays"].items():
            setattr(self, name, values.copy())
        self._state = self.robots.robot_state()

    def close_extras(self, **kwargs: Any) -> None:
        """Nothing to close."""
