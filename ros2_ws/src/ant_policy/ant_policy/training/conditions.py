"""What a training's configuration says of its robots and rewards."""

from ant_policy.training.config import DqnConfig, OffPolicyConfig, TrainingConfig
from ant_sim.envs.shaping import Shaping
from ant_sim.physics.randomisation import Randomisation


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


def shaping(config: TrainingConfig, steps: int = 0) -> Shaping:
    """What is taken off the rewards when so many environment steps are done."""
    costs = [config.fall_cost]
    if isinstance(config, OffPolicyConfig):
        costs += [cost for restart, cost in zip(config.restarts, config.fall_costs, strict=False) if restart <= steps]
    return Shaping(config.landing_cost, float(costs[-1]))


def learning_rate(config: OffPolicyConfig, steps: int) -> float:
    """The learning rate after so many environment steps, the last of which is being learned from.

    It falls linearly, to its end at each restart and at the end of the training, as if the training had been meant to
    end there (restarts: Loshchilov and Hutter, SGDR, arXiv:1608.03983, there with a cosine and from the top).
    """
    ends = (min(restart, config.steps) for restart in config.restarts)
    learned_from = config.num_envs * (config.train_freq if isinstance(config, DqnConfig) else 1)
    end = next((end for end in ends if steps - learned_from < end), config.steps)
    remaining = 1.0 - steps / end
    rate = config.final_learning_rate + (config.learning_rate - config.final_learning_rate) * remaining
    return max(rate, 0.0)  # Steps of all environments may go beyond the end.
