"""Interface of a task, and the simulator without one."""

from collections.abc import Mapping
from typing import Protocol

from ant_sim.physics.simulator import Simulator


class Task(Protocol):
    """Reward and end of episodes. It belongs to environments and to the simulator, never to the contract of a policy.

    Attributes:
        control_period: default duration of a control step [s].
        reset_noise: scale of the noise at a reset, as of `Simulator`.
        publishes_height: the base's height is published on `torso_height`.
    """

    control_period: float
    reset_noise: float
    publishes_height: bool

    def step(self, simulator: Simulator) -> tuple[float, bool]:
        """Reward of the control step that has just ended, and whether the robot has fallen."""

    def report(self) -> Mapping[str, object]:
        """Values for people on `/diagnostics`, of all episodes; empty: there is no reward either."""


class NoTask:
    """A plain simulator: no reward, no fall, no noise."""

    control_period = 0.02
    reset_noise = 0.0
    publishes_height = False

    def step(self, simulator: Simulator) -> tuple[float, bool]:
        """No reward and no fall."""
        return 0.0, False

    def report(self) -> Mapping[str, object]:
        """Nothing."""
        return {}
