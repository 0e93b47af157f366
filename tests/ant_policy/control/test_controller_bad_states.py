"""States and actions that cannot be used."""

import math

import pytest
from controlled_robot import JOINTS, MS, ConstantPolicy, Robot, S, is_zero

from ant_policy.control.state import LATCHED


@pytest.fixture
def robot():
    return Robot()


@pytest.mark.parametrize(
    ("send", "reason"),
    [
        (lambda robot, at: robot.state(at, height=math.nan), "odom: base_height is nan"),
        (lambda robot, at: robot.state(at, quaternion=(2.0, 0.0, 0.0, 0.0)), "odom: orientation has norm 2"),
        (
            lambda robot, at: robot.odom(at) + robot.joints(at, positions=[math.inf] * 8),
            "position of joint 'hip_1' is inf",
        ),
        (lambda robot, at: robot.odom(at) + robot.joints(at, velocities=[0.0] * 7), "7 entries in 'velocity'"),
        (
            lambda robot, at: robot.odom(at) + robot.joints(at, velocities=[math.nan] * 8),
            "velocity of joint 'hip_1' is nan; publish it, or set velocity_from_positions to true",
        ),
        (
            lambda robot, at: robot.odom(at) + robot.joints(at, names=["hip_2"], velocities=[math.inf]),
            "velocity of joint 'hip_2' is inf",
        ),
        (
            lambda robot, at: robot.odom(at) + robot.joints(at, names=[*JOINTS, "hip_1"]),
            "joint 'hip_1' is listed 2 times",
        ),
    ],
)
def test_bad_state_means_zero_effort_with_a_reason_until_the_next_good_one(robot, send, reason):
    robot.state(S)
    (command,) = send(robot, S + 50 * MS)
    assert is_zero(command)
    assert command.stamp_ns == S + 50 * MS
    assert reason in robot.controller.message
    assert robot.controller.message.endswith(": zero effort")
    assert robot.controller.state not in LATCHED
    (command,) = robot.state(S + 100 * MS)
    assert not is_zero(command)
    assert robot.controller.message == ""


def test_bad_state_between_two_control_instants_means_zero_effort_too(robot):
    robot.state(S)
    (command,) = robot.bad_state(S + 10 * MS)
    assert is_zero(command)
    assert robot.controller.message


def test_bad_state_after_which_nothing_comes_leaves_zero_effort(robot):
    robot.state(S)
    robot.bad_state(S + 10 * MS)
    robot.wait(2.0)
    assert is_zero(robot.commands[-1])


def test_bad_state_that_is_repeated_stays_refused(robot):
    robot.state(S)
    robot.wait(1.0)
    robot.bad_state(S + 50 * MS)
    (again,) = robot.bad_state(S + 50 * MS)
    assert is_zero(again)
    assert "base_height is nan" in robot.controller.message


def test_bad_first_state_is_followed_by_the_good_one(robot):
    robot.bad_state(S)
    assert robot.controller.state not in LATCHED
    (command,) = robot.state(S + 50 * MS)
    assert not is_zero(command)


def test_action_that_is_not_finite_means_zero_effort_with_a_reason():
    robot = Robot(ConstantPolicy(math.nan))
    (command,) = robot.state(S)
    assert is_zero(command)
    assert robot.controller.message == "the policy's action is not finite: zero effort"


@pytest.mark.parametrize("topic", ["joint_states", "odom"])
def test_stamp_of_zero_means_unset_and_is_refused_by_its_topic(robot, topic):
    """A driver that leaves the stamp out would otherwise repeat its first state for ever."""
    for _ in range(5):
        robot.odom(0 if topic == "odom" else S)
        robot.joints(0 if topic == "joint_states" else S)
    assert robot.policy.seen == []
    assert all(map(is_zero, robot.commands))
    assert robot.controller.message.startswith(f"{topic}: ")
    assert "stamp is 0" in robot.controller.message


def test_refused_message_is_answered_with_zero_effort_though_no_odometry_comes(robot):
    robot.state(S)
    (command,) = robot.joints(S + 5 * MS, positions=[math.nan] * 8)
    assert is_zero(command)
    assert command.stamp_ns == S + 5 * MS
    assert robot.joints(S) == []


def test_state_that_waits_for_its_odometry_does_not_move_the_robot_after_a_later_one_was_refused(robot):
    robot.state(S)
    robot.joints(S + 50 * MS)
    robot.joints(S + 55 * MS, positions=[math.nan] * 8)
    assert robot.odom(S + 50 * MS) == []
    assert "position of joint 'hip_1' is nan" in robot.controller.message
    (command,) = robot.state(S + 60 * MS)
    assert not is_zero(command)
