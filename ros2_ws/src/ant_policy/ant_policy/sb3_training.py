"""SAC and DQN by Stable-Baselines3, on many environments of the native batch."""

from pathlib import Path
from typing import Any

import torch
from stable_baselines3 import DQN, SAC
from stable_baselines3.common.callbacks import BaseCallback

from ant_policy.learning_curve import LearningCurve
from ant_policy.training_config import DqnConfig, OffPolicyConfig, SacConfig
from ant_sim.sb3_vec_env import AntVecEnv
from ant_sim.vector_env import CustomAntVectorEnv, DiscreteAntVectorEnv


class KeepBest(BaseCallback):
    """Evaluates the deterministic policy now and then and keeps the best weights."""

    def __init__(self, curve: LearningCurve, interval: int, out: Path) -> None:
        """Write `policy.zip` (the best) and `last.zip` into `out` every `interval` environment steps."""
        super().__init__()
        self._curve, self._interval, self._out = curve, interval, out

    def _on_step(self) -> bool:
        if self.num_timesteps % self._interval < self.training_env.num_envs:
            is_best = self._curve.add(self.num_timesteps, lambda x: self.model.predict(x, deterministic=True)[0])
            self.model.save(self._out / "last.zip")
            if is_best:
                self.model.save(self._out / "policy.zip")
        return True


def train_sb3(config: OffPolicyConfig, out: Path) -> Path:
    """Train and write into `out`; returns the file of the best weights."""
    torch.set_num_threads(1)
    env_type = DiscreteAntVectorEnv if isinstance(config, DqnConfig) else CustomAntVectorEnv
    envs = AntVecEnv(
        env_type(config.num_envs, config.num_threads, config.episode_steps),
        reward_scale=config.reward_scale,
        fall_penalty=config.fall_penalty,
        height_cost=config.height_cost,
        free_height=config.free_height,
    )
    model = _make_model(config, envs)
    curve = LearningCurve(env_type(config.evaluation_episodes, config.num_threads), out)
    model.learn(config.steps, callback=KeepBest(curve, config.evaluation_interval, out), progress_bar=True)
    return out / "policy.zip"


def _make_model(config: OffPolicyConfig, envs: AntVecEnv) -> SAC | DQN:
    first, last = config.learning_rate, config.final_learning_rate
    common: dict[str, Any] = {
        "policy": "MlpPolicy",
        "env": envs,
        "learning_rate": lambda remaining: last + (first - last) * remaining,
        "gamma": config.gamma,
        "batch_size": config.batch_size,
        "gradient_steps": config.gradient_steps,
        "train_freq": 1,
        "learning_starts": config.learning_starts,
        "buffer_size": config.buffer_size,
        "policy_kwargs": {"net_arch": list(config.hidden)},
        "seed": config.seed,
        "device": "cpu",
    }
    if isinstance(config, SacConfig):
        ent_coef = config.ent_coef if config.ent_coef.startswith("auto") else float(config.ent_coef)
        return SAC(tau=config.tau, ent_coef=ent_coef, **common)
    assert isinstance(config, DqnConfig)
    return DQN(
        exploration_initial_eps=config.exploration_initial,
        exploration_final_eps=config.exploration_final,
        exploration_fraction=config.exploration_fraction,
        target_update_interval=config.target_update_interval,
        n_steps=config.n_steps,
        **common,
    )
