"""Simulated hardware behind `fake_driver`: MuJoCo in place of motors and sensors, with the defects of real ones.

It shares nothing with `ant_sim`: another physics step, noisy sensors, joints in another order.
"""

from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_ros.config import parameter

MODEL_PATH = Path(__file__).parents[1] / "assets" / "ant" / "custom_ant.xml"
PERIOD = 0.002
"""Physics time step [s]."""
FOREIGN_JOINT = "gripper"
"""A joint that belongs to no policy, as real robots have."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Defects:
    """Defects of the robot and its messages; all zero is an ideal robot."""

    joint_position_noise: float = parameter(0.003, "standard deviation of joint positions [rad]", (0, 1))
    joint_velocity_noise: float = parameter(0.1, "standard deviation of joint velocities [rad/s]", (0, 10))
    encoder_resolution: float = parameter(0.0015, "resolution of joint positions [rad]: 2 pi / 4096", (0, 1))
    height_noise: float = parameter(0.005, "standard deviation of the odometry's positions [m]", (0, 1))
    orientation_noise: float = parameter(0.005, "standard deviation of the odometry's orientation [rad]", (0, 1))
    linear_velocity_noise: float = parameter(0.05, "standard deviation of the odometry's velocity [m/s]", (0, 10))
    angular_velocity_noise: float = parameter(
        0.05, "standard deviation of the odometry's angular velocity [rad/s]", (0, 10)
    )
    actuation_delay: float = parameter(0.004, "delay from a command to the motors [s]", (0, 1))
    extra_mass: float = parameter(0.0, "relative extra mass of the robot, 0.2 = 20 % heavier than its model", (0, 10))
    push: float = parameter(0.0, "standard deviation of the velocity of random pushes, once a second [m/s]", (0, 10))
    publishing_jitter: float = parameter(0.001, "mean delay of a message, exponentially distributed [s]", (0, 1))
    drop_rate: float = parameter(0.01, "share of messages that are dropped", (0, 1))
    late_rate: float = parameter(0.02, "share of messages that are delayed further, hence reordered", (0, 1))
    late_by: float = parameter(0.02, "delay of these [s]", (0, 1))
    shuffled_joints: bool = parameter(True, f"another joint order, and one more joint ({FOREIGN_JOINT})")
    best_effort: bool = parameter(True, "publish states best effort")

    @classmethod
    def none(cls) -> "Defects":
        """Defects of an ideal robot."""
        return replace(cls(), **{name: type(value)(0) for name, value in vars(cls()).items()})


class FakeRobot:
    """The Ant, stepped every `PERIOD`.

    Attributes:
        joint_names: order of the measurements.
        max_efforts: effort limits of the motors [N m], by joint name.
    """

    def __init__(self, defects: Defects, seed: int = 0, model_path: Path | str = MODEL_PATH) -> None:
        """Build the robot, standing; the MJCF file has a free root joint, hinge joints and motors."""
        self._model = model = mujoco.MjModel.from_xml_path(str(model_path))
        model.opt.timestep = PERIOD
        model.body_mass *= 1.0 + defects.extra_mass
        model.body_inertia *= 1.0 + defects.extra_mass
        self._data = mujoco.MjData(model)
        mujoco.mj_setConst(model, self._data)
        self._defects = defects
        self._rng = np.random.default_rng(seed)
        names = [model.joint(i).name for i in range(1, model.njnt)]
        self.joint_names = (*names[::-1][:4], FOREIGN_JOINT, *names[::-1][4:]) if defects.shuffled_joints else (*names,)
        self._index = {name: i for i, name in enumerate(names)}
        self._motors = [model.joint(model.actuator_trnid[i, 0]).name for i in range(model.nu)]
        self._gears = model.actuator_gear[:, 0].copy()
        self.max_efforts = dict(zip(self._motors, self._gears.tolist(), strict=True))
        self._pending: deque[tuple[float, Floats]] = deque()
        self._time = 0.0
        self._velocity_before: Floats = np.zeros(3)
        self.reset()

    def reset(self) -> None:
        """Put the robot back on its legs, with Gymnasium's reset noise."""
        model, data = self._model, self._data
        mujoco.mj_resetData(model, data)
        data.qpos += self._rng.uniform(-0.1, 0.1, model.nq)
        data.qvel += 0.1 * self._rng.standard_normal(model.nv)
        mujoco.mju_normalize4(data.qpos[3:7])
        mujoco.mj_forward(model, data)
        self._velocity_before = data.qvel[:3].copy()

    def command(self, efforts: dict[str, float]) -> None:
        """Apply these efforts [N m], by joint name, after the actuation delay."""
        ctrl = np.array([efforts[name] for name in self._motors]) / self._gears
        self._pending.append((self._time + self._defects.actuation_delay, ctrl))

    def step(self) -> None:
        """Advance by one physics step."""
        while self._pending and self._pending[0][0] <= self._time:
            self._data.ctrl = self._pending.popleft()[1]
        self._velocity_before = self._data.qvel[:3].copy()
        mujoco.mj_step(self._model, self._data)
        if self._defects.push and self._rng.random() < PERIOD:
            self._data.qvel[:3] += self._defects.push * self._rng.standard_normal(3)
        self._time += PERIOD

    def joints(self) -> tuple[list[float], list[float], list[float]]:
        """Measured positions [rad], velocities [rad/s] and applied efforts [N m], in the order of `joint_names`."""
        defects = self._defects
        positions = self._noisy(self._data.qpos[7:], defects.joint_position_noise)
        if defects.encoder_resolution:
            positions = defects.encoder_resolution * np.round(positions / defects.encoder_resolution)
        velocities = self._noisy(self._data.qvel[6:], defects.joint_velocity_noise)
        rows = (positions, velocities, self._data.qfrc_actuator[6:])
        order = [self._index.get(name) for name in self.joint_names]
        measured = [[0.0 if i is None else float(row[i]) for i in order] for row in rows]
        return measured[0], measured[1], measured[2]

    def base(self) -> dict[str, Any]:
        """Measured position_w (3,) [m], quaternion (w, x, y, z), velocity_b (3,) [m/s], angular_velocity_b [rad/s]."""
        defects, data = self._defects, self._data
        quaternion = data.qpos[3:7].copy()
        mujoco.mju_quatIntegrate(quaternion, self._noisy(np.zeros(3), defects.orientation_noise), 1.0)
        mujoco.mju_normalize4(quaternion)
        return {
            "position_w": self._noisy(data.qpos[:3], defects.height_noise).tolist(),
            "quaternion": quaternion.tolist(),
            "velocity_b": self._noisy(self._to_body(data.qvel[:3]), defects.linear_velocity_noise).tolist(),
            "angular_velocity_b": self._noisy(data.qvel[3:6], defects.angular_velocity_noise).tolist(),
        }

    def acceleration_b(self) -> list[float]:
        """Reading (3,) of an accelerometer at the torso [m/s2], torso frame: +9.81 on z at rest."""
        acceleration_w = (self._data.qvel[:3] - self._velocity_before) / PERIOD - self._model.opt.gravity
        x, y, z = self._to_body(acceleration_w).tolist()
        return [x, y, z]

    def _to_body(self, vector_w: Floats) -> Floats:
        inverse, vector_b = np.zeros(4), np.zeros(3)
        mujoco.mju_negQuat(inverse, self._data.qpos[3:7])
        mujoco.mju_rotVecQuat(vector_b, vector_w, inverse)
        return vector_b

    def _noisy(self, values: Floats, std: float) -> Floats:
        return values + std * self._rng.standard_normal(len(values)) if std else values.copy()
