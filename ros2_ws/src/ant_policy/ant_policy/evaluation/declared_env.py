"""Native vector form of a MuJoCo environment that declares model, observation terms, action and a batched reward."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import mujoco
import numpy as np
from gymnasium.vector import AutoresetMode
from mujoco.batch import Batch
from numpy.typing import NDArray

from ant_policy.card.card import Card
from ant_policy.card.makers.mujoco_model import FREE, joints_of, read_actuators
from ant_policy.evaluation.env_check import TOLERANCE, command_of, units_of
from ant_policy.observation.reading import TermReader
from ant_policy.observation.samples import BaseSample, ImuSample, JointSample
from ant_policy.observation.terms import IMU, JOINT_STATES, MEMORY, ODOM, Memory
from ant_sim.envs.native import Bools, Floats, NativeVectorEnv
from ant_sim.physics.frames import rotation_matrix, to_body

COMPARED_STEPS = 25
"""Control steps of an episode of the comparison with the single environment, which has two."""


class DeclaredVectorEnv(NativeVectorEnv):
    """Copies of an environment, which resets each of them itself; its `batch_reward` judges all at once.

    `batch_reward(before, after, actions)` gets `qpos` (n, nq) and `qvel` (n, nv) before a control step, MuJoCo's batch
    after it, whose fields are those of `MjData` with a first axis n, and actions (n, n_action). It returns rewards and
    ends, (n,) or one for all, and, if the environment has metrics, a dictionary of infos (n,).
    """

    def __init__(self, env: Any, card: Card, num_envs: int, num_threads: int, max_episode_steps: int | None) -> None:
        """Create the copies.

        Args:
            env: an unwrapped environment for these copies alone.
            card: of its policies.
            num_envs: number of environments.
            num_threads: native threads; 0: one per processor.
            max_episode_steps: control steps after which an episode is truncated; None: never.

        Raises:
            ValueError: if it has a term of the past or of `cmd_vel`, or one of a base without a free joint.
        """
        super().__init__(num_envs, max_episode_steps, env.observation_space, env.action_space)
        model, terms, names = env.model, card.observation.terms, card.joints.names
        self.metadata = self.metadata | {"metrics": env.metadata.get("metrics", {})}
        self._env, self._action, self._period = env, card.action, card.control_period
        self._batch = Batch(model, num_envs, num_threads)
        self._frame_skip = round(card.control_period / model.opt.timestep)
        self._free = joints_of(model, FREE)
        known = {JOINT_STATES, MEMORY, *((ODOM, IMU) if self._free else ())}
        for term in terms:
            if term.topic not in known or card.observation.has_history:
                raise ValueError(f"expected terms of {', '.join(sorted(known))} without a history, found {term.name}")
        self._positions = [int(model.joint(name).qposadr[0]) for name in names]
        self._velocities = [int(model.joint(name).dofadr[0]) for name in names]
        self._gait_period = next((term.period for term in terms if term.period), 1.0)
        self._gains: dict[str, float] = read_actuators(model, card.robot)["scale"]
        self._reader = TermReader(terms, names, card.action.joints)
        self._last_units: Floats = np.zeros((num_envs, card.action_size))
        with np.errstate(all="ignore"):  # What it reads of the batch is from then on up to date after a step.
            env.batch_reward(self._batch, self._batch, np.zeros_like(self.action_space.sample()))

    def _advance(self, actions: Any) -> tuple[Floats, NDArray[Any], Bools, dict[str, Any]]:
        batch, actions = self._batch, np.asarray(actions)
        before = SimpleNamespace(qpos=batch.qpos.copy(), qvel=batch.qvel.copy())
        self._last_units = units_of(self._action, self.single_action_space, actions)
        batch.ctrl = self._controls(actions)
        batch.step(nstep=self._frame_skip)
        self._steps += 1
        rewards, terminated, *infos = self._env.batch_reward(before, batch, actions)
        named = {name: self._each(values, float) for name, values in dict(*infos).items()}
        return self._observe(), self._each(rewards, float), self._each(terminated, bool), named

    def _each(self, values: Any, dtype: type) -> NDArray[Any]:
        """Copy (num_envs,), as what a reward reads of the batch is live."""
        return np.broadcast_to(np.asarray(values, dtype), (self.num_envs,)).copy()

    def _controls(self, actions: NDArray[Any]) -> NDArray[Any]:
        """Controls (num_envs, nu)."""
        if self._action.moves is None and not hasattr(self._env, "action_terms"):
            return actions  # without a rounding error
        controls = np.zeros((self.num_envs, len(self._gains)))
        for column, (name, gain) in enumerate(self._gains.items()):
            units = self._last_units[:, self._action.joints.index(name)]
            controls[:, column] = command_of(self._action, name, units) / gain
        return controls

    def _restart(self, envs: NDArray[np.int64]) -> None:
        env, state = self._env, mujoco.mjtState.mjSTATE_INTEGRATION
        for index in envs:
            env.np_random = self.rngs[index]
            env.reset()
            mujoco.mj_getState(env.model, env.data, self._batch.state[index], state)
        self._steps[envs] = 0
        self._last_units[envs] = 0.0

    def _observe(self) -> Floats:
        qpos, qvel = self._batch.qpos, self._batch.qvel
        samples: dict[str, Any] = {
            JOINT_STATES: JointSample(0, (), list(qpos[:, self._positions].T), list(qvel[:, self._velocities].T)),
            MEMORY: Memory(list(self._last_units.T), self._period * self._steps, self._gait_period),
        }
        for joint in self._free:
            q, v = self._env.model.jnt_qposadr[joint], self._env.model.jnt_dofadr[joint]
            quaternion, turning = tuple(qpos[:, q + 3 : q + 7].T), tuple(qvel[:, v + 3 : v + 6].T)
            velocity: Any = to_body(rotation_matrix(quaternion), qvel[:, v : v + 3].T)
            samples[ODOM] = BaseSample(0, qpos[:, q + 2], quaternion, velocity, turning)
            samples[IMU] = ImuSample(0, quaternion, turning)
        values = self._reader.scaled(self._reader.read(samples))
        return values.astype(self.single_observation_space.dtype)


def make_in_turn(name: str, num_envs: int, max_steps: int, **options: Any) -> Any:
    """Gymnasium's own vector form, which steps one after the other and restarts in the same step."""
    same_step = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec(name, num_envs, "sync", vector_kwargs=same_step, max_episode_steps=max_steps, **options)


