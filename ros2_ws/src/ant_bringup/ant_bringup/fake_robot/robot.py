"""Simulated hardware behind `fake_driver`: MuJoCo in place of motors and sensors, with the defects of real ones.

Another physics step than that of the simulator node, noisy sensors, joints in another order.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_ros.config import parameter
from ant_sim.control_loop.command_decoder import CommandDecoder
from ant_sim.control_loop.commands import Command, stop_command
from ant_sim.physics.robot import Interface, Robot
from ant_sim.physics.simulator import Simulator
from ant_sim.tasks.registry import make_task

PERIOD = 0.002
"""Time step [s] of the robot; its physics has a smaller one if its model has."""
FOREIGN_JOINT = "gripper"
"""A joint that belongs to no policy, as real robots have."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Defects:
    """Defects of the robot and its messages; all zero is an ideal robot."""

    joint_position_noise: float = parameter(0.003, "standard deviation of joint positions [rad]", (0, 1))
    joint_velocity_noise: float = parameter(0.1, "standard deviation of joint velocities [rad/s]", (0, 10))
    encoder_resolution: float = parameter(0.0015, "resolution of joint positions [rad]: 2 pi / 4096; 0: exact", (0, 1))
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
    """A robot, stepped every `PERIOD`; until the first command, position-controlled joints hold the initial pose.

    Attributes:
        joint_names: order of the measurements.
        introduction: what its driver has to know, as plain data: `joint_names`, `base_link`, `interface`, the `limits`
            (least, greatest) of a command by joint name in units of the interface, the `consequence` of a stop in
            words, and `publishes_height`.
    """

    def __init__(self, robot: Robot, defects: Defects, seed: int = 0, keyframe: str = "", on_stop: str = "") -> None:
        """Place a robot on its legs.

        Args:
            robot: its description.
            defects: of the robot and its sensors.
            seed: of its noise.
            keyframe: of its model, the initial pose; empty: as of `Robot.initial_keyframe`.
            on_stop: what a stop does, as of the simulator node.

        Raises:
            ValueError: if there is no such keyframe, or no such stop for the robot.
        """
        model = robot.model
        model.opt.timestep = PERIOD / math.ceil(PERIOD / model.opt.timestep - 1e-9)
        model.body_mass *= 1.0 + defects.extra_mass
        model.body_inertia *= 1.0 + defects.extra_mass
        mujoco.mj_setConst(model, mujoco.MjData(model))
        self._task = make_task("", robot)
        self.simulator = Simulator(robot, PERIOD, keyframe or robot.initial_keyframe, self._task.reset_noise)
        self._decoder = CommandDecoder(robot.actuator_joints, robot.gears, robot.interface)
        self._stop, consequence = stop_command(robot.interface, on_stop, model.nu)
        self._defects = defects
        self._rng = np.random.default_rng(seed)
        names, middle = robot.joint_names, len(robot.joint_names) // 2
        self.joint_names = (*names[::-1][:middle], FOREIGN_JOINT, *names[::-1][middle:])
        if not defects.shuffled_joints:
            self.joint_names = names
        self._index = {name: i for i, name in enumerate(names)}
        self._pending: deque[tuple[float, Command]] = deque()
        self._time = 0.0
        self.introduction = {
            "joint_names": self.joint_names,
            "base_link": robot.base_link,
            "interface": robot.interface,
            "limits": _limits(robot),
            "consequence": consequence,
            "publishes_height": self._task.publishes_height,
        }
        self.reset()

    def reset(self) -> None:
        """Put the robot back on its legs, with the noise of its task's resets."""
        self.simulator.reset(self._rng)

    def command(self, interface: str, values: dict[str, float]) -> None:
        """Apply values [N m, rad or rad/s] by joint name, after the actuation delay; see `CommandDecoder`."""
        self._apply(self._decoder.decode_message(list(values), {Interface(interface): list(values.values())}))

    def stop(self) -> None:
        """Stop after the actuation delay."""
        self._apply(self._stop)

    def _apply(self, command: Command) -> None:
        self._pending.append((self._time + self._defects.actuation_delay, command))

    def step(self) -> None:
        """Advance by `PERIOD`."""
        simulator, ctrl = self.simulator, None
        while self._pending and self._pending[0][0] <= self._time:
            command = self._pending.popleft()[1]
            ctrl = command.ctrl
            if command.drive is not None:
                simulator.drive(command.drive)
        simulator.step(ctrl)
        if self._defects.push and simulator.robot.has_free_root and self._rng.random() < PERIOD:
            simulator.data.qvel[:3] += self._defects.push * self._rng.standard_normal(3)
        self._time += PERIOD

    def joints(self) -> tuple[list[float], list[float], list[float]]:
        """Measured positions [rad], velocities [rad/s] and applied efforts [N m], in the order of `joint_names`."""
        defects, state = self._defects, self.simulator.state()
        positions = self._noisy(state.joint_positions, defects.joint_position_noise)
        if defects.encoder_resolution:
            positions = defects.encoder_resolution * np.round(positions / defects.encoder_resolution)
        velocities = self._noisy(state.joint_velocities, defects.joint_velocity_noise)
        rows = (positions.tolist(), velocities.tolist(), state.joint_efforts)
        order = [self._index.get(name) for name in self.joint_names]
        measured = [[0.0 if i is None else row[i] for i in order] for row in rows]
        return measured[0], measured[1], measured[2]

    def base(self) -> dict[str, Any]:
        """Measured position_w (3,) [m], quaternion (w, x, y, z), velocity_b (3,) [m/s], angular_velocity_b [rad/s]."""
        defects, exact = self._defects, self.true_base()
        quaternion = np.array(exact["quaternion"])
        mujoco.mju_quatIntegrate(quaternion, self._noisy([0.0] * 3, defects.orientation_noise), 1.0)
        mujoco.mju_normalize4(quaternion)
        return {
            "position_w": self._noisy(exact["position_w"], defects.height_noise).tolist(),
            "quaternion": quaternion.tolist(),
            "velocity_b": self._noisy(exact["velocity_b"], defects.linear_velocity_noise).tolist(),
            "angular_velocity_b": self._noisy(exact["angular_velocity_b"], defects.angular_velocity_noise).tolist(),
        }

    def true_base(self) -> dict[str, Any]:
        """The same without noise."""
        state = self.simulator.state()
        return {
            "position_w": state.base_position_w,
            "quaternion": state.base_quaternion,
            "velocity_b": state.base_velocity_b,
            "angular_velocity_b": state.base_angular_velocity_b,
        }

    def acceleration_b(self) -> tuple[float, float, float]:
        """Reading (3,) of an accelerometer at the base link [m/s2], base frame: +9.81 on z at rest."""
        return self.simulator.proper_acceleration_b()

    def _noisy(self, values: Sequence[float], std: float) -> Floats:
        exact = np.array(values)
        return exact + std * self._rng.standard_normal(len(exact)) if std else exact


def _limits(robot: Robot) -> dict[str, tuple[float, float]]:
    """Range of each joint's command that its actuator takes, in units of the interface."""
    model = robot.model
    factors = robot.gears if robot.interface is Interface.EFFORT else 1.0 / robot.gears
    ranges = np.where(model.actuator_ctrllimited[:, None], model.actuator_ctrlrange, [-math.inf, math.inf])
    limits = np.sort(ranges * factors[:, None], axis=1).tolist()
    return {name: (low, high) for name, (low, high) in zip(robot.actuator_joints, limits, strict=True)}
