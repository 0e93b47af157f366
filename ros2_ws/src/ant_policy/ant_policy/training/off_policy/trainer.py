"""SAC and DQN by Stable-Baselines3, on many environments of the native batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import DQN, SAC
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, TensorBoardOutputFormat
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ant_policy.card.card import Card, default_card
from ant_policy.card.parts import Normalisation
from ant_policy.observation.features import feature_count, features_of
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.formats.sb3_file import load_sb3
from ant_policy.training.config import CLIP, DqnConfig, OffPolicyConfig, SacConfig, named_features
from ant_policy.training.off_policy.state import algorithm_state, restore_algorithm
from ant_policy.training.off_policy.symmetric_replay import SymmetricMovesReplayBuffer, SymmetricReplayBuffer
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.schedules import learning_rate, randomisation, shaping
from ant_policy.training.session import TrainingSession
from ant_sim.envs.sb3 import AntVecEnv
from ant_sim.envs.vector import CustomAntVectorEnv, DiscreteAntVectorEnv

OURS = ("replay_buffer_class", "replay_buffer_kwargs", "lr_schedule")
"""Attributes of a model that refer to this package: a saved zip needs Stable-Baselines3 alone."""


class Sb3Learner:
    """An SB3 algorithm as a training session sees it."""

    def __init__(
        self, model: SAC | DQN, features: str | None, ema_decay: float = 0.0, learning_rate: float = 3e-4
    ) -> None:
        """Wrap a model.

        Args:
            model: what learns; the policy is its network, or a moving average of it.
            features: what it learns on.
            ema_decay: decay of the moving average.
            learning_rate: at which somebody else goes on from the saved zip.
        """
        self._model = model
        self._features = features
        self._learning_rate = learning_rate
        self._part = "q_net" if isinstance(model, DQN) else "actor"
        self._average = AveragedModel(self._network, multi_avg_fn=get_ema_multi_avg_fn(ema_decay))
        self._normalise = model.get_vec_normalize_env()

    @property
    def _network(self) -> torch.nn.Module:
        network: torch.nn.Module = getattr(self._model.policy, self._part)
        return network

    def update_average(self) -> None:
        """Take the network as it is now into the average."""
        self._average.update_parameters(self._network)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Within the block the model's policy is the average."""
        learning = self._network
        setattr(self._model.policy, self._part, self._average.module)
        try:
            yield
        finally:
            setattr(self._model.policy, self._part, learning)

    def card(self) -> Card:
        """Card of the policy as it is now."""
        card = default_card(type(self._model).__name__.lower())
        assert card.network is not None
        hidden = tuple(self._model.policy_kwargs["net_arch"])
        rate = self._model.exploration_rate if isinstance(self._model, DQN) else None
        return replace(
            card,
            file="policy.npz",
            sb3_file="policy.zip",
            action=replace(card.action, exploration_rate=rate),
            network=replace(card.network, hidden=hidden),
            observation=replace(card.observation, features=self._features, normalisation=self._normalisation()),
        )

    def _normalisation(self) -> Normalisation | None:
        if self._normalise is None:
            return None
        running = self._normalise.obs_rms
        assert not isinstance(running, dict)
        std = np.sqrt(running.var + self._normalise.epsilon)
        return Normalisation(tuple(running.mean.tolist()), tuple(std.tolist()), self._normalise.clip_obs)

    def act(self, observations: NDArray[np.float32]) -> Any:
        """Deterministic actions of n environments for observations (n, 27)."""
        inputs = features_of(self._features, observations)
        if self._normalise is not None:
            inputs = self._normalise.normalize_obs(inputs)
        with self._averaged():
            return self._model.predict(inputs, deterministic=True)[0]

    def save(self, *files: Path) -> None:
        """Write the policy as it is now: an `.npz`, and the SB3 zip that it is made of."""
        file, sb3_file = files
        content = BytesIO()
        schedule, self._model.learning_rate = self._model.learning_rate, self._learning_rate
        try:
            with self._averaged():
                self._model.save(content, exclude=OURS)
        finally:
            self._model.learning_rate = schedule
        sb3_file.write_bytes(content.getbuffer())
        _, layers = load_sb3(sb3_file, feature_count(self._features))
        save_npz(file, layers)

    def state(self) -> dict[str, Any]:
        """All that the training goes on from."""
        return algorithm_state(self._model) | {"average": dict(self._average.state_dict())}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        restore_algorithm(self._model, state)
        self._average.load_state_dict({name: torch.as_tensor(array) for name, array in state["average"].items()})


