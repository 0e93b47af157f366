"""No fresh state, no effort; it resumes by itself."""

import pytest
from controlled_robot import MS, Robot, S, is_zero, same

from ant_policy.control.state import LATCHED


@pytest.fixture
def robot():
    return Robot()


def test_nothing_is_commanded_before_the_first_complete_state(robot):
    robot.wait(1.0)
    for i in range(20):
        robot.joints(S + i * 50 * MS)
    robot.wait(1.0)
    assert robot.commands == []


@pytest.mark.parametrize(
    ("topics", "reason"),
    [
        ((), ""),
        (("odom",), "no joint_states for 0.2 s: waiting for them"),
        (("one message of joints", "odom"), "no joint_states for 0.2 s: waiting for them"),
        (
            ("joints",),
            "no odom for 0.2 s, which the policy needs for base_height, base_orientation, base_linear_velocity, "
            "base_angular_velocity: waiting for it",
        ),
    ],
)
def test_topic_that_does_not_come_before_a_first_state_is_named_once_another_is_heard(robot, topics, reason):
    robot.wait(5.0)
    assert robot.controller.message == ""
    for i in range(50):
        if "odom" in topics and i > 10:
            robot.odom(S + i * 20 * MS)
        if "joints" in topics or ("one message of joints" in topics and i == 0):
            robot.joints(S + i * 20 * MS)
        robot.wait(0.02)
        assert robot.controller.message == "" or i > 8, "not before the timeout"
    assert robot.controller.message == reason
    assert robot.commands == []
    assert robot.state(10 * S)
    assert robot.controller.message == ""


@pytest.mark.parametrize(
    ("topics", "reason"),
    [
        ((), "no joint_states for 0.2 s"),
        (("odom",), "no joint_states for 0.2 s"),
        (("joints",), "no odom for 0.2 s"),
        (
            ("joints", "odom of another clock"),
            "no odom in time and within 0.02 s of joint_states for 0.2 s",
        ),
    ],
)
def test_stale_state_means_one_zero_command_and_a_reason_that_names_the_topic(robot, topics, reason):
    robot.state(100 * S)
    for i in range(1, 50):
        robot.wait(0.02)
        stamp_ns = 100 * S + i * 20 * MS
        if "odom" in topics:
            robot.odom(stamp_ns)
        if "odom of another clock" in topics:
            robot.odom(stamp_ns - 10 * S)
        if "joints" in topics:
            robot.joints(stamp_ns)
    assert len(robot.commands) == 2
    assert is_zero(robot.commands[1])
    assert robot.commands[1].stamp_ns == 100 * S
    assert robot.controller.message == f"{reason}: zero effort until a fresh complete state comes"
    assert robot.controller.state not in LATCHED


@pytest.mark.parametrize("timeout", [0.1, 0.5])
def test_state_is_stale_after_the_timeout_and_not_before(timeout):
    robot = Robot(state_timeout=timeout)
    robot.state(S)
    robot.wait(timeout - 0.001)
    assert len(robot.commands) == 1
    robot.wait(0.002)
    assert len(robot.commands) == 2


def test_fresh_state_resumes_by_itself(robot):
    robot.state(S)
    robot.wait(1.0)
    assert robot.controller.message
    (command,) = robot.state(S + S)
    assert not is_zero(command)
    assert robot.controller.message == ""
    robot.wait(0.3)
    assert is_zero(robot.commands[-1])
    assert len(robot.commands) == 4


def test_pause_that_repeats_the_state_is_no_fault(robot):
    robot.state(S)
    for _ in range(50):
        robot.wait(0.1)
        robot.state(S)
    assert robot.controller.message == ""
    assert all(same(command, robot.commands[0]) for command in robot.commands)


def test_stale_state_that_is_repeated_resumes(robot):
    (first,) = robot.state(S)
    robot.wait(1.0)
    (again,) = robot.state(S)
    assert same(again, first)
    assert robot.controller.message == ""


def test_watchdog_that_was_itself_held_up_looks_again_before_it_stops(robot):
    robot.state(S)
    robot.wait(0.1)
    robot.now += 3.0
    assert robot.controller.tick(robot.now) == []
    assert robot.controller.message == ""
    (command,) = robot.state(S + 50 * MS)
    assert not is_zero(command)
    robot.wait(0.1)
    assert robot.controller.message == ""


def test_held_up_watchdog_stops_the_next_time_if_nothing_has_come(robot):
    robot.state(S)
    robot.now += 3.0
    assert robot.controller.tick(robot.now) == []
    robot.wait(0.02)
    assert is_zero(robot.commands[-1])
