"""Domain randomisation of a batch, drawn anew for each robot at each reset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Range = tuple[float, float]

NOISE: Floats = np.concatenate([[0.005], [0.0025] * 4, [0.003] * 8, [0.05] * 3, [0.05] * 3, [0.1] * 8])
"""Standard deviations (27,) of observations at `observation_noise` 1: height [m], quaternion, joint positions [rad],
velocities [m/s], [rad/s], joint velocities [rad/s]. Those of `fake_driver`'s sensors by default."""

PUSH_PROBABILITY = 0.02
"""Probability of a push in a control step: one per second on average."""


@dataclass(frozen=True)
class Randomisation:
    """Uniform distributions; the defaults change nothing.

    Attributes:
        mass: factor on all masses and inertias.
        friction: factor on the friction of all geoms.
        damping: factor on the damping of the joints.
        gear: factor on the motors' gear, or on the stiffness of position servos.
        latency: delay of commands [physics steps], minimum and maximum, both included.
        observation_noise: factor on `NOISE`.
        push: standard deviation of a push's change of velocity [m/s], in x, y and z.
        zero_offset: half-range of the error of each joint encoder's zero [rad].
    """

    mass: Range = (1.0, 1.0)
    friction: Range = (1.0, 1.0)
    damping: Range = (1.0, 1.0)
    gear: Range = (1.0, 1.0)
    latency: tuple[int, int] = (0, 0)
    observation_noise: float = 0.0
    push: float = 0.0
    zero_offset: float = 0.0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: naming the field, what was expected and what was found.
        """
        for name in ("mass", "friction", "damping", "gear"):
            low, high = getattr(self, name)
            if not 0.0 < low <= high:
                raise ValueError(f"{name} is {low} to {high}; expected a range of factors greater than 0")
        if not 0 <= self.latency[0] <= self.latency[1]:
            raise ValueError(f"latency is {self.latency}; expected a range of physics steps from 0 on")
        for name in ("observation_noise", "push", "zero_offset"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected at least 0")


class Randomiser:
    """Applies a randomisation to a batch.

    Attributes:
        randomisation: distributions.
        latency: (num_robots,) delay of commands [physics steps].
        zero_offset: (num_robots, n_joints) error of measured joint positions [rad].
    """

    def __init__(self, batch: Batch, model: mujoco.MjModel, randomisation: Randomisation, qvel: Floats) -> None:
        """Attach to a batch.

        Args:
            batch: the batch.
            model: its common model, of a robot with a free root.
            randomisation: distributions.
            qvel: live velocities (num_robots, nv) of the batch.
        """
        self._batch = batch
        self.randomisation = randomisation
        self._qvel = qvel
        servos = model.actuator_biastype.any()
        self._fields = {
            name: [batch.expand(field) for field in fields]
            for name, fields in (
                ("mass", ("body_mass", "body_inertia")),
                ("friction", ("geom_friction",)),
                ("damping", ("dof_damping",)),
                ("gear", ("actuator_gainprm", "actuator_biasprm") if servos else ("actuator_gear",)),
            )
        }
        self._nominal = {name: [field[0].copy() for field in fields] for name, fields in self._fields.items()}
        num_robots = len(qvel)
        self._factors: Floats = np.ones((num_robots, len(self._fields)))
        self.zero_offset: Floats = np.zeros((num_robots, model.nv - 6))
        self.latency: NDArray[np.int64] = np.zeros(num_robots, dtype=np.int64)
        # One generator per robot, so that draws do not depend on the size of the batch.
        self._rngs = [np.random.default_rng(0) for _ in range(num_robots)]

    def reset(self, robot: int, rng: np.random.Generator) -> None:
        """Draw a robot's next episode."""
        randomisation = self.randomisation
        self._factors[robot] = [rng.uniform(*getattr(randomisation, name)) for name in self._fields]
        low, high = randomisation.latency
        self.latency[robot] = rng.integers(low, high + 1)
        self._rngs[robot] = np.random.default_rng(rng.integers(2**63))
        if half_range := randomisation.zero_offset:
            self.zero_offset[robot] = rng.uniform(-half_range, half_range, self.zero_offset.shape[1])
        self._write([robot])

    def _write(self, robots: Sequence[int] | NDArray[np.int64]) -> None:
        for factors, name in zip(self._factors[robots].T, self._fields, strict=True):
            for field, nominal in zip(self._fields[name], self._nominal[name], strict=True):
                field[robots] = factors.reshape(-1, *[1] * nominal.ndim) * nominal
        self._batch.set_const(robots)

    def push(self) -> None:
        """Push robots at random."""
        if self.randomisation.push:
            for velocity, rng in zip(self._qvel, self._rngs, strict=True):
                if rng.random() < PUSH_PROBABILITY:
                    velocity[:3] += self.randomisation.push * rng.standard_normal(3)

    def distort(self, observations: Floats) -> Floats:
        """Add noise and errors of the zeros to observations (num_robots, 27); quaternions stay unit."""
        if self.randomisation.zero_offset:
            observations = observations.copy()
            observations[:, 5 : 5 + self.zero_offset.shape[1]] += self.zero_offset
        if not self.randomisation.observation_noise:
            return observations
        scale = self.randomisation.observation_noise * NOISE
        noisy = observations + scale * np.stack([rng.standard_normal(len(NOISE)) for rng in self._rngs])
        noisy[:, 1:5] /= np.linalg.norm(noisy[:, 1:5], axis=1, keepdims=True)
        return noisy

    def state(self) -> dict[str, Any]:
        """Snapshot for a checkpoint."""
        return {
            "factors": self._factors.copy(),
            "latency": self.latency.copy(),
            "zero_offset": self.zero_offset.copy(),
            "generators": [rng.bit_generator.state for rng in self._rngs],
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a snapshot."""
        self._factors[:] = state["factors"]
        self.latency[:] = state["latency"]
        self.zero_offset[:] = state["zero_offset"]
        for robot, generator in enumerate(state["generators"]):
            self._rngs[robot].bit_generator.state = generator
            self._write([robot])
