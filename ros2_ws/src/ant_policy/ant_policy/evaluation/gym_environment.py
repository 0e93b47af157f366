"""Any registered environment of Gymnasium, as of `--env`, with the card that its policies get."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from ant_policy.card.card import CARD_VERSION, Card, read_card
from ant_policy.card.fields import Field
from ant_policy.card.makers.gym_env import inspect_env, make_env
from ant_policy.card.makers.sb3_zip import draft_of_zip
from ant_policy.card.parts import Model
from ant_policy.errors import CardError, PolicyError
from ant_policy.evaluation.declared_env import DeclaredVectorEnv, make_in_turn, why_in_turn
from ant_policy.evaluation.env_check import check_env
from ant_policy.evaluation.zip_policy import ZipPolicy
from ant_policy.policies.formats.sb3_data import DQN, SAC, Sb3Data
from ant_policy.policies.loading import load_policy
from ant_policy.tasks.jump.adapter import Act, PolicyAdapter
from ant_policy.tasks.jump.default_card import POLICIES

MAX_STEPS = 1000


class GymEnvironment:
    """An environment by its id.

    Attributes:
        name: the id.
        max_steps: control steps of an evaluation's episode at most.
        observation_size: number of values of an observation.
        actions: space of its actions.
        model: file of its robot; None if it does not say.
        unknown: why it has no card; empty if it has one.
        in_turn: why its copies step one after the other; empty if they do not.
        card_options: of `python -m ant_policy.card`, for what the environment says.
        training_options: keyword arguments of the environments that PGPE trains on, which the environment declares.
    """

    def __init__(self, name: str) -> None:
        """Make it once, to see what it is.

        Args:
            name: id, or `module:id` for one that a module registers.

        Raises:
            PolicyError: it cannot be made, or has spaces that cannot be trained on.
        """
        self.name = name
        env = make_env(name)
        try:
            self.observation_size = _observation_size(name, env.observation_space)
            self.actions: Any = env.action_space
            _check_actions(name, self.actions)
            assert env.spec is not None
            self.max_steps = min(env.spec.max_episode_steps or MAX_STEPS, MAX_STEPS)
            self._is_native = env.spec.vector_entry_point is not None
            self.training_options: dict[str, Any] = getattr(env.unwrapped, "training_options", {})
            path = _model_path(env.unwrapped)
            self.model = None if path is None else Model(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
            self.unknown, self.card_options, self._card = "", "", None
            try:
                self._card = self._read_card(env, path)
            except PolicyError as error:
                text = str(error).removeprefix(f"environment {name}: ")
                self.unknown = f"environment {name} does not say all that a card needs: {text}"
            why = "" if self._is_native else why_in_turn(name, env.unwrapped, self._card)
            self.in_turn = why and f"environment {name}: its copies step one after the other, as {why}"
        finally:
            env.close()

    @property
    def is_discrete(self) -> bool:
        """True if actions are numbers of moves."""
        return isinstance(self.actions, gym.spaces.Discrete)

    @property
    def has_pairs(self) -> bool:
        """True if neighbours in training share their episodes two by two."""
        return self.training_options.get("robots_per_draw") == 2

    def _read_card(self, env: Any, path: Path | None) -> Card:
        base, kind = env.unwrapped, DQN if self.is_discrete else SAC
        facts = inspect_env(env, self.observation_size)
        self.card_options = f"--env {self.name} "
        low, high = facts.bounds or (None, None)
        n_out = int(self.actions.n) if self.is_discrete else len(self.actions.low)
        data = Sb3Data(kind, "relu", (), self.observation_size, n_out, low, high, 0.0 if self.is_discrete else None)
        draft = draft_of_zip(Path(self.name), data, facts, {})
        draft.data = {"robot": self.name.rpartition(":")[2]} | draft.data
        if "base_link" not in draft.data:
            draft.data["base_link"] = _fixed_base(base)
        draft.data["policy"]["file"] = "policy.npz"
        draft.data["action"] |= getattr(base, "action_terms", {})
        if fields := draft.open_fields():
            raise CardError(f"open are {', '.join(fields)}")
        card = read_card(Field({"card_version": CARD_VERSION, **draft.data}, "", f"environment {self.name}"))
        if card.observation_size != self.observation_size:
            raise CardError(
                f"its observation has {self.observation_size} values, its observation_terms {card.observation_size}: "
                f"{card.term_sizes}"
            )
        check_env(env, card, facts.card["action"]["scale"], path)
        return card

    def make(
        self,
        num_envs: int,
        *,
        is_discrete: bool = False,
        max_steps: int | None = None,
        is_training: bool = False,
        num_threads: int = 0,
        **_: Any,
    ) -> Any:
        """Make vector environments that restart in the same step: the environment's own, ours, or Gymnasium's.

        Those of a training get `training_options`; `num_threads` is for ours, 0: one per processor.

        Raises:
            PolicyError: it has other actions than asked for, or they cannot be made.
        """
        if is_discrete is not self.is_discrete:
            expected = "numbers of moves" if is_discrete else "continuous actions"
            raise PolicyError(f"environment {self.name}: expected {expected} for this algorithm, found {self.actions}")
        steps = min(max_steps or MAX_STEPS, self.max_steps)
        options = self.training_options if is_training else {}
        try:
            if self._is_native:
                envs = gym.make_vec(self.name, num_envs, max_episode_steps=steps, **options)
                if envs.metadata.get("autoreset_mode") is AutoresetMode.SAME_STEP:
                    return envs
                envs.close()
            elif self._card is not None and not self.in_turn:
                return DeclaredVectorEnv(make_env(self.name).unwrapped, self._card, num_envs, num_threads, steps)
            return make_in_turn(self.name, num_envs, steps, **options)
        except Exception as error:  # A user's environment may raise anything.
            raise PolicyError(
                f"environment {self.name}: cannot be vectorised: {type(error).__name__}: {str(error)[:300]}"
            ) from error

    def card(self, algorithm: str) -> Card | None:
        """Card of an algorithm's policies; None where `unknown` says why there is none."""
        return self._card and replace(self._card, policy=replace(POLICIES[algorithm], file="policy.npz"))

    def load(self, source: str | Path, *, deterministic: bool = True, seed: int = 0) -> Any:
        """Load a policy; without a card of the environment, that of the SB3 zip in a run's folder.

        Raises:
            PolicyError: there is none, or it is refused.
        """
        zip_path = Path(source) / "policy.zip"
        if self._card is None and zip_path.is_file():
            return ZipPolicy(zip_path)
        return load_policy(source, deterministic=deterministic, seed=seed)

    def adapt(self, policy: Any) -> Act:
        """Function of a policy from observations (n, n_observation) to actions of the environment.

        Raises:
            PolicyError: the policy is for another environment.
        """
        if isinstance(policy, ZipPolicy):
            return lambda observations: self.scaled(np.array([policy.act(each) for each in observations]))
        if self._card is None:
            raise PolicyError(self.unknown)
        adapted = PolicyAdapter(policy, self._card)
        if self.is_discrete:
            moves = np.array(self._card.action.moves)
            return lambda observations: (adapted.act(observations)[:, None] == moves).all(axis=-1).argmax(axis=-1)
        low, high, dtype = self.actions.low, self.actions.high, self.actions.dtype
        return lambda observations: np.clip(self.scaled(adapted.act(observations)), low, high).astype(dtype)

    def poses(self, act: Act, seed: int, seconds: float) -> tuple[NDArray[np.float64], float, Path]:
        """Positions (n, nq) at the control instants of an episode; also the control period [s] and the model.

        Raises:
            PolicyError: it is not MuJoCo's.
        """
        env: Any = make_env(self.name)
        base = env.unwrapped
        if not all(hasattr(base, name) for name in ("data", "dt", "fullpath")):
            raise PolicyError(f"environment {self.name}: expected MuJoCo's data, dt and fullpath for a video")
        observation, _ = env.reset(seed=seed)
        poses, ended = [base.data.qpos.copy()], False
        while not ended and len(poses) * base.dt < seconds:
            observation, _, terminated, truncated, _ = env.step(act(observation[None])[0])
            ended = terminated or truncated
            poses.append(base.data.qpos.copy())
        return np.array(poses), base.dt, Path(base.fullpath)

    def scaled(self, actions: NDArray[Any]) -> NDArray[Any]:
        """Actions of the environment for actions (n, n_action) in [-1, 1], or numbers of moves (n,) as they are."""
        if self.is_discrete:
            return actions
        low, high = self.actions.low, self.actions.high
        if (low == -1.0).all() and (high == 1.0).all():
            return actions  # without a rounding error
        controls: NDArray[Any] = low + 0.5 * (actions + 1.0) * (high - low)
        return controls


