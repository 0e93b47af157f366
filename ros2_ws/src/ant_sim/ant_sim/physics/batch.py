"""Batches of robots stepped on native threads, for vectorised environments and population searches.

Each robot's trajectory equals that of a single simulation bit for bit, at any number of threads.
"""

from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch
from numpy.typing import ArrayLike, NDArray

from ant_sim.physics.frames import rotation_matrix, to_body, to_world
from ant_sim.physics.randomisation import Randomisation, Randomiser
from ant_sim.physics.simulator import FRAME_SKIP, MODEL_PATH, RESET_NOISE

Floats = NDArray[np.float64]


class RobotBatch:
    """`num_robots` independent robots of one model with a free root.

    Attributes:
        num_robots: size of the batch.
        model: the common MuJoCo model.
        batch: MuJoCo's batch; its arrays are live views.
    """

    def __init__(
        self,
        model_path: Path | str,
        num_robots: int,
        num_threads: int,
        frame_skip: int,
        latency: tuple[int, int] = (0, 0),
    ) -> None:
        """Create robots in the model's pose.

        Args:
            model_path: MJCF file.
            num_robots: size of the batch.
            num_threads: native threads, the caller's included; 0: one per processor.
            frame_skip: physics steps per control step.
            latency: range of the delay of commands [physics steps].

        Raises:
            ValueError: if the latency can exceed a control step.
        """
        if latency[1] > frame_skip:
            raise ValueError(f"latency is {latency}; expected at most {frame_skip} physics steps, a control step")
        self.num_robots = num_robots
        self.model = mujoco.MjModel.from_xml_path(str(model_path))
        self.batch = Batch(self.model, num_robots, num_threads)
        self._frame_skip = frame_skip
        self._qpos, self._qvel, self._ctrl = (self.batch.bind(name) for name in ("qpos", "qvel", "ctrl"))
        self._none = int(mujoco.mjtStage.mjSTAGE_NONE.value)

    def _checked(self, ctrl: ArrayLike) -> NDArray[Any]:
        """Controls (num_robots, nu).

        Raises:
            ValueError: if a value is not finite or the shape is wrong.
        """
        values = np.asarray(ctrl)
        if values.shape != self._ctrl.shape:
            raise ValueError(f"control has shape {values.shape}, expected {self._ctrl.shape}")
        if not np.isfinite(values).all():
            robot = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
            raise ValueError(f"control of robot {robot} is not finite: {values[robot].tolist()}")
        return values

    def _step_late(self, values: NDArray[Any], latency: NDArray[np.int64]) -> None:
        """Step for a control step; hold the last control for each robot's latency [physics steps]."""
        last, max_latency = self._ctrl.copy(), int(latency.max())
        for step in range(max_latency):
            self._ctrl[:] = np.where(latency[:, None] > step, last, values)
            self.batch.step()
        self._ctrl[:] = values
        if max_latency < self._frame_skip:
            self.batch.step(nstep=self._frame_skip - max_latency)


class AntBatch(RobotBatch):
    """Jumping Ants, with the trajectories of `AntSimulator`."""

    def __init__(
        self,
        num_robots: int,
        num_threads: int = 0,
        randomisation: Randomisation | None = None,
        model_path: Path | str = MODEL_PATH,
    ) -> None:
        """Create robots in the model's pose; arguments as of `RobotBatch`, and differences from the model, if any."""
        latency = (0, 0) if randomisation is None else randomisation.latency
        super().__init__(model_path, num_robots, num_threads, FRAME_SKIP, latency)
        self._randomiser: Randomiser | None = None
        if randomisation is not None:
            self._randomiser = Randomiser(self.batch, self.model, randomisation, self._qvel)

    def reset(self, robot: int, rng: np.random.Generator) -> None:
        """Reset one robot to the model's pose with noise, with the draws of `AntSimulator.reset`."""
        self.batch.reset([robot], stage=self._none)
        qpos, qvel = self._qpos[robot], self._qvel[robot]
        qpos += rng.uniform(-RESET_NOISE, RESET_NOISE, self.model.nq)
        qvel += RESET_NOISE * rng.standard_normal(self.model.nv)
        quaternion = qpos[3:7].copy()
        mujoco.mju_normalize4(quaternion)
        qpos[3:7] = quaternion
        if self._randomiser is not None:
            self._randomiser.reset(robot, rng)

    def step(self, ctrl: ArrayLike) -> None:
        """Apply controls (num_robots, 8) in [-1, 1], actuator order, for one control step.

        Raises:
            ValueError: if a value is not finite or the shape is wrong; no robot moves then.
        """
        values = self._checked(ctrl)
        if self._randomiser is None:
            self._ctrl[:] = values
            self.batch.step(nstep=self._frame_skip)
        else:
            self._randomiser.push()
            self._step_late(values, self._randomiser.latency)

    def state(self) -> Floats:
        """Snapshot of the physics (num_robots, n), in MuJoCo's order; a copy."""
        return np.array(self.batch.state)

    def set_state(self, state: Floats) -> None:
        """Restore a snapshot.

        Raises:
            ValueError: if it is of a batch of another size.
        """
        if state.shape != self.batch.state.shape:
            raise ValueError(f"state has shape {state.shape}, expected {self.batch.state.shape}")
        self.batch.state[:] = state

    def randomisation_state(self) -> dict[str, Any] | None:
        """Snapshot of the randomisation and of delayed controls; None without randomisation."""
        return None if self._randomiser is None else self._randomiser.state() | {"ctrl": self._ctrl.copy()}

    def set_randomisation_state(self, state: dict[str, Any] | None) -> None:
        """Restore a snapshot of `randomisation_state`."""
        if self._randomiser is not None and state is not None:
            self._randomiser.set_state(state)
            self._ctrl[:] = state["ctrl"]

    def heights(self) -> Floats:
        """Torso heights (num_robots,) [m]."""
        return np.array(self._qpos[:, 2])

    def observe(self) -> Floats:
        """Observations (num_robots, 27): those of `states`, plus noise if any; a copy."""
        return self.distort(self.states())

    def distort(self, states: Floats) -> Floats:
        """Add the noise of the sensors, if any, to states (num_robots, 27)."""
        return states if self._randomiser is None else self._randomiser.distort(states)

    def states(self) -> Floats:
        """States (num_robots, 27) as of `envs.single.observe`; a copy."""
        qpos, qvel = self._qpos, self._qvel
        observation = np.concatenate([qpos[:, 2:], qvel], axis=1)
        rotation = rotation_matrix(qpos[:, 3:7].T)
        observation[:, 13:16] = np.stack(to_world(rotation, to_body(rotation, qvel[:, 0:3].T)), axis=1)
        return observation
