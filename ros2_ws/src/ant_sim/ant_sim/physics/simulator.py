"""Physics of a robot, under the Gymnasium environment and under the ROS 2 node."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import ArrayLike

from ant_sim.physics.accelerometer import Accelerometer
from ant_sim.physics.drives import Drive, Drives
from ant_sim.physics.frames import rotation_matrix, to_body
from ant_sim.physics.robot import Interface, Robot, load_robot

MODEL_PATH = Path(__file__).parents[1] / "assets" / "ant" / "custom_ant.xml"
"""MJCF of the Ant, the source of joint names, ranges and gears."""

FRAME_SKIP = 5
"""Physics steps per control step of the Ant."""

RESET_NOISE = 0.1
"""Scale of the uniform position noise and of the normal velocity noise at a reset, as in Gymnasium's Ant."""


@dataclass(frozen=True)
class RobotState:
    """State of a robot at one instant; joint arrays are in the order of `Simulator.joint_names`.

    Attributes:
        base_position_w: (3,) [m], world frame.
        base_quaternion: (4,) unit quaternion (w, x, y, z), base -> world.
        base_velocity_w: (3,) [m/s], world frame.
        base_velocity_b: (3,) [m/s], the same in the base frame.
        base_angular_velocity_b: (3,) [rad/s], base frame.
        joint_positions: (n,) [rad] or [m].
        joint_velocities: (n,) [rad/s] or [m/s].
        joint_efforts: (n,) [N m] or [N], applied during the last physics step; 0 for passive joints.
    """

    base_position_w: list[float]
    base_quaternion: list[float]
    base_velocity_w: list[float]
    base_velocity_b: tuple[float, float, float]
    base_angular_velocity_b: list[float]
    joint_positions: list[float]
    joint_velocities: list[float]
    joint_efforts: list[float]


