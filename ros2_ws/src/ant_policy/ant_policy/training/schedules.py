"""Randomisation, reward shaping and learning rate as a configuration defines them."""

from typing import Any

from ant_policy.training.config import OffPolicyConfig, TrainingConfig
from ant_sim.envs.shaping import Shaping
from ant_sim.physics.randomisation import Randomisation


def randomisation(config: TrainingConfig) -> Randomisation | None:
    """Domain randomisation of the training's robots; None if there is none."""
    spread = {name: getattr(config, name) for name in ("mass", "friction", "damping", "gear")}
    if not any((*spread.values(), config.latency, config.observation_noise, config.push)):
        return None
    ranges: dict[str, Any] = {name: (1.0 - half, 1.0 + half) for name, half in spread.items()}
    return Randomisation(
        **ranges,
        latency=(0, config.latency),
        observation_noise=config.observation_noise,
        push=config.push,
    )


def shaping(config: TrainingConfig, steps: int = 0) -> Shaping:
    """Reward shaping after so many environment steps."""
    return Shaping(config.landing_cost, config.fall_cost_at(steps))


def learning_rate(config: OffPolicyConfig, steps: int) -> float:
    """Learning rate after so many environment steps, while it learns from the last of them.

    It falls linearly to its final value at the end of each stage, as if the training ended there. A new stage is a warm
    restart (Loshchilov and Hutter, SGDR, arXiv:1608.03983, there with a cosine and from the top).
    """
    end = min(config.stage_at(steps - config.phase_steps).until or config.steps, config.steps)
    remaining = 1.0 - steps / end
    rate = config.final_learning_rate + (config.learning_rate - config.final_learning_rate) * remaining
    return max(rate, 0.0)  # The last step of all environments may go beyond the end.
