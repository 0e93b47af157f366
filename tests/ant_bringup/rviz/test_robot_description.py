"""The markers' view of a URDF."""

import math

import pytest

from ant_bringup.rviz.robot_description import parse_urdf
from ant_sim import MODEL_PATH, AntSimulator

URDF = MODEL_PATH.with_name("ant.urdf")
ROBOT = """<robot name="r"><link name="base"/><link name="arm"/>
<joint name="elbow" type="revolute"><parent link="base"/><child link="arm"/>
<axis xyz="0 3 4"/><limit lower="0" upper="1" effort="7" velocity="1"/></joint></robot>"""


def test_ant_has_its_joints_with_the_gears_as_limits() -> None:
    robot, simulator = parse_urdf(URDF.read_text()), AntSimulator()
    assert robot.root == "torso"
    assert [joint.name for joint in robot.joints] == list(simulator.joint_names)
    gears = dict(zip(simulator.actuator_joints, simulator.gears, strict=True))
    assert {joint.name: joint.max_effort for joint in robot.joints} == gears
    assert all(math.hypot(*joint.axis) == pytest.approx(1.0) for joint in robot.joints)


def test_axis_becomes_a_unit_vector_in_the_frame_of_the_child_link() -> None:
    (joint,) = parse_urdf(ROBOT).joints
    assert (joint.name, joint.link, joint.max_effort, joint.unit) == ("elbow", "arm", 7.0, "N m")
    assert joint.axis == pytest.approx((0.0, 0.6, 0.8))


def test_joint_without_a_motor_is_left_out() -> None:
    assert parse_urdf(ROBOT.replace('effort="7"', 'effort="0"')).joints == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<robot", "<robbot", "robot.urdf is no URDF"),
        ('<link name="arm"/>', '<link name="arm"/><link name="loose"/>', r"one root link.*base.*loose"),
        ("0 3 4", "0 0 0", "joint 'elbow' has no axis"),
        ('effort="7"', 'effort="strong"', "joint 'elbow' has no axis or no effort limit"),
        (ROBOT, "<robots/>", "found <robots>"),
    ],
)
def test_what_is_no_urdf_is_named(old: str, new: str, words: str) -> None:
    assert old in ROBOT
    with pytest.raises(ValueError, match=words):
        parse_urdf(ROBOT.replace(old, new), "robot.urdf")
