"""Domain randomisation of the quadruped, drawn anew for each robot at each reset."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray

from ant_policy.tasks.walk.robot import FRAME_SKIP

Floats = NDArray[np.float64]

FIELDS = {
    "mass": ("body_mass", "body_inertia"),
    "friction": ("geom_friction",),
    "damping": ("dof_damping",),
    "stiffness": ("actuator_gainprm", "actuator_biasprm"),
}
"""Model fields that each factor multiplies."""


@dataclass(frozen=True)
class Randomisation:
    """Half-ranges and standard deviations; the defaults change nothing.

    Attributes:
        mass: relative half-range of masses and inertias, 0.2 = ±20 %.
        friction: relative half-range of the feet's friction.
        damping: relative half-range of the servos' damping.
        stiffness: relative half-range of the servos' stiffness.
        zero_offset: half-range of the error of each joint encoder's zero [rad].
        latency: maximum delay of commands [physics steps], at most a control period.
        push: standard deviation of a push's change of horizontal velocity [m/s].
        push_interval: mean time between pushes [s].
        noise: factor on the noise of observations (`terms.NOISE`).
    """

    mass: float = 0.0
    friction: float = 0.0
    damping: float = 0.0
    stiffness: float = 0.0
    zero_offset: float = 0.0
    latency: int = 0
    push: float = 0.0
    push_interval: float = 4.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: naming the field, what was expected and what was found.
        """
        for name in FIELDS:
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a half-range from 0 to below 1")
        for name in ("zero_offset", "push", "noise"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected at least 0")
        if not 0 <= self.latency <= FRAME_SKIP:
            raise ValueError(f"latency is {self.latency}; expected 0 to {FRAME_SKIP} physics steps")
        if not self.push_interval > 0.0:
            raise ValueError(f"push_interval is {self.push_interval}; expected a time above 0")


ROBUST = Randomisation(0.2, 0.4, 0.3, 0.15, 0.02, 4, 0.3, 4.0, 1.0)
"""Randomisation of the shipped policy's training."""


class Randomiser:
    """Applies a randomisation to a batch.

    Attributes:
        latency: (n,) delay of commands [physics steps].
        zero_offset: (n, 12) added to measured joint positions and taken from targets [rad].
    """

    def __init__(self, batch: Batch, randomisation: Randomisation, num_robots: int, num_joints: int) -> None:
        """Attach to a batch."""
        self._batch = batch
        self._randomisation = randomisation
        self._varies = any(getattr(randomisation, name) for name in FIELDS)
        self._fields = {name: [batch.expand(field) for field in fields] for name, fields in FIELDS.items()}
        self._nominal = {name: [field[0].copy() for field in fields] for name, fields in self._fields.items()}
        self._factors: Floats = np.ones((num_robots, len(FIELDS)))
        self.latency: NDArray[np.int64] = np.zeros(num_robots, dtype=np.int64)
        self.zero_offset: Floats = np.zeros((num_robots, num_joints))

    def reset(self, robots: NDArray[np.int64], group: NDArray[np.int64], rng: np.random.Generator) -> None:
        """Draw the next episodes of some robots (k,), whose groups (k,) have a draw each."""
        draws = len(self.latency)
        half_ranges = np.array([getattr(self._randomisation, name) for name in FIELDS])
        self._factors[robots] = 1.0 + half_ranges * rng.uniform(-1.0, 1.0, (draws, len(FIELDS)))[group]
        self.latency[robots] = rng.integers(0, self._randomisation.latency + 1, draws)[group]
        offsets = rng.uniform(-1.0, 1.0, (draws, self.zero_offset.shape[1]))[group]
        self.zero_offset[robots] = self._randomisation.zero_offset * offsets
        if self._varies:
            self._write(robots)

    def _write(self, robots: NDArray[np.int64]) -> None:
        for factors, name in zip(self._factors[robots].T, FIELDS, strict=True):
            for field, nominal in zip(self._fields[name], self._nominal[name], strict=True):
                field[robots] = factors.reshape(-1, *[1] * nominal.ndim) * nominal
        self._batch.set_const(robots)

    def state(self) -> dict[str, Any]:
        """Snapshot for a checkpoint."""
        return {name: getattr(self, name).copy() for name in ("_factors", "latency", "zero_offset")}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a snapshot."""
        for name, values in state.items():
            getattr(self, name)[:] = values
        if self._varies:
            self._write(np.arange(len(self.latency)))
