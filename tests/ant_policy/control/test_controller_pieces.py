"""Joint states of several publishers: partial messages complete each other, others are no news."""

from itertools import pairwise

import numpy as np
import pytest
from controlled_robot import JOINTS, MS, Robot, S, is_zero, same
from hypothesis import given
from hypothesis import strategies as st

from ant_policy.control.config import PolicyConfig
from ant_policy.control.state import LATCHED

HIPS = [name for name in JOINTS if name.startswith("hip")]
ANKLES = [name for name in JOINTS if name.startswith("ankle")]
ARM = ["shoulder", "elbow"]


@pytest.fixture
def robot():
    return Robot()


def test_partial_messages_complete_each_other(robot):
    (expected,) = Robot().state(S)
    (command,) = robot.pieces(S, HIPS, ANKLES)
    assert same(command, expected)
    (command,) = robot.pieces(S + 50 * MS, ANKLES, HIPS)
    assert command.stamp_ns == S + 50 * MS


@given(data=st.data(), order=st.permutations(JOINTS))
def test_any_split_of_a_state_gives_the_command_of_the_whole_bit_for_bit(data, order):
    cuts = data.draw(st.sets(st.integers(1, 7)))
    bounds = [0, *sorted(cuts), 8]
    messages = [(*order[a:b],) for a, b in pairwise(bounds)]
    for _ in range(data.draw(st.integers(0, 3))):
        messages.insert(data.draw(st.integers(0, len(messages))), tuple(ARM))
    robot, whole = Robot(), Robot()
    for stamp_ns in (S, S + 5 * MS, S + 50 * MS):
        commands, expected = robot.pieces(stamp_ns, *messages), whole.state(stamp_ns)
        assert len(commands) == len(expected)
        assert all(map(same, commands, expected))
    assert all(map(np.array_equal, robot.policy.seen, whole.policy.seen))
    assert robot.controller.counters == whole.controller.counters


def test_messages_of_other_joints_are_no_news(robot):
    robot.state(S)
    for i in range(20):
        robot.wait(0.02)
        assert robot.joints(S + i * MS, names=ARM) == []
    assert robot.controller.message.startswith("no joint_states for 0.2 s: zero effort")
    assert robot.controller.counters.refused == 0


@pytest.mark.parametrize("stamp_ns", [0, S, 1000 * S])
def test_messages_of_other_joints_may_be_as_bad_as_they_like(robot, stamp_ns):
    robot.state(S)
    assert robot.joints(stamp_ns, names=ARM, positions=[float("nan")], velocities=[]) == []
    assert robot.joints(stamp_ns, names=[]) == []
    (command,) = robot.state(S + 50 * MS)
    assert not is_zero(command)


def test_first_messages_of_another_robot_are_told_once_and_nothing_is_commanded(robot):
    for _ in range(20):
        robot.joints(S, names=ARM)
        robot.wait(0.02)
    assert robot.commands == []
    assert robot.controller.message == (
        "joint_states: none of the policy's joints for 0.2 s; found: shoulder, elbow; expected: "
        f"{', '.join(JOINTS)}: waiting for them"
    )
    assert robot.controller.state not in LATCHED
    (command,) = robot.state(S)
    assert not is_zero(command)
    assert robot.controller.message == ""


def test_joint_that_is_never_heard_needs_a_new_configuration_after_the_timeout(robot):
    robot.wait(1.0)
    for _ in range(9):
        robot.pieces(S, [*ARM, *JOINTS[:4]], JOINTS[4:7])
        robot.wait(0.02)
    assert robot.commands == []
    assert robot.controller.state not in LATCHED
    robot.wait(0.06)
    (command,) = robot.commands
    assert is_zero(command)
    assert robot.controller.state == "mismatched"
    assert robot.controller.message == (
        f"joint_states: joint 'ankle_4' is missing; found: {', '.join([*ARM, *JOINTS[:7]])}: zero effort"
    )
    assert robot.state(S + 50 * MS) == []
    robot.wait(1.0)
    assert len(robot.commands) == 1


