"""The fake robot, without ROS and faster than real time."""

from dataclasses import fields, replace

import numpy as np
import pytest
from mjcf import ARM

from ant_bringup.fake_robot.robot import FOREIGN_JOINT, PERIOD, Defects, FakeRobot
from ant_sim import MODEL_PATH
from ant_sim.physics.robot import load_robot

IDEAL = Defects.none()


def ant(defects: Defects) -> FakeRobot:
    return FakeRobot(load_robot(MODEL_PATH), defects)


def at_rest(defects: Defects = IDEAL) -> FakeRobot:
    robot = ant(defects)
    for _ in range(round(5.0 / PERIOD)):
        robot.step()
    return robot


def test_ideal_robot_measures_exactly_and_in_the_models_order():
    robot = ant(IDEAL)
    assert robot.joint_names == tuple(f"{part}_{leg}" for leg in (1, 2, 3, 4) for part in ("hip", "ankle"))
    assert robot.joints() == robot.joints()
    assert robot.base() == robot.base()
    assert robot.base()["position_w"][2] == robot.simulator.data.qpos[2]


def test_no_defect_is_left_in_an_ideal_robot():
    assert all(not getattr(IDEAL, field.name) for field in fields(Defects))


def test_shuffled_robot_measures_the_same_by_name_and_one_joint_more():
    ideal, shuffled = ant(IDEAL), ant(replace(IDEAL, shuffled_joints=True))
    assert set(shuffled.joint_names) == {*ideal.joint_names, FOREIGN_JOINT}
    by_name = [dict(zip(robot.joint_names, robot.joints()[0], strict=True)) for robot in (ideal, shuffled)]
    assert by_name[1] == {**by_name[0], FOREIGN_JOINT: 0.0}
    assert list(shuffled.joint_names) != sorted(shuffled.joint_names)


def test_accelerometer_reads_gravity_at_rest_and_nothing_in_free_fall():
    robot = at_rest()
    assert robot.acceleration_b() == pytest.approx([0.0, 0.0, 9.81], abs=0.05)
    robot.simulator.data.qpos[2] = 50.0
    robot.simulator.data.qvel[:] = 0.0
    for _ in range(100):
        robot.step()
    assert robot.acceleration_b() == pytest.approx([0.0, 0.0, 0.0], abs=0.5)


def test_efforts_arrive_after_the_actuation_delay():
    robot = ant(replace(IDEAL, actuation_delay=0.01))
    effort = {name: 10.0 + i for i, name in enumerate(robot.introduction["limits"])}
    robot.command("effort", effort)
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
    robot = ant(replace(IDEAL, **{defect: value}))
    samples = np.array([measure(robot) for _ in range(2000)])
    assert samples.std(axis=0) == pytest.approx(value, rel=0.1)
    exact = np.array(measure(ant(IDEAL)))
    assert samples.mean(axis=0) == pytest.approx(exact, abs=0.1 * value)


def test_orientation_noise_turns_by_its_standard_deviation_and_stays_unit():
    robot, exact = ant(replace(IDEAL, orientation_noise=0.05)), ant(IDEAL).base()["quaternion"]
    samples = np.array([robot.base()["quaternion"] for _ in range(2000)])
    assert np.linalg.norm(samples, axis=1) == pytest.approx(1.0)
    angles = 2.0 * np.arccos(np.clip(np.abs(samples @ exact), 0.0, 1.0))
    assert np.sqrt((angles**2).mean()) == pytest.approx(0.05 * np.sqrt(3.0), rel=0.1)


def test_encoders_measure_in_steps():
    robot = ant(replace(IDEAL, encoder_resolution=0.01))
    positions = np.array(robot.joints()[0]) / 0.01
    assert positions == pytest.approx(np.round(positions), abs=1e-6)
    assert robot.joints()[0] == pytest.approx(ant(IDEAL).joints()[0], abs=0.005)


