"""A batch of quadrupeds stepped on native threads."""

import numpy as np
from numpy.typing import NDArray

from ant_policy.tasks.walk.robot import CONTROL_PERIOD, FRAME_SKIP, HOME, MODEL_PATH, RobotState
from ant_sim.physics.batch import RobotBatch
from ant_sim.physics.randomisation import Randomisation, Randomiser

Floats = NDArray[np.float64]

RESET_NOISE = 0.05
"""Half-range of the noise of joint positions at a reset [rad]."""
PUSH_INTERVAL = 4.0
"""Mean time between pushes [s], which are horizontal."""

ROBUST = Randomisation(
    mass=(0.8, 1.2),
    friction=(0.6, 1.4),
    damping=(0.7, 1.3),
    gear=(0.85, 1.15),
    latency=(0, 4),
    observation_noise=1.0,
    push=0.3,
    zero_offset=0.02,
)
"""Randomisation of the shipped policy's training."""


class GroupRandomiser(Randomiser):
    """Randomisation with the same draws for the robots of a group, all from the generator of the environments."""

    def reset_groups(self, robots: NDArray[np.int64], group: NDArray[np.int64], rng: np.random.Generator) -> None:
        """Draw the next episodes of some robots (k,), whose groups (k,) have a draw each."""
        draws, num_joints = self.zero_offset.shape
        low, high = np.array([getattr(self.randomisation, name) for name in self._fields]).T
        uniform = rng.uniform(-1.0, 1.0, (draws, len(low)))[group]
        self._factors[robots] = 0.5 * (low + high) + 0.5 * (high - low) * uniform
        shortest, longest = self.randomisation.latency
        latency = rng.integers(shortest, longest + 1, (draws,))
        self.latency[robots] = latency[group]
        self.zero_offset[robots] = self.randomisation.zero_offset * rng.uniform(-1.0, 1.0, (draws, num_joints))[group]
        self._write(robots)


class WalkBatch(RobotBatch):
    """Quadrupeds on position servos, whose targets and measured joint positions have the encoders' errors.

    Attributes:
        joint_limits: (12, 2) [rad].
        group: (n,) number of the random draw of each robot.
        randomiser: differences from the model.
    """

    def __init__(
        self,
        num_robots: int,
        num_threads: int = 0,
        randomisation: Randomisation | None = None,
        robots_per_draw: int = 1,
    ) -> None:
        """Create robots in the model's pose.

        Args:
            num_robots: size of the batch.
            num_threads: native threads, the caller's included; 0: one per processor.
            randomisation: differences from the model; None: none.
            robots_per_draw: number of neighbouring robots with the same random draws.
        """
        randomisation = randomisation or Randomisation()
        super().__init__(MODEL_PATH, num_robots, num_threads, FRAME_SKIP, randomisation.latency)
        self.joint_limits: Floats = self.model.jnt_range[1:].copy()
        self.group: NDArray[np.int64] = np.arange(num_robots) // robots_per_draw
        self.randomiser = GroupRandomiser(self.batch, self.model, randomisation, self._qvel)
        self._home = self.model.key("home").id

    def reset(self, robots: NDArray[np.int64], rng: np.random.Generator) -> None:
        """Put robots (k,) into the standing pose with noise."""
        if not len(robots):
            return
        self.batch.reset(robots, keyframe=np.full(len(robots), self._home, dtype=np.int32), stage=self._none)
        noise = rng.uniform(-RESET_NOISE, RESET_NOISE, (self.num_robots, len(HOME)))
        self._qpos[robots, 7:] += noise[self.group[robots]]
        self._qpos[robots, 2] -= 0.01  # Servos give way under the weight; with this the robot is let down softly.
        self.randomiser.reset_groups(robots, self.group[robots], rng)

    def step(self, targets: Floats, rng: np.random.Generator) -> None:
        """Follow joint targets (n, 12) [rad] for a control period.

        Raises:
            ValueError: if a target is not finite or the shape is wrong; no robot moves then.
        """
        targets = self._checked(targets)
        self._push(rng)
        targets = np.clip(targets - self.randomiser.zero_offset, *self.joint_limits.T)
        self._step_late(targets, self.randomiser.latency)

    def _push(self, rng: np.random.Generator) -> None:
        push = self.randomiser.randomisation.push
        if not push:
            return
        pushed = rng.random((self.num_robots, 1)) < CONTROL_PERIOD / PUSH_INTERVAL
        changes = pushed * push * rng.standard_normal((self.num_robots, 2))
        self._qvel[:, :2] += changes[self.group]

    def robot_state(self) -> RobotState:
        """True state."""
        return RobotState.of(self._qpos, self._qvel)