def test_joint_that_is_heard_in_time_needs_no_new_configuration(robot):
    robot.joints(S, names=JOINTS[:7])
    robot.wait(0.19)
    (command,) = robot.pieces(S + 190 * MS, JOINTS[:7], JOINTS[7:])
    assert not is_zero(command)
    robot.wait(0.05)
    assert robot.controller.state not in LATCHED


def test_joint_that_is_refused_is_not_missing(robot):
    for _ in range(20):
        robot.joints(S, names=HIPS, velocities=[])
        robot.joints(S, names=ANKLES)
        robot.wait(0.02)
    assert robot.controller.state not in LATCHED
    assert "velocity of joint 'hip_1' is missing ('velocity' is empty)" in robot.controller.message
    (command,) = robot.pieces(S + 500 * MS, HIPS, ANKLES)
    assert not is_zero(command)


def test_watchdog_that_was_held_up_looks_again_before_a_joint_is_missing(robot):
    robot.joints(S, names=JOINTS[:7])
    robot.now += 3.0
    assert robot.controller.tick(robot.now) == []
    assert robot.controller.state not in LATCHED
    robot.joints(S, names=JOINTS[7:])
    robot.wait(0.1)
    assert robot.controller.state not in LATCHED


def test_joint_without_news_is_stale_and_named_and_resumes_by_itself(robot):
    robot.pieces(S, HIPS, ANKLES)
    for i in range(1, 30):
        robot.wait(0.02)
        robot.pieces(S + i * 20 * MS, HIPS, [name for name in ANKLES if name != "ankle_2"])
    assert is_zero(robot.commands[-1])
    assert robot.controller.state not in LATCHED
    assert robot.controller.message == (
        "joint_states: no message with joint 'ankle_2' for 0.2 s: zero effort until a fresh complete state comes"
    )
    (command,) = robot.pieces(S + 700 * MS, HIPS, ANKLES)
    assert not is_zero(command)
    assert robot.controller.message == ""


def test_complete_messages_that_lose_a_joint_make_it_stale_too(robot):
    robot.state(S)
    for i in range(1, 20):
        robot.wait(0.02)
        robot.joints(S + i * 20 * MS, names=JOINTS[1:])
    assert robot.controller.message.startswith("joint_states: no message with joint 'hip_1' for 0.2 s")


def test_all_joints_of_a_silent_publisher_are_named(robot):
    robot.pieces(S, HIPS, ANKLES)
    for i in range(1, 20):
        robot.wait(0.02)
        robot.pieces(S + i * 20 * MS, HIPS)
    assert robot.controller.message.startswith(
        "joint_states: no message with joints 'ankle_1', 'ankle_2', 'ankle_3', 'ankle_4' for 0.2 s"
    )


def test_stamps_that_are_too_far_apart_are_told_with_the_numbers(robot):
    robot.pieces(S, HIPS, ANKLES)
    for i in range(1, 30):
        robot.wait(0.02)
        robot.pieces(S + i * 20 * MS, HIPS)
        robot.joints(S + i * 20 * MS - 50 * MS, names=ANKLES)
    assert is_zero(robot.commands[-1])
    assert robot.controller.message == (
        "joint_states: stamps of joints 'ankle_1' and 'hip_1' are 0.05 s apart, pairing_tolerance is 0.02 s for 0.2 s: "
        "zero effort until a fresh complete state comes"
    )
    (command,) = robot.pieces(S + 900 * MS, HIPS, ANKLES)
    assert not is_zero(command)


def test_first_stamps_that_are_too_far_apart_are_told_and_nothing_is_latched(robot):
    for i in range(30):
        robot.pieces(S + i * 20 * MS, HIPS)
        robot.joints(3 * S + i * 20 * MS, names=ANKLES)
        robot.wait(0.02)
    assert robot.commands == []
    assert robot.controller.state not in LATCHED
    assert robot.controller.message == (
        "joint_states: stamps of joints 'hip_1' and 'ankle_1' are 2 s apart, pairing_tolerance is 0.02 s: "
        "waiting for a first complete state"
    )