class SessionCallback(BaseCallback):
    """Reports to the session before each step of the environments, when everything of the last one is stored."""

    def __init__(
        self, session: TrainingSession, learner: Sb3Learner, robots: AntVecEnv, config: OffPolicyConfig
    ) -> None:
        """Report to `session`, and charge `robots` what the configuration says for this part of the training."""
        super().__init__()
        self._session, self._learner = session, learner
        self._robots, self._config = robots, config
        self._goes_on = True

    def _on_training_start(self) -> None:
        self._averaged_at = self.num_timesteps

    def _on_rollout_start(self) -> None:
        self._advance()

    def _on_step(self) -> bool:
        # SB3 takes a wish to end only here, one step after the state was saved.
        return self._goes_on

    def _on_training_end(self) -> None:
        if self._goes_on:
            self._advance()

    def _advance(self) -> None:
        # A resumed training begins where the average was up to date.
        if self.num_timesteps > self._averaged_at:
            self._averaged_at = self.num_timesteps
            self._learner.update_average()
        self._robots.shaping = shaping(self._config, self.num_timesteps)
        evaluations = len(self._session.points)
        self._goes_on = self._session.advance(self.num_timesteps, self.num_timesteps, self._learner)
        if len(self._session.points) > evaluations:
            self.logger.dump(self.num_timesteps)


def train_sb3(config: OffPolicyConfig, folder: RunFolder, *, resume: bool) -> TrainingSession:
    """Train, from the start or from the folder's checkpoint; returns the session.

    Raises:
        PolicyError: if the checkpoint cannot be read.
        OSError: if something cannot be saved.
    """
    torch.set_num_threads(1)
    env_type = DiscreteAntVectorEnv if isinstance(config, DqnConfig) else CustomAntVectorEnv
    features = named_features(config)
    robots = AntVecEnv(
        env_type(config.num_envs, config.num_threads, config.episode_steps, randomisation(config)),
        config.reward_scale,
        features=partial(features_of, features),
        num_features=feature_count(features),
    )
    envs: VecEnv = robots
    if config.normalise_observations:
        envs = VecNormalize(robots, norm_reward=False, clip_obs=CLIP, epsilon=1e-4)
    model = _make_model(config, envs)
    learner = Sb3Learner(model, features, config.ema_decay, config.final_learning_rate or config.learning_rate)
    if not resume:
        folder.clear()  # Not before here: what refuses to begin leaves the run that is there.
    session = TrainingSession(
        folder,
        env_type(config.evaluation_episodes, config.num_threads),
        total=config.steps,
        unit="steps",
        interval=config.evaluation_interval,
        minutes=config.minutes,
    )
    done = session.resume(learner.restore) if resume else 0
    model.set_logger(Logger(None, [TensorBoardOutputFormat(str(folder.tensorboard))]))
    with session:
        if done < config.steps:
            callback = SessionCallback(session, learner, robots, config)
            model.learn(config.steps - done, callback=callback, reset_num_timesteps=not resume)
    return session


def _make_model(config: OffPolicyConfig, envs: VecEnv) -> SAC | DQN:
    common: dict[str, Any] = {
        "policy": "MlpPolicy",
        "env": envs,
        "learning_rate": lambda remaining: learning_rate(config, round((1.0 - remaining) * config.steps)),
        "gamma": config.gamma,
        "batch_size": config.batch_size,
        "gradient_steps": config.gradient_steps,
        "learning_starts": config.learning_starts,
        "buffer_size": config.buffer_size,
        "policy_kwargs": {"net_arch": list(config.hidden)},
        "seed": config.seed,
        "device": "cpu",
    }
    if isinstance(config, SacConfig):
        ent_coef = config.ent_coef if config.ent_coef == "auto" else float(config.ent_coef)
        if config.symmetric:
            common |= {
                "replay_buffer_class": SymmetricReplayBuffer,
                "replay_buffer_kwargs": {"features": config.features},
            }
        return SAC(tau=config.tau, ent_coef=ent_coef, train_freq=1, **common)
    assert isinstance(config, DqnConfig)
    n_steps = config.n_steps
    if config.symmetric:
        n_steps = 1  # SB3's; this buffer sums the rewards up itself.
        common |= {
            "replay_buffer_class": SymmetricMovesReplayBuffer,
            "replay_buffer_kwargs": {"features": config.features, "n_steps": config.n_steps, "gamma": config.gamma},
        }
    return DQN(
        exploration_initial_eps=config.exploration_initial,
        exploration_fraction=config.exploration_fraction,
        target_update_interval=config.target_update_interval,
        n_steps=n_steps,
        train_freq=config.train_freq,
        **common,
    )
