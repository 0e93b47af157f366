"""Training of SAC and DQN on many environments of the native batch."""

from functools import partial
from typing import Any

import torch
from stable_baselines3 import DQN, SAC
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, TensorBoardOutputFormat
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from ant_policy.errors import PolicyError
from ant_policy.evaluation.environment import find_environment
from ant_policy.observation.feature_registry import feature_count, features_of
from ant_policy.training.config import CLIP, DqnConfig, OffPolicyConfig, SacConfig, named_features
from ant_policy.training.off_policy.learner import Sb3Learner
from ant_policy.training.off_policy.symmetric_replay import SymmetricMovesReplayBuffer, SymmetricReplayBuffer
from ant_policy.training.off_policy.updates import FUSED, FastSac
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.schedules import learning_rate, randomisation, shaping
from ant_policy.training.session import TrainingSession
from ant_sim.envs.sb3 import AntVecEnv


def train_sb3(config: OffPolicyConfig, folder: RunFolder, *, resume: bool) -> TrainingSession:
    """Train from the start or from the folder's checkpoint; returns the session.

    Raises:
        PolicyError: if the checkpoint cannot be read.
    """
    torch.set_num_threads(1)
    environment = find_environment(config.env, config.model)
    features = named_features(config)
    robots = AntVecEnv(
        environment.make(
            config.num_envs,
            is_discrete=config.is_discrete,
            num_threads=config.num_threads,
            max_steps=config.episode_steps,
            randomisation=randomisation(config),
        ),
        config.reward_scale,
        features=partial(features_of, features),
        num_features=feature_count(features, environment.observation_size),
    )
    template = environment.card(config.algorithm)
    if template is None and config.normalise_observations:
        raise PolicyError(
            "hyperparameter 'normalise_observations' is true; expected false, as a card would hold the normalisation, "
            f"but {environment.unknown}"
        )
    envs: VecEnv = robots
    if config.normalise_observations:
        envs = VecNormalize(robots, norm_reward=False, clip_obs=CLIP, epsilon=1e-4)
    model = make_model(config, envs)
    learner = Sb3Learner(
        model, template, features, config.ema_decay, config.final_learning_rate or config.learning_rate
    )
    session = TrainingSession(folder, environment, config, learner.restore if resume else None)
    model.set_logger(Logger(None, [TensorBoardOutputFormat(str(folder.tensorboard))]))
    with session.running():
        if session.done < config.steps:
            callback = SessionCallback(session, learner, robots, config)
            model.learn(config.steps - session.done, callback=callback, reset_num_timesteps=not resume)
    return session


def make_model(config: OffPolicyConfig, envs: VecEnv) -> SAC | DQN:
    """Create the algorithm of a configuration on these environments."""
    same = ("gamma", "batch_size", "gradient_steps", "learning_starts", "buffer_size", "seed")
    common: dict[str, Any] = {name: getattr(config, name) for name in same} | {
        "policy": "MlpPolicy",
        "env": envs,
        "learning_rate": lambda remaining: learning_rate(config, round((1.0 - remaining) * config.steps)),
        "policy_kwargs": {"net_arch": list(config.hidden), **(FUSED if config.fused else {})},
        "device": "cpu",
    }
    if isinstance(config, SacConfig):
        ent_coef = config.ent_coef if config.ent_coef.startswith("auto") else float(config.ent_coef)
        if config.symmetric:
            common["replay_buffer_class"] = SymmetricReplayBuffer
            common["replay_buffer_kwargs"] = {"features": config.features}
        common |= {"tau": config.tau, "ent_coef": ent_coef, "train_freq": 1}
        return FastSac(policy_delay=config.policy_delay, **common) if config.fused else SAC(**common)
    assert isinstance(config, DqnConfig)
    n_steps = config.n_steps
    if config.symmetric:
        # The symmetric buffer sums n rewards itself, so SB3 must not choose its own n-step buffer.
        common["replay_buffer_class"] = SymmetricMovesReplayBuffer
        common["replay_buffer_kwargs"] = {"features": config.features, "n_steps": n_steps, "gamma": config.gamma}
        n_steps = 1
    return DQN(
        exploration_initial_eps=config.exploration_initial,
        exploration_fraction=config.exploration_fraction,
        target_update_interval=config.target_update_interval,
        n_steps=n_steps,
        train_freq=config.train_freq,
        **common,
    )


class SessionCallback(BaseCallback):
    """Advance the session before each step of the environments, when SB3 has stored everything of the last step."""

    def __init__(
        self, session: TrainingSession, learner: Sb3Learner, robots: AntVecEnv, config: OffPolicyConfig
    ) -> None:
        """Advance `session`, and set the reward shaping of `robots` to that of `config`."""
        super().__init__()
        self._session, self._learner, self._robots, self._config = session, learner, robots, config
        self._goes_on = True

    def _on_training_start(self) -> None:
        self._averaged_at = self.num_timesteps

    def _on_rollout_start(self) -> None:
        self._advance()

    def _on_step(self) -> bool:
        # SB3 can be stopped only here, one step after the checkpoint.
        return self._goes_on

    def _on_training_end(self) -> None:
        if self._goes_on:
            self._advance()

    def _advance(self) -> None:
        # A checkpoint holds an average that is up to date.
        if self.num_timesteps > self._averaged_at:
            self._averaged_at = self.num_timesteps
            self._learner.update_average()
        self._robots.shaping = shaping(self._config, self.num_timesteps)
        evaluations = len(self._session.points)
        self._goes_on = self._session.advance(self.num_timesteps, self.num_timesteps, self._learner)
        if len(self._session.points) > evaluations:
            self.logger.dump(self.num_timesteps)
