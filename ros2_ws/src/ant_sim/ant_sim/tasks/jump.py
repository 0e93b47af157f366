"""The jumping task: reward of a torso height, falls, jumps."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ant_sim.physics.simulator import RESET_NOISE, Simulator

REWARD_PER_METRE = 10.0
"""Reward of a control step per metre of torso height from `REWARD_FROM` to `REWARD_FULL`."""
REWARD_FROM = 0.6
"""Torso height [m] from which a step earns reward; the Ant stands at about 0.5 m."""
REWARD_FULL = 1.6
"""Torso height [m] from which a step earns the full 10."""
FALL_HEIGHT = 0.2
"""Torso height [m] below which the robot has fallen."""

JUMP_HEIGHT = 1.0
"""Torso height [m] above which the robot jumps."""


def height_reward(torso_height: float) -> float:
    """Reward of one control step, in [0, 10], for the torso height [m] at its end."""
    return REWARD_PER_METRE * min(max(torso_height - REWARD_FROM, 0.0), REWARD_FULL - REWARD_FROM)


def height_rewards(torso_heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """`height_reward` of torso heights (n,) [m], bit for bit."""
    rewards: NDArray[np.float64] = REWARD_PER_METRE * np.clip(
        torso_heights - REWARD_FROM, 0.0, REWARD_FULL - REWARD_FROM
    )
    return rewards


def has_fallen(torso_height: float) -> bool:
    """Return True if a torso height [m] ends the episode."""
    return torso_height < FALL_HEIGHT


def jump_spans(torso_heights: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Segment an episode into jumps.

    Args:
        torso_heights: (steps,) [m].

    Returns:
        First step and step after the last of each maximal run above `JUMP_HEIGHT`.
    """
    up = np.concatenate([[False], torso_heights > JUMP_HEIGHT, [False]])
    edges = np.flatnonzero(up[1:] != up[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


class JumpTask:
    """The jump in a control loop: rewards and falls; jumps of all episodes.

    Attributes:
        jumps: number of times that the torso has risen above `JUMP_HEIGHT`.
        highest: greatest torso height [m].
    """

    control_period = 0.05
    reset_noise = RESET_NOISE
    publishes_height = True

    def __init__(self) -> None:
        """Start without jumps."""
        self.jumps, self.highest = 0, 0.0
        self._is_up = False

    def step(self, simulator: Simulator) -> tuple[float, bool]:
        """Reward of the height at the step's end, and whether it is a fall."""
        height = simulator.base_height
        was_up, self._is_up = self._is_up, height > JUMP_HEIGHT
        self.jumps += self._is_up and not was_up
        self.highest = max(self.highest, height)
        return height_reward(height), has_fallen(height)

    def report(self) -> Mapping[str, object]:
        """Jumps and greatest height."""
        return {"jumps": self.jumps, "highest [m]": f"{self.highest:.3f}"}
