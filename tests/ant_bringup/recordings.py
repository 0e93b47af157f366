"""Recordings of a fake robot, and what the checks say of them."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from ant_bringup.check_driver import model_ranges
from ant_bringup.checks.driver import check_recording
from ant_bringup.checks.recording import BaseMessage, ImuMessage, JointMessage, Recording, Row
from ant_bringup.fake_robot.robot import PERIOD, Defects, FakeRobot
from ant_policy.card.card import default_card
from ant_sim import MODEL_PATH
from ant_sim.physics.robot import load_robot

CARD = default_card("sac")
RANGES = model_ranges(load_robot(MODEL_PATH))
EPOCH = 1_700_000_000.0
"""Stamp of the first message [s]."""


def imu_message(time: float, robot: FakeRobot, base: dict[str, np.ndarray]) -> ImuMessage:
    motion = np.array(robot.acceleration_b()), base["quaternion"], base["angular_velocity_b"]
    return ImuMessage(time + 0.003, time, robot.introduction["base_link"], *motion)


def record(defects: Defects, effort: float, seconds: float = 2.0) -> Recording:
    """Measurements of a fake robot while each motor is driven by a slow wave, or rests."""
    robot = FakeRobot(load_robot(MODEL_PATH), defects)
    for _ in range(round(2.0 / PERIOD)):
        robot.step()
    if effort:
        robot.simulator.data.qpos[2] += 3.0
        robot.simulator.data.qvel[3:6] = [3.0, -4.0, 2.0]
        robot.simulator.data.qvel[:3] = [1.0, 2.0, 0.0]
    recording = Recording(seconds)
    for tick in range(round(seconds / PERIOD)):
        time = EPOCH + tick * PERIOD
        if effort and tick % 25 == 0:
            wave = effort * np.sin(2.0 * np.pi * (2.0 * time + np.arange(8) / 8.0))
            robot.command("effort", dict(zip(robot.introduction["limits"], wave.tolist(), strict=True)))
        robot.step()
        if tick % 2 == 0:
            positions, velocities, efforts = (np.array(row) for row in robot.joints())
            recording.joints.append(JointMessage(time + 0.003, time, robot.joint_names, positions, velocities, efforts))
        if tick % 5 == 0:
            base = {name: np.array(values) for name, values in robot.base().items()}
            recording.bases.append(
                BaseMessage(
                    time + 0.003,
                    time,
                    "odom",
                    "torso",
                    base["position_w"],
                    base["quaternion"],
                    base["velocity_b"],
                    base["angular_velocity_b"],
                )
            )
            recording.imus.append(imu_message(time, robot, base))
            recording.heights.append((time + 0.003, float(base["position_w"][2])))
        if tick % 50 == 0:
            recording.e_stops.append((time, False))
    return recording


MOVING = record(Defects.none(), effort=20.0)
RESTING = record(Defects.none(), effort=0.0)


def verdicts(recording: Recording) -> dict[str, str]:
    return {row.check: row.verdict for row in check_recording(recording, CARD, RANGES)}


def every_joints(recording: Recording, **changes) -> Recording:
    changed = [replace(m, **{name: change(m) for name, change in changes.items()}) for m in recording.joints]
    return replace(recording, joints=changed)


def every_base(recording: Recording, **changes) -> Recording:
    changed = [replace(m, **{name: change(m) for name, change in changes.items()}) for m in recording.bases]
    return replace(recording, bases=changed)


def row(recording: Recording, check: str) -> Row:
    return next(row for row in check_recording(recording, CARD, RANGES) if row.check == check)