def test_velocity_is_in_the_frame_of_the_base():
    robot = ant(IDEAL)
    robot.simulator.data.qpos[3:7] = [np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)]
    robot.simulator.data.qvel[:3] = [1.0, 0.0, 0.0]
    assert robot.base()["velocity_b"] == pytest.approx([0.0, -1.0, 0.0])


def test_heavier_robot_has_more_mass_everywhere():
    light, heavy = ant(IDEAL).simulator.model, ant(replace(IDEAL, extra_mass=0.3)).simulator.model
    assert heavy.body_mass == pytest.approx(1.3 * light.body_mass)
    assert heavy.body_inertia == pytest.approx(1.3 * light.body_inertia)
    assert heavy.body_subtreemass == pytest.approx(1.3 * light.body_subtreemass)


def test_pushes_come_once_a_second():
    robot, steady = ant(replace(IDEAL, push=2.0)), ant(IDEAL)
    pushes = 0
    for _ in range(round(20.0 / PERIOD)):
        before = robot.simulator.data.qpos.copy(), robot.simulator.data.qvel.copy()
        robot.step()
        steady.simulator.data.qpos[:], steady.simulator.data.qvel[:] = before
        steady.step()
        pushes += bool(np.abs(robot.simulator.data.qvel[:3] - steady.simulator.data.qvel[:3]).max() > 0.2)
    assert 8 <= pushes <= 35


@pytest.fixture
def arm(tmp_path):
    """A fixed base and three position-controlled joints."""
    (tmp_path / "arm.xml").write_text(ARM)

    def make(on_stop: str = "") -> FakeRobot:
        return FakeRobot(load_robot(tmp_path / "arm.xml"), IDEAL, keyframe="home", on_stop=on_stop)

    return make


def stepped(robot: FakeRobot, seconds: float) -> dict[str, float]:
    """Positions by joint name some time later."""
    for _ in range(round(seconds / PERIOD)):
        robot.step()
    return dict(zip(robot.joint_names, robot.joints()[0], strict=True))


TARGETS = {"wrist": 0.3, "elbow": -0.5, "shoulder": 0.4}


def test_robot_of_another_kind_says_what_it_is(arm):
    assert arm().introduction == {
        "joint_names": ("shoulder", "elbow", "wrist"),
        "base_link": "pedestal",
        "interface": "position",
        "limits": {
            "wrist": (-np.inf, np.inf),
            "shoulder": (-np.inf, np.inf),
            "elbow": (-1.0, 1.0),
        },
        "consequence": "joints damped",
        "publishes_height": False,
    }


def test_position_robot_holds_its_pose_until_it_is_commanded_and_follows_by_name(arm):
    robot = arm()
    assert stepped(robot, 1.0) == pytest.approx({"shoulder": 0.5, "elbow": -0.8, "wrist": 0.2}, abs=0.15)
    robot.command("position", TARGETS)
    assert stepped(robot, 1.0) == pytest.approx(TARGETS, abs=0.1)


@pytest.mark.parametrize(
    ("on_stop", "stays"), [("zero_effort", False), ("damp", False), ("hold", True)], ids=lambda value: str(value)
)
def test_stop_of_a_position_robot_is_what_on_stop_says(arm, on_stop, stays):
    robot = arm(on_stop)
    robot.command("position", TARGETS)
    before = stepped(robot, 1.0)
    robot.stop()
    robot.step()
    efforts = robot.joints()[2]
    assert any(efforts) == (on_stop != "zero_effort")
    after = stepped(robot, 2.0)
    assert (after == pytest.approx(before, abs=0.05)) == stays
    robot.command("position", TARGETS)
    assert stepped(robot, 2.0) == pytest.approx(TARGETS, abs=0.1)


def test_stop_that_the_robot_has_not_is_refused(arm):
    with pytest.raises(ValueError, match="'on_stop' is 'brake'; the robot takes position, expected one of: damp"):
        arm("brake")