class Simulator:
    """A robot in MuJoCo, reset with a seed and stepped exactly.

    Attributes:
        robot: its description.
        model: MuJoCo's model.
        data: MuJoCo's state.
        joint_names: as of `robot`.
        actuator_joints: as of `robot`.
        gears: as of `robot`.
        control_period: duration of `step` [s].
        physics_period: duration of `substep` [s].
        frame_skip: physics steps per control step.
    """

    def __init__(self, robot: Robot, control_period: float, keyframe: str = "", reset_noise: float = 0.0) -> None:
        """Create a robot in its initial pose.

        Args:
            robot: its description.
            control_period: duration of a control step [s].
            keyframe: of the model, the initial pose; empty: the model's own.
            reset_noise: scale of the uniform position noise and of the normal velocity noise at a reset.

        Raises:
            ValueError: if the period is no multiple of the physics step, or if there is no such keyframe.
        """
        self.robot, self.model = robot, robot.model
        self.data = mujoco.MjData(robot.model)
        self.joint_names, self.actuator_joints, self.gears = robot.joint_names, robot.actuator_joints, robot.gears
        self.physics_period = float(robot.model.opt.timestep)
        self.frame_skip = _frame_skip(control_period, self.physics_period)
        self.control_period = self.physics_period * self.frame_skip
        self._keyframe = _keyframe(robot.model, keyframe)
        self._reset_noise = reset_noise
        self._drives = Drives(robot.model)
        self._accelerometer = Accelerometer(robot)
        self._rng = np.random.default_rng()
        # Where the joints begin in positions and velocities.
        self._first_q, self._first_v = (7, 6) if robot.has_free_root else (0, 0)
        driven = [self.joint_names.index(name) for name in self.actuator_joints]
        self._driven_q = [self._first_q + joint for joint in driven]
        self._place(noise=0.0)

    def reset(self, seed: int | np.random.Generator | None = None) -> None:
        """Start an episode in the initial pose with noise; the base's orientation has unit norm.

        Position targets are the initial positions, all other controls zero.

        Args:
            seed: of a new random generator, or the generator itself; None continues the last one.
        """
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self._place(self._reset_noise)

    def _place(self, noise: float) -> None:
        model, data = self.model, self.data
        if self._keyframe is None:
            mujoco.mj_resetData(model, data)
        else:
            mujoco.mj_resetDataKeyframe(model, data, self._keyframe)
            data.time = 0.0
        if noise:
            data.qpos += self._rng.uniform(-noise, noise, model.nq)
            data.qvel += noise * self._rng.standard_normal(model.nv)
        if self.robot.has_free_root:
            mujoco.mju_normalize4(data.qpos[3:7])
        self.drive(Drive.FOLLOW)
        data.ctrl = self.gears * data.qpos[self._driven_q] if self.robot.interface is Interface.POSITION else 0.0

    def step(self, ctrl: ArrayLike | None) -> None:
        """Apply a control for one control step.

        Args:
            ctrl: (nu,) in actuator order, for motors in units of their gear; None keeps the last one.

        Raises:
            ValueError: for a wrong shape or a value that is not finite; the robot does not move then.
        """
        self._set_ctrl(ctrl)
        mujoco.mj_step(self.model, self.data, nstep=self.frame_skip)

    def substep(self, ctrl: ArrayLike | None) -> None:
        """As `step`, for one physics step."""
        self._set_ctrl(ctrl)
        mujoco.mj_step(self.model, self.data)

    def drive(self, state: Drive) -> None:
        """Switch the drives from the next step on."""
        if state is not self._drives.state:
            self._drives.switch(state)

    def _set_ctrl(self, ctrl: ArrayLike | None) -> None:
        if ctrl is None:
            return
        values = np.asarray(ctrl)
        if values.shape != self.gears.shape:
            raise ValueError(f"control has shape {values.shape}, expected {self.gears.shape}, one for each actuator")
        if not all(map(isfinite, values.tolist())):  # faster than numpy for 8 numbers
            raise ValueError(f"control is not finite: {values.tolist()}")
        self.data.ctrl = values

    @property
    def base_height(self) -> float:
        """Height of the base link's origin in the world [m]."""
        if self.robot.base_is_root:
            return float(self.data.qpos[2])
        return self.state().base_position_w[2]

    def state(self) -> RobotState:
        """State at this instant, as plain numbers."""
        data = self.data
        qpos, qvel = data.qpos.tolist(), data.qvel.tolist()
        if self.robot.base_is_root:
            position, quaternion, velocity_w, angular_velocity_b = qpos[0:3], qpos[3:7], qvel[0:3], qvel[3:6]
        else:
            position, quaternion, velocity_w, angular_velocity_b = self._base_state()
        return RobotState(
            base_position_w=position,
            base_quaternion=quaternion,
            base_velocity_w=velocity_w,
            base_velocity_b=to_body(rotation_matrix(quaternion), velocity_w),
            base_angular_velocity_b=angular_velocity_b,
            joint_positions=qpos[self._first_q :],
            joint_velocities=qvel[self._first_v :],
            joint_efforts=data.qfrc_actuator.tolist()[self._first_v :],
        )

    def _base_state(self) -> tuple[list[float], list[float], list[float], list[float]]:
        """Position, quaternion, velocity (world frame) and angular velocity (base frame) of any body."""
        model, data, base = self.model, self.data, self.robot.base
        # MuJoCo's body poses are one physics step old; they are no part of the state, so the trajectory stays.
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_comVel(model, data)
        twist_w, twist_b = np.empty(6), np.empty(6)
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, base, twist_w, 0)
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, base, twist_b, 1)
        return data.xpos[base].tolist(), data.xquat[base].tolist(), twist_w[3:].tolist(), twist_b[:3].tolist()

    def proper_acceleration_b(self) -> tuple[float, float, float]:
        """Reading of an ideal accelerometer at the base link (3,) [m/s2], base frame (REP-145)."""
        return self._accelerometer.read(self.data)


class AntSimulator(Simulator):
    """The jumping Ant, or another robot with a free root and one motor for each of its joints."""

    def __init__(self, model_path: Path | str = MODEL_PATH, frame_skip: int = FRAME_SKIP) -> None:
        """Load a model.

        Args:
            model_path: MJCF file.
            frame_skip: physics steps per control step.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: for another kind of model.
        """
        robot = load_robot(model_path)
        are_driven = set(robot.joint_names) == set(robot.actuator_joints)
        if not (robot.has_free_root and are_driven and robot.interface is Interface.EFFORT):
            raise ValueError(f"model '{model_path}': expected a free root joint and one motor for each other joint")
        super().__init__(robot, float(robot.model.opt.timestep) * frame_skip, reset_noise=RESET_NOISE)

    @property
    def torso_height(self) -> float:
        """Height of the torso's centre above the ground [m]."""
        return self.base_height


def _frame_skip(control_period: float, physics_period: float) -> int:
    steps = round(control_period / physics_period)
    if steps < 1 or abs(steps * physics_period - control_period) > 1e-9:
        raise ValueError(
            f"control_period is {control_period:g} s; expected a multiple of the physics step, {physics_period:g} s"
        )
    return steps


def _keyframe(model: mujoco.MjModel, name: str) -> int | None:
    names = [model.key(i).name for i in range(model.nkey)]
    if name and name not in names:
        available = ", ".join(filter(None, names)) or "none"
        raise ValueError(f"keyframe '{name}' is not in the model; available: {available}")
    return names.index(name) if name else None
