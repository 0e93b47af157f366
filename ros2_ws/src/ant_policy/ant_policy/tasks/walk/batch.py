"""A batch of quadrupeds stepped on native threads."""

from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray

from ant_policy.tasks.walk.randomisation import Randomisation, Randomiser
from ant_policy.tasks.walk.robot import CONTROL_PERIOD, FRAME_SKIP, HOME, MODEL_PATH, RobotState

Floats = NDArray[np.float64]

RESET_NOISE = 0.05
"""Half-range of the noise of joint positions at a reset [rad]."""


class WalkBatch:
    """`num_robots` independent quadrupeds.

    Attributes:
        num_robots: size of the batch.
        model: the common MuJoCo model.
        batch: MuJoCo's batch; its arrays are live views.
        joint_limits: (12, 2) [rad].
        group: (n,) number of the random draw of each robot.
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
        self.num_robots = num_robots
        self.model = mujoco.MjModel.from_xml_path(str(MODEL_PATH))
        self.batch = Batch(self.model, num_robots, num_threads)
        self.joint_limits: Floats = self.model.jnt_range[1:].copy()
        self.randomisation = randomisation or Randomisation()
        self.group: NDArray[np.int64] = np.arange(num_robots) // robots_per_draw
        self._home = self.model.key("home").id
        self._qpos, self._qvel, self._ctrl = (self.batch.bind(name) for name in ("qpos", "qvel", "ctrl"))
        self._none = int(mujoco.mjtStage.mjSTAGE_NONE.value)
        self._randomiser = Randomiser(self.batch, self.randomisation, num_robots, len(HOME))

    def reset(self, robots: NDArray[np.int64], rng: np.random.Generator) -> None:
        """Put robots (k,) into the standing pose with noise."""
        if not len(robots):
            return
        self.batch.reset(robots, keyframe=np.full(len(robots), self._home, dtype=np.int32), stage=self._none)
        noise = rng.uniform(-RESET_NOISE, RESET_NOISE, (self.num_robots, len(HOME)))
        self._qpos[robots, 7:] += noise[self.group[robots]]
        self._qpos[robots, 2] -= 0.01  # Servos give way under the weight; with this the robot is let down softly.
        self._randomiser.reset(robots, self.group[robots], rng)

    def step(self, targets: Floats, rng: np.random.Generator) -> None:
        """Follow joint targets (n, 12) [rad] for a control period.

        Raises:
            ValueError: if a target is not finite or the shape is wrong; no robot moves then.
        """
        if targets.shape != self._ctrl.shape:
            raise ValueError(f"targets have shape {targets.shape}, expected {self._ctrl.shape}")
        if not np.isfinite(targets).all():
            robot = int(np.flatnonzero(~np.isfinite(targets).all(axis=1))[0])
            raise ValueError(f"targets of robot {robot} are not finite: {targets[robot].tolist()}")
        self._push(rng)
        targets = np.clip(targets - self._randomiser.zero_offset, *self.joint_limits.T)
        last, latency = self._ctrl.copy(), self._randomiser.latency
        max_latency = int(latency.max())
        for step in range(max_latency):
            self._ctrl[:] = np.where(latency[:, None] > step, last, targets)
            self.batch.step()
        self._ctrl[:] = targets
        if max_latency < FRAME_SKIP:
            self.batch.step(nstep=FRAME_SKIP - max_latency)

    def _push(self, rng: np.random.Generator) -> None:
        if not self.randomisation.push:
            return
        pushed = rng.random((self.num_robots, 1)) < CONTROL_PERIOD / self.randomisation.push_interval
        changes = pushed * self.randomisation.push * rng.standard_normal((self.num_robots, 2))
        self._qvel[:, :2] += changes[self.group]

    def robot_state(self) -> RobotState:
        """True state."""
        return RobotState.of(self._qpos, self._qvel)

    def zero_offset(self) -> Floats:
        """Error (n, 12) of measured joint positions [rad]."""
        return self._randomiser.zero_offset

    def state(self) -> dict[str, Any]:
        """Snapshot of the physics and the randomisation."""
        return {"physics": np.array(self.batch.state), "randomiser": self._randomiser.state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore a snapshot.

        Raises:
            ValueError: if it is of a batch of another size.
        """
        if state["physics"].shape != self.batch.state.shape:
            raise ValueError(f"state has shape {state['physics'].shape}, expected {self.batch.state.shape}")
        self._randomiser.set_state(state["randomiser"])
        self.batch.state[:] = state["physics"]
