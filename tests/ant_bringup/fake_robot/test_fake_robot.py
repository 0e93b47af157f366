"""The fake robot, without ROS and faster than real time."""

from dataclasses import fields, replace

import numpy as np
import pytest

from ant_bringup.fake_robot.robot import FOREIGN_JOINT, PERIOD, Defects, FakeRobot

IDEAL = Defects.none()


def at_rest(defects: Defects = IDEAL) -> FakeRobot:
    robot = FakeRobot(defects)
    for _ in range(round(5.0 / PERIOD)):
        robot.step()
    return robot


def test_ideal_robot_measures_exactly_and_in_the_models_order():
    robot = FakeRobot(IDEAL)
    assert robot.joint_names == tuple(f"{part}_{leg}" for leg in (1, 2, 3, 4) for part in ("hip", "ankle"))
    assert robot.joints() == robot.joints()
    assert robot.base() == robot.base()
    assert robot.base()["position_w"][2] == robot._data.qpos[2]


def test_no_defect_is_left_in_an_ideal_robot():
    assert all(not getattr(IDEAL, field.name) for field in fields(Defects))


def test_shuffled_robot_measures_the_same_by_name_and_one_joint_more():
    ideal, shuffled = FakeRobot(IDEAL), FakeRobot(replace(IDEAL, shuffled_joints=True))
    assert set(shuffled.joint_names) == {*ideal.joint_names, FOREIGN_JOINT}
    by_name = [dict(zip(robot.joint_names, robot.joints()[0], strict=True)) for robot in (ideal, shuffled)]
    assert by_name[1] == {**by_name[0], FOREIGN_JOINT: 0.0}
    assert list(shuffled.joint_names) != sorted(shuffled.joint_names)


def test_accelerometer_reads_gravity_at_rest_and_nothing_in_free_fall():
    robot = at_rest()
    assert robot.acceleration_b() == pytest.approx([0.0, 0.0, 9.81], abs=0.05)
    robot._data.qpos[2] = 50.0
    robot._data.qvel[:] = 0.0
    for _ in range(100):
        robot.step()
    assert robot.acceleration_b() == pytest.approx([0.0, 0.0, 0.0], abs=0.5)


def test_efforts_arrive_after_the_actuation_delay():
    robot = FakeRobot(replace(IDEAL, actuation_delay=0.01))
    effort = {name: 10.0 + i for i, name in enumerate(robot.max_efforts)}
    robot.command(effort)
    applied = []
    for _ in range(8):
        applied.append(dict(zip(robot.joint_names, robot.joints()[2], strict=True)))
        robot.step()
    assert not any(applied[5].values())
    assert applied[7] == pytest.approx(effort)


@pytest.mark.parametrize(
    ("defect", "value", "measure"),
    [
        ("joint_position_noise", 0.05, lambda robot: robot.joints()[0]),
        ("joint_velocity_noise", 0.5, lambda robot: robot.joints()[1]),
        ("height_noise", 0.1, lambda robot: robot.base()["position_w"]),
        ("linear_velocity_noise", 0.3, lambda robot: robot.base()["velocity_b"]),
        ("angular_velocity_noise", 0.3, lambda robot: robot.base()["angular_velocity_b"]),
    ],
)
def test_noise_has_its_standard_deviation(defect, value, measure):
    robot = FakeRobot(replace(IDEAL, **{defect: value}))
    samples = np.array([measure(robot) for _ in range(2000)])
    assert samples.std(axis=0) == pytest.approx(value, rel=0.1)
    exact = np.array(measure(FakeRobot(IDEAL)))
    assert samples.mean(axis=0) == pytest.approx(exact, abs=0.1 * value)


def test_orientation_noise_turns_by_its_standard_deviation_and_stays_unit():
    robot, exact = FakeRobot(replace(IDEAL, orientation_noise=0.05)), FakeRobot(IDEAL).base()["quaternion"]
    samples = np.array([robot.base()["quaternion"] for _ in range(2000)])
    assert np.linalg.norm(samples, axis=1) == pytest.approx(1.0)
    angles = 2.0 * np.arccos(np.clip(np.abs(samples @ exact), 0.0, 1.0))
    assert np.sqrt((angles**2).mean()) == pytest.approx(0.05 * np.sqrt(3.0), rel=0.1)


def test_encoders_measure_in_steps():
    robot = FakeRobot(replace(IDEAL, encoder_resolution=0.01))
    positions = np.array(robot.joints()[0]) / 0.01
    assert positions == pytest.approx(np.round(positions), abs=1e-6)
    assert robot.joints()[0] == pytest.approx(FakeRobot(IDEAL).joints()[0], abs=0.005)


def test_velocity_is_in_the_torso_frame():
    robot = FakeRobot(IDEAL)
    robot._data.qpos[3:7] = [np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)]
    robot._data.qvel[:3] = [1.0, 0.0, 0.0]
    assert robot.base()["velocity_b"] == pytest.approx([0.0, -1.0, 0.0])


def test_heavier_robot_has_more_mass_everywhere():
    light, heavy = FakeRobot(IDEAL)._model, FakeRobot(replace(IDEAL, extra_mass=0.3))._model
    assert heavy.body_mass == pytest.approx(1.3 * light.body_mass)
    assert heavy.body_inertia == pytest.approx(1.3 * light.body_inertia)
    assert heavy.body_subtreemass == pytest.approx(1.3 * light.body_subtreemass)


def test_pushes_come_once_a_second():
    robot, steady = FakeRobot(replace(IDEAL, push=2.0)), FakeRobot(IDEAL)
    pushes = 0
    for _ in range(round(20.0 / PERIOD)):
        before = robot._data.qpos.copy(), robot._data.qvel.copy()
        robot.step()
        steady._data.qpos[:], steady._data.qvel[:] = before
        steady.step()
        pushes += bool(np.abs(robot._data.qvel[:3] - steady._data.qvel[:3]).max() > 0.2)
    assert 8 <= pushes <= 35
