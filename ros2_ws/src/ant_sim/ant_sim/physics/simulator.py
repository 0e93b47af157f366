"""Physics of the Ant, under the Gymnasium environment and under the ROS 2 node."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ant_sim.physics.frames import rotation_matrix, to_body

MODEL_PATH = Path(__file__).parents[1] / "assets" / "ant" / "custom_ant.xml"
"""MJCF of the Ant, the source of joint names, ranges and gears."""

FRAME_SKIP = 5
"""Physics steps per control step."""

RESET_NOISE = 0.1
"""Scale of the uniform position noise and of the normal velocity noise at a reset, as in Gymnasium's Ant."""


@dataclass(frozen=True)
class AntState:
    """State of the robot at one instant; joint arrays are in the order of `AntSimulator.joint_names`.

    Attributes:
        torso_position_w: (3,) [m], world frame.
        torso_quaternion: (4,) unit quaternion (w, x, y, z), torso -> world.
        torso_velocity_w: (3,) [m/s], world frame.
        torso_velocity_b: (3,) [m/s], the same in the torso frame.
        torso_angular_velocity_b: (3,) [rad/s], torso frame.
        joint_positions: (8,) [rad].
        joint_velocities: (8,) [rad/s].
        joint_efforts: (8,) [N m], applied during the last physics step.
    """

    torso_position_w: list[float]
    torso_quaternion: list[float]
    torso_velocity_w: list[float]
    torso_velocity_b: tuple[float, float, float]
    torso_angular_velocity_b: list[float]
    joint_positions: list[float]
    joint_velocities: list[float]
    joint_efforts: list[float]


class AntSimulator:
    """A MuJoCo Ant, reset with a seed and stepped exactly.

    Attributes:
        joint_names: the 8 hinge joints in the order of the model's positions.
        actuator_joints: the joint that each entry of a control vector drives, in actuator order.
        gears: (8,) [N m] of effort per unit of control, actuator order.
        control_period: duration of `step` [s].
        physics_period: duration of `substep` [s].
    """

    def __init__(self, model_path: Path | str = MODEL_PATH, frame_skip: int = FRAME_SKIP) -> None:
        """Load a model.

        Args:
            model_path: MJCF file with a free root joint and hinge joints driven by motors.
            frame_skip: physics steps per control step.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: for another kind of model.
        """
        path = Path(model_path)
        if not path.is_file():
            raise FileNotFoundError(
                f"model '{path}' does not exist; the Ant is '{MODEL_PATH.name}' in ant_sim's assets"
            )
        try:
            self.model = mujoco.MjModel.from_xml_path(str(path))
        except ValueError as error:
            raise ValueError(f"model '{path}' cannot be read: {error}") from error
        self.data = mujoco.MjData(self.model)
        self._imu_data = mujoco.MjData(self.model)
        self._frame_skip = frame_skip
        self._rng = np.random.default_rng()

        model = self.model
        if not _is_free_robot_with_motors(model):
            raise ValueError(f"model '{path}': expected a free root joint and one motor for each of its hinge joints")
        self.joint_names = tuple(model.joint(i).name for i in range(1, model.njnt))
        self.actuator_joints = tuple(model.joint(model.actuator_trnid[i, 0]).name for i in range(model.nu))
        self.gears: NDArray[np.float64] = model.actuator_gear[:, 0].copy()
        self.control_period = float(model.opt.timestep) * frame_skip
        self.physics_period = float(model.opt.timestep)
        self._joint_from_actuator = [self.actuator_joints.index(name) for name in self.joint_names]

    def reset(self, seed: int | np.random.Generator | None = None) -> None:
        """Start an episode in the model's pose with noise; the torso's orientation has unit norm.

        Args:
            seed: of a new random generator, or the generator itself; None continues the last one.
        """
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        model, data = self.model, self.data
        mujoco.mj_resetData(model, data)
        data.qpos += self._rng.uniform(-RESET_NOISE, RESET_NOISE, model.nq)
        data.qvel += RESET_NOISE * self._rng.standard_normal(model.nv)
        mujoco.mju_normalize4(data.qpos[3:7])

    def step(self, ctrl: ArrayLike) -> None:
        """Apply a control (8,) in [-1, 1], actuator order, for one control step.

        Raises:
            ValueError: for a wrong shape or a value that is not finite; the robot does not move then.
        """
        self._set_ctrl(ctrl)
        mujoco.mj_step(self.model, self.data, nstep=self._frame_skip)

    def substep(self, ctrl: ArrayLike) -> None:
        """As `step`, for one physics step."""
        self._set_ctrl(ctrl)
        mujoco.mj_step(self.model, self.data)

    def _set_ctrl(self, ctrl: ArrayLike) -> None:
        values = np.asarray(ctrl)
        if values.shape != self.gears.shape:
            raise ValueError(f"control has shape {values.shape}, expected {self.gears.shape}, one for each actuator")
        if not all(map(isfinite, values.tolist())):  # faster than numpy for 8 numbers
            raise ValueError(f"control is not finite: {values.tolist()}")
        self.data.ctrl = values

    @property
    def torso_height(self) -> float:
        """Height of the torso's centre above the ground [m]."""
        return float(self.data.qpos[2])

    def state(self) -> AntState:
        """State at this instant, as plain numbers."""
        qpos, qvel = self.data.qpos.tolist(), self.data.qvel.tolist()
        efforts = (self.gears * np.clip(self.data.ctrl, -1.0, 1.0))[self._joint_from_actuator]
        quaternion, velocity_w = qpos[3:7], qvel[0:3]
        return AntState(
            torso_position_w=qpos[0:3],
            torso_quaternion=quaternion,
            torso_velocity_w=velocity_w,
            torso_velocity_b=to_body(rotation_matrix(quaternion), velocity_w),
            torso_angular_velocity_b=qvel[3:6],
            joint_positions=qpos[7:],
            joint_velocities=qvel[6:],
            joint_efforts=efforts.tolist(),
        )

    def proper_acceleration_b(self) -> tuple[float, float, float]:
        """Reading of an ideal accelerometer at the torso's centre (3,) [m/s2], torso frame (REP-145).

        It is +9.81 on z at rest and 0 in free fall, under the control of the last step. Accelerations are solved in a
        copy of the state: MuJoCo's own are one physics step old, and solving them in place would change the solver's
        warm start and with it the trajectory.
        """
        source, data = self.data, self._imu_data
        data.qpos, data.qvel, data.ctrl = source.qpos, source.qvel, source.ctrl
        data.qacc_warmstart = source.qacc_warmstart
        mujoco.mj_forward(self.model, data)
        acceleration_w = (data.qacc[0:3] - self.model.opt.gravity).tolist()
        return to_body(rotation_matrix(source.qpos[3:7].tolist()), acceleration_w)


def _is_free_robot_with_motors(model: mujoco.MjModel) -> bool:
    hinges = list(range(1, model.njnt))
    motors = (model.actuator_gaintype, model.actuator_biastype, model.actuator_dyntype)
    return bool(
        hinges
        and model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE
        and (model.jnt_type[1:] == mujoco.mjtJoint.mjJNT_HINGE).all()
        and (model.actuator_trntype == mujoco.mjtTrn.mjTRN_JOINT).all()
        and sorted(model.actuator_trnid[:, 0]) == hinges
        and not any(kind.any() for kind in motors)
    )
