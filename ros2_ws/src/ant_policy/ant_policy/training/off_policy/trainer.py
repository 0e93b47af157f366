"""Training of SAC and DQN on many environments of the native batch."""

from functools import partial

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, TensorBoardOutputFormat
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from ant_policy.observation.feature_registry import feature_count, features_of
from ant_policy.training.config import CLIP, DqnConfig, OffPolicyConfig, named_features
from ant_policy.training.off_policy.learner import Sb3Learner
from ant_policy.training.off_policy.model import make_model
from ant_policy.training.run_folder import RunFolder
from ant_policy.training.schedules import randomisation, shaping
from ant_policy.training.session import TrainingSession
from ant_sim.envs.sb3 import AntVecEnv
from ant_sim.envs.vector import CustomAntVectorEnv, DiscreteAntVectorEnv


def train_sb3(config: OffPolicyConfig, folder: RunFolder, *, resume: bool) -> TrainingSession:
    """Train from the start or from the folder's checkpoint; returns the session.

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
    model = make_model(config, envs)
    learner = Sb3Learner(model, features, config.ema_decay, config.final_learning_rate or config.learning_rate)
    evaluation_envs = env_type(config.evaluation_episodes, config.num_threads)
    session = TrainingSession(folder, evaluation_envs, config, learner.restore if resume else None)
    model.set_logger(Logger(None, [TensorBoardOutputFormat(str(folder.tensorboard))]))
    with session:
        if session.done < config.steps:
            callback = SessionCallback(session, learner, robots, config)
            model.learn(config.steps - session.done, callback=callback, reset_num_timesteps=not resume)
    return session


class SessionCallback(BaseCallback):
    """Calls the session before each step of the environments, when SB3 has stored everything of the last step."""

    def __init__(
        self, session: TrainingSession, learner: Sb3Learner, robots: AntVecEnv, config: OffPolicyConfig
    ) -> None:
        """Advance `session`, and set the reward shaping of `robots` as `config` defines it."""
        super().__init__()
        self._session, self._learner = session, learner
        self._robots, self._config = robots, config
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
