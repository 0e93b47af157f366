"""Names of `ant_sim.tasks.jump` under the module's former name."""

from ant_sim.tasks.jump import (
    FALL_HEIGHT,
    JUMP_HEIGHT,
    REWARD_FROM,
    REWARD_FULL,
    JumpCounter,
    has_fallen,
    height_reward,
    height_rewards,
    jump_spans,
)

__all__ = [
    "FALL_HEIGHT",
    "JUMP_HEIGHT",
    "REWARD_FROM",
    "REWARD_FULL",
    "JumpCounter",
    "has_fallen",
    "height_reward",
    "height_rewards",
    "jump_spans",
]