def why_in_turn(name: str, base: Any, card: Card | None) -> str:
    """Reason for no native vector form: what is not declared, or what differs in a few random steps; empty if none."""
    if not hasattr(base, "batch_reward"):
        return "it declares no batch_reward"
    if card is None:
        return "it does not say all that a card needs"
    if getattr(base, "training_options", None):
        return "it has training_options"
    try:
        native, single = DeclaredVectorEnv(base, card, 2, 1, COMPARED_STEPS), make_in_turn(name, 2, COMPARED_STEPS)
        return _difference(native, single)
    except Exception as error:  # A user's environment may raise anything.
        return f"its native form is refused: {type(error).__name__}: {str(error)[:300]}"


def _difference(native: DeclaredVectorEnv, single: Any) -> str:
    metrics = native.metadata["metrics"].values()
    names = ("observations", "rewards", "terminated", "truncated", *metrics)
    native.action_space.seed(0)
    results = [envs.reset(seed=0)[:1] for envs in (native, single)]
    for step in range(2 * COMPARED_STEPS + 1):
        if native.rngs[0].bit_generator.state != single.envs[0].unwrapped.np_random.bit_generator.state:
            return "its step draws random numbers"
        for name, *pair in zip(names, *results, strict=False):
            found, expected = np.broadcast_arrays(*pair)
            for place in map(tuple, np.argwhere(~np.isclose(found, expected, TOLERANCE, TOLERANCE))):
                values = f"{found[place]:.6g} in its native form, {expected[place]:.6g} in its own"
                return f"number {place[-1]} of {name} is {values}, after {step} control steps"
        actions = native.action_space.sample()
        results = [
            (*values, *_infos(metrics, infos)) for *values, infos in (native.step(actions), single.step(actions))
        ]
    return ""


def _infos(names: Iterable[str], infos: dict[str, Any]) -> list[Any]:
    """Infos of a step in which no episode ends; not a number where there is none of that name."""
    return [] if "final_obs" in infos else [infos.get(name, np.nan) for name in names]