def test_odometry_that_is_missing_is_told_while_partial_messages_complete_each_other(robot):
    robot.pieces(S, HIPS, ANKLES)
    for i in range(1, 20):
        robot.wait(0.02)
        robot.joints(S + i * 20 * MS, names=HIPS)
        robot.joints(S + i * 20 * MS, names=ANKLES)
    assert robot.controller.message.startswith("no odom for 0.2 s")


def test_restarted_publishers_are_answered_after_the_timeout_of_older_stamps_only(robot):
    robot.pieces(100 * S, HIPS, ANKLES)
    begun, stamp_ns = robot.now, S
    while len(robot.commands) == 1 or is_zero(robot.commands[-1]):
        robot.now += 0.01
        stamp_ns += 10 * MS
        robot.pieces(stamp_ns, HIPS, ANKLES)
        assert robot.now < begun + 1.0
    assert 0.2 <= robot.now - begun <= 0.23
    assert robot.commands[-1].stamp_ns == stamp_ns


def test_repeated_partial_messages_get_the_same_command_again(robot):
    (first,) = robot.pieces(S, HIPS, ANKLES)
    (again,) = robot.pieces(S, HIPS, ANKLES)
    assert same(again, first)
    assert robot.controller.counters.repeated == 1


def test_activation_forgets_partial_messages(robot):
    robot.joints(S, names=HIPS)
    robot.controller.activate(robot.now)
    assert robot.pieces(S, ANKLES) == []


@pytest.mark.parametrize("velocities", [[], [float("nan")] * 8])
def test_velocities_that_are_missing_are_differentiated_if_asked_for(velocities):
    robot = Robot(velocity_from_positions=True)
    for i in range(1, 12):
        robot.odom(S + i * 10 * MS)
        robot.joints(S + i * 10 * MS, positions=[0.02 * i] * 8, velocities=velocities)
    assert len(robot.policy.seen) == 2
    for observation in robot.policy.seen:
        np.testing.assert_allclose(observation[-8:], 2.0)
    assert not any(map(is_zero, robot.commands))


def test_velocities_that_are_there_stay_as_they_are():
    robot = Robot(velocity_from_positions=True)
    robot.state(S)
    assert robot.policy.seen[0][-8:].tolist() == [0.1 * i for i in range(1, 9)]
    mixed = [float("nan"), *[7.0] * 7]
    robot.odom(S + 50 * MS)
    assert robot.joints(S + 50 * MS, velocities=mixed) == []
    robot.odom(S + 60 * MS)
    (command,) = robot.joints(S + 60 * MS, velocities=mixed)
    assert robot.policy.seen[-1][-8:].tolist() == [0.0, *[7.0] * 7]
    assert not is_zero(command)


@pytest.mark.parametrize(("state_timeout", "answers"), [(1.0, 1), (0.1, 0)])
def test_gap_over_which_positions_are_differentiated_follows_the_state_timeout(state_timeout, answers):
    robot = Robot(velocity_from_positions=True)  # with 0.2 s
    robot.controller.set_limits(PolicyConfig(velocity_from_positions=True, state_timeout=state_timeout))
    gap = 500 * MS if answers else 150 * MS
    for stamp_ns in (S, S + gap):
        robot.odom(stamp_ns)
        robot.joints(stamp_ns, positions=[stamp_ns / S] * 8, velocities=[])
    assert len(robot.policy.seen) == answers
    if answers:
        np.testing.assert_allclose(robot.policy.seen[0][-8:], 1.0)


def test_velocity_that_needs_a_second_position_is_told():
    robot = Robot(velocity_from_positions=True)
    for _ in range(20):
        robot.odom(S)
        robot.joints(S, velocities=[])
        robot.wait(0.02)
    assert robot.commands == []
    assert robot.controller.message == (
        "joint_states: velocity of joint 'hip_1' needs a second position: waiting for a first complete state"
    )
