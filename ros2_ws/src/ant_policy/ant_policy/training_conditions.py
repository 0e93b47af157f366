"""What a training's configuration says of its robots and rewards."""

from ant_policy.training_config import OffPolicyConfig, TrainingConfig
from ant_sim.randomisation import Randomisation
from ant_sim.shaping import Shaping


def randomisation(config: TrainingConfig) -> Randomisation | None:
    """How the robots of the training differ from the model; None if they do not."""
    spread = {name: getattr(config, name) for name in ("mass", "friction", "damping", "gear")}
    if not any((*spread.values(), config.latency, config.observation_noise, config.push)):
        return None
    return Randomisation(
        **{name: (1.0 - half, 1.0 + half) for name, half in spread.items()},
        latency=(0, config.latency),
        observation_noise=config.observation_noise,
        push=config.push,
    )


def shaping(config: TrainingConfig, progress: float = 0.0) -> Shaping:
    """What is taken off the rewards when so much of the training is done, from 0 to 1."""
    growth = config.fall_cost_growth - 1.0 if isinstance(config, OffPolicyConfig) else 0.0
    return Shaping(config.landing_cost, config.fall_cost * (1.0 + growth * min(progress, 1.0)))
