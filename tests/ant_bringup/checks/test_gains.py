"""Checks of position-controlled robots, on recordings of an arm."""

from dataclasses import replace

import numpy as np
import pytest
from mjcf import ARM

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from ant_bringup.checks.driver import check_recording
from ant_bringup.checks.gains import position_control
from ant_bringup.checks.recording import JointMessage, Recording
from ant_bringup.fake_robot.robot import PERIOD, Defects, FakeRobot
from ant_policy.card.action import Action
from ant_policy.card.card import Card
from ant_policy.card.observation import Observation, Term
from ant_policy.card.parts import Joints, PolicyFile
from ant_sim.physics.robot import load_robot

NAMES = ("shoulder", "elbow", "wrist")
POSE = {"shoulder": 0.5, "elbow": -0.8, "wrist": 0.2}
CARD = Card(
    robot="arm",
    base_link="pedestal",
    policy=PolicyFile("random"),
    control_period=0.02,
    joints=Joints(NAMES, POSE),
    observation=Observation((Term("joint_positions", offset=POSE), Term("joint_velocities"))),
    # The shoulder's actuator has a gear of 2: 4 times the stiffness at the joint.
    action=Action(
        "position", NAMES, dict.fromkeys(NAMES, 1.0), POSE, stiffness=dict(zip(NAMES, (200, 40, 5), strict=True))
    ),
)


def record(tmp_path_factory: pytest.TempPathFactory, amplitude: float, stopped: bool = False) -> Recording:
    """Two seconds of an arm that follows waves around its pose, or does not follow."""
    path = tmp_path_factory.mktemp("arm") / "arm.xml"
    path.write_text(ARM)
    robot = FakeRobot(load_robot(path), Defects.none(), keyframe="home")
    recording = Recording(2.0)
    rng = np.random.default_rng(1)
    for tick in range(1500):
        time = 1000.0 + tick * PERIOD
        if tick % 10 == 0 and tick >= 500:
            values = {name: POSE[name] + amplitude * float(rng.uniform(-1.0, 1.0)) for name in NAMES}
            if stopped:
                robot.stop()
            else:
                robot.command("position", values)
            if amplitude:
                arrays = np.array(list(values.values())), np.array([]), np.array([])
                recording.commands.append(JointMessage(time, time, tuple(values), *arrays))
        robot.step()
        if tick >= 500 and tick % 2 == 0:
            at, rows = time + PERIOD, map(np.array, robot.joints())
            recording.joints.append(JointMessage(at + 0.001, at, robot.joint_names, *rows))
    return recording


@pytest.fixture(scope="module")
def resting(tmp_path_factory) -> Recording:
    return record(tmp_path_factory, 0.0)


@pytest.fixture(scope="module")
def moving(tmp_path_factory) -> Recording:
    return record(tmp_path_factory, 0.3)


def rows(recording: Recording, card: Card = CARD) -> dict[str, tuple[str, str]]:
    return {row.check: (row.verdict, row.detail) for row in position_control(recording, card)}


def test_pose_at_rest_is_that_of_an_action_of_zero(resting, moving):
    assert rows(resting)["default pose"][0] == "pass"
    assert rows(moving)["default pose"] == ("not observed", "the robot was not at rest")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"action": replace(CARD.action, offset=None)}, "an action of 0 commands 0.00"),
        ({"observation": Observation((Term("joint_positions"),))}, "joint_positions are 0 at 0.00"),
        ({"action": replace(CARD.action, offset=POSE | {"elbow": 0.8})}, "an action of 0 commands 0.80"),
    ],
)
def test_offset_that_is_left_out_is_a_warning(resting, changes, words):
    verdict, detail = rows(resting, replace(CARD, **changes))["default pose"]
    assert verdict == "warning"
    assert detail.startswith("'elbow' rests at -0.")
    assert words in detail


def test_stiffness_is_fitted_joint_by_joint(resting, moving):
    assert rows(moving)["stiffness"] == ("pass", "that of the card within 20% (3 joints; damping not seen)")
    assert rows(resting)["stiffness"][0] == "not observed"
    softer = replace(CARD.action, stiffness={"shoulder": 50.0, "elbow": 40.0, "wrist": 5.0})
    verdict, detail = rows(moving, replace(CARD, action=softer))["stiffness"]
    assert verdict == "warning"
    assert "'shoulder' has 2" in detail
    assert "the card says 50; 1 joints differ" in detail


def test_stiffness_of_a_robot_that_follows_nothing_is_not_observed(tmp_path_factory):
    assert rows(record(tmp_path_factory, 0.3, stopped=True))["stiffness"][0] == "not observed"


def test_policies_that_command_something_else_have_no_such_rows(resting):
    action = Action("effort", NAMES, dict.fromkeys(NAMES, 1.0))
    assert position_control(resting, replace(CARD, action=action)) == []


def test_topics_that_the_card_does_not_name_are_not_asked_for(moving):
    found = {row.check: row.verdict for row in check_recording(moving, CARD, {})}
    assert "messages" not in found
    assert not [check for check in found if check.startswith(("odom", "twist", "frame"))]
    assert found["paired stamps"] == "pass"
    assert found["joint positions"] == "not observed"