def _observation_size(name: str, space: Any) -> int:
    if not isinstance(space, gym.spaces.Box) or len(space.shape) != 1:
        raise PolicyError(
            f"environment {name}: expected observations (n,), found {space}; wrap it in Gymnasium's FlattenObservation"
        )
    return int(space.shape[0])


def _check_actions(name: str, space: Any) -> None:
    is_box = isinstance(space, gym.spaces.Box) and len(space.shape) == 1 and space.is_bounded()
    if not is_box and not (isinstance(space, gym.spaces.Discrete) and space.start == 0):
        raise PolicyError(
            f"environment {name}: expected bounded actions (n,), or numbers of moves from 0 on, found {space}"
        )


def _model_path(base: Any) -> Path | None:
    """MJCF file of an environment: Gymnasium's MuJoCo environments have `fullpath`, ours a simulator."""
    robot = getattr(getattr(base, "simulator", None), "robot", None)
    path = getattr(base, "fullpath", None) or getattr(robot, "path", None)
    return Path(path) if path is not None and Path(path).is_file() else None


def _fixed_base(base: Any) -> str:
    """Name that the simulator gives to the base of a robot without a free joint."""
    model = base.model if hasattr(base, "model") else base.simulator.model
    root = model.body_rootid[model.jnt_bodyid[0]]
    return model.body(0 if model.body_jntnum[root] else root).name or "base_link"
