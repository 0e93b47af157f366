"""Vectorised walk environments on native threads."""

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ant_policy.card.observation import entries
from ant_policy.observation.reading import TermReader
from ant_policy.observation.samples import ImuSample, JointSample
from ant_policy.observation.terms import CMD_VEL, IMU, JOINT_STATES, MEMORY, Memory
from ant_policy.tasks.walk.batch import WalkBatch
from ant_policy.tasks.walk.commands import draw_uniform
from ant_policy.tasks.walk.contract import ACTION_SCALE, GAIT_PERIOD, NOISE, TERMS
from ant_policy.tasks.walk.reward import Transition, fallen, linear_error, rewards_of, yaw_error
from ant_policy.tasks.walk.robot import CONTROL_PERIOD, HOME, JOINTS, RobotState
from ant_sim.envs.native import Bools, NativeVectorEnv
from ant_sim.physics.randomisation import Randomisation

Floats = NDArray[np.float64]

EPISODE_STEPS = 1000
"""Control steps of an episode, 20 s."""
COMMAND_INTERVAL = 5.0
"""Time until the next command is drawn [s]."""
METRICS = {"velocity error [m/s]": "linear_error", "yaw rate error [rad/s]": "yaw_error"}
"""Infos whose means tell how well a policy follows commands, by the words for them."""
_NOISE: Floats = np.repeat(
    [NOISE.get(term.name, 0.0) for term in TERMS], [len(entries(term.name, JOINTS, JOINTS)) for term in TERMS]
)


class WalkVectorEnv(NativeVectorEnv):
    """`num_envs` quadrupeds with a velocity command each.

    `infos` always hold the errors `linear_error` [m/s] and `yaw_error` [rad/s] of the step, each (num_envs,).

    Attributes:
        robots: the batch.
        commands: (num_envs, 3) present commands.
    """

    metadata = NativeVectorEnv.metadata | {"metrics": METRICS}

    def __init__(
        self,
        num_envs: int,
        num_threads: int = 0,
        max_episode_steps: int = EPISODE_STEPS,
        randomisation: Randomisation | None = None,
        command_interval: float = COMMAND_INTERVAL,
        draw_commands: Callable[[np.random.Generator, int], Floats] = draw_uniform,
        robots_per_draw: int = 1,
    ) -> None:
        """Create the environments.

        Args:
            num_envs: number of environments.
            num_threads: native threads; 0: one per processor.
            max_episode_steps: control steps after which an episode is truncated.
            randomisation: differences from the model; None: none.
            command_interval: time until the next command is drawn [s].
            draw_commands: draws a number of commands (n, 3) with a generator.
            robots_per_draw: number of neighbouring environments with the same resets, commands and disturbances, so
                that policies that act in one each are compared fairly.

        Raises:
            ValueError: if there are no environments or no steps.
        """
        observation_space = gym.spaces.Box(-np.inf, np.inf, (len(_NOISE),), np.float64)
        action_space = gym.spaces.Box(-1.0, 1.0, (len(HOME),), np.float32)
        super().__init__(num_envs, max_episode_steps, observation_space, action_space)
        self.robots = WalkBatch(num_envs, num_threads, randomisation, robots_per_draw)
        self._interval = round(command_interval / CONTROL_PERIOD)
        self._draw_commands = draw_commands
        self._reader = TermReader(TERMS, JOINTS, JOINTS)
        self._rng = np.random.default_rng()
        self.commands: Floats = np.zeros((num_envs, 3))
        self._actions: Floats = np.zeros((num_envs, len(HOME)))
        self._next_command: NDArray[np.int64] = np.zeros(num_envs, dtype=np.int64)
        self._state: RobotState = self.robots.robot_state()

    def _seed(self, seed: Any) -> None:
        """Seed the only generator, on which all draws depend; None continues."""
        if seed is not None:
            self._rng = np.random.default_rng(seed)

    def _advance(self, actions: Any) -> tuple[Floats, NDArray[Any], Bools, dict[str, Any]]:
        actions = np.clip(np.asarray(actions, dtype=np.float64), -1.0, 1.0)
        targets = HOME + ACTION_SCALE * actions
        self.robots.step(targets, self._rng)
        self._steps += 1
        before, self._state = self._state, self.robots.robot_state()
        transition = Transition(before, self._state, actions, self._actions, targets, self.commands, self._steps)
        rewards, infos = rewards_of(transition), self._reset_infos()
        self._actions, terminated = actions, fallen(self._state)
        self._renew_commands(np.flatnonzero(self._steps >= self._next_command))
        return self._observe(), rewards, terminated, infos

    def _reset_infos(self) -> dict[str, Any]:
        return {
            "linear_error": linear_error(self._state, self.commands),
            "yaw_error": yaw_error(self._state, self.commands),
        }

    def _renew_commands(self, envs: NDArray[np.int64]) -> None:
        if not len(envs):
            return
        group = self.robots.group[envs]
        self.commands[envs] = self._draw_commands(self._rng, self.num_envs)[group]
        self._next_command[envs] = self._steps[envs] + self._interval

    def _restart(self, envs: NDArray[np.int64]) -> None:
        self.robots.reset(envs, self._rng)
        self._steps[envs] = 0
        self._actions[envs] = 0.0
        self._renew_commands(envs)
        self._state = self.robots.robot_state()

    def _observe(self) -> Floats:
        """Observations (num_envs, 47), with the errors of the sensors."""
        state = self._state
        positions = state.joint_positions + self.robots.randomiser.zero_offset
        samples = {
            IMU: ImuSample(0, tuple(state.quaternion.T), tuple(state.angular_velocity.T)),
            JOINT_STATES: JointSample(0, JOINTS, list(positions.T), list(state.joint_velocities.T)),
            MEMORY: Memory(list(self._actions.T), CONTROL_PERIOD * self._steps, GAIT_PERIOD),
            CMD_VEL: self.commands.T,
        }
        values = self._reader.read(samples)
        if noise := self.robots.randomiser.randomisation.observation_noise:
            draws = self._rng.standard_normal(values.shape)
            values += noise * _NOISE * draws[self.robots.group]
        return self._reader.scaled(values)
