"""SB3 algorithms made from a configuration."""

from typing import Any

from stable_baselines3 import DQN, SAC
from stable_baselines3.common.vec_env import VecEnv

from ant_policy.training.config import DqnConfig, OffPolicyConfig, SacConfig
from ant_policy.training.off_policy.symmetric_replay import SymmetricMovesReplayBuffer, SymmetricReplayBuffer
from ant_policy.training.schedules import learning_rate


def make_model(config: OffPolicyConfig, envs: VecEnv) -> SAC | DQN:
    """Create the algorithm of a configuration on these environments."""
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
        # The symmetric buffer sums n rewards itself, so SB3 must not choose its own n-step buffer.
        n_steps = 1
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
