"""Choice of the states to answer, by their stamps, also after a restart of their source."""

import numpy as np
import pytest
from controlled_robot import CARD, JOINTS, MS, Robot, S, is_zero, same
from hypothesis import given
from hypothesis import strategies as st

from ant_policy.policies.baselines import RandomPolicy, ZeroPolicy


@pytest.fixture
def robot():
    return Robot()


def test_state_is_answered_when_it_is_complete(robot):
    assert robot.joints(S) == []
    assert [command.stamp_ns for command in robot.odom(S)] == [S]
    assert robot.odom(S + 50 * MS) == []
    assert [command.stamp_ns for command in robot.joints(S + 50 * MS)] == [S + 50 * MS]


def test_each_state_of_the_control_period_is_answered_for_ever():
    robot = Robot(ZeroPolicy(CARD))
    stamps = [S + i * 50 * MS for i in range(3000)]
    for stamp_ns in stamps:
        robot.state(stamp_ns)
    assert robot.stamps == stamps


def test_slower_states_are_answered_each():
    robot = Robot(ZeroPolicy(CARD))
    stamps = [S + i * 70 * MS for i in range(100)]
    for stamp_ns in stamps:
        robot.state(stamp_ns)
    assert robot.stamps == stamps


def test_fast_states_are_answered_on_the_grid_of_the_control_period():
    robot = Robot(ZeroPolicy(CARD))
    for i in range(400):
        robot.state(S + i * 5 * MS)
    assert robot.stamps == [S + i * 50 * MS for i in range(40)]


@given(jitter=st.lists(st.integers(-2_400_000, 2_400_000), min_size=100, max_size=100))
def test_jitter_of_the_stamps_does_not_move_the_grid(jitter):
    robot = Robot(ZeroPolicy(CARD))
    stamps = [S + i * 5 * MS + offset for i, offset in enumerate(jitter)]
    for stamp_ns in stamps:
        robot.state(stamp_ns)
    grid = range(stamps[0], stamps[-1] + 1, 50 * MS)
    assert robot.stamps == [next(stamp for stamp in stamps if stamp >= due) for due in grid]


def test_gap_in_the_states_leaves_the_grid_where_it_was():
    robot = Robot(ZeroPolicy(CARD))
    for milliseconds in (0, 173, 195, 199, 200):
        robot.state(S + milliseconds * MS)
    assert robot.stamps == [S, S + 173 * MS, S + 200 * MS]


def test_state_between_two_control_instants_is_not_answered(robot):
    robot.state(S)
    assert robot.state(S + 49 * MS) == []
    assert robot.state(S + 49 * MS) == []
    assert len(robot.policy.seen) == 1


def test_repeated_stamp_gets_the_same_command_without_acting_again():
    robot = Robot(RandomPolicy(CARD, seed=1))
    (first,) = robot.state(S)
    for i in range(1, 4):
        (again,) = robot.state(S)
        assert same(again, first)
        assert robot.controller.counters.repeated == i
    (after,) = robot.state(S + 50 * MS)
    policy = RandomPolicy(CARD, seed=1)
    policy.act(np.zeros(27))
    second = dict(zip(CARD.action.joints, 300.0 * policy.act(np.zeros(27)).astype(float), strict=True))
    assert after.values.tolist() == [second[name] for name in JOINTS]


def test_older_state_is_dropped(robot):
    robot.state(S + 50 * MS)
    assert robot.state(S) == []
    assert robot.state(S + 49 * MS) == []
    assert robot.controller.counters.older == 2
    (command,) = robot.state(S + 100 * MS)
    assert command.stamp_ns == S + 100 * MS


def test_counters_tell_what_has_happened(robot):
    for stamp_ns in (S, S, S + 10 * MS, S + 50 * MS, S):
        robot.state(stamp_ns)
    robot.bad_state(S + 100 * MS)
    counters = robot.controller.counters
    assert (counters.answered, counters.repeated, counters.older, counters.refused) == (2, 1, 1, 1)


def test_restarted_source_is_answered_after_the_timeout_of_older_stamps_only(robot):
    robot.state(100 * S)
    begun = robot.now
    stamp_ns = S
    while len(robot.commands) == 1 or is_zero(robot.commands[-1]):
        robot.now += 0.01
        stamp_ns += 10 * MS
        robot.state(stamp_ns)
        assert robot.now < begun + 1.0
    assert 0.2 <= robot.now - begun <= 0.23
    assert robot.commands[-1].stamp_ns == stamp_ns
    robot.state(stamp_ns + 50 * MS)
    assert robot.commands[-1].stamp_ns == stamp_ns + 50 * MS


def test_newer_stamp_in_between_is_no_restart(robot):
    robot.state(100 * S)
    for i in range(1, 60):
        robot.now += 0.02
        robot.state(S + i * MS if i % 5 else 100 * S + i * 50 * MS)
    assert min(robot.stamps) == 100 * S


def test_repeated_stamp_in_between_is_no_restart(robot):
    robot.state(100 * S)
    for i in range(1, 60):
        robot.now += 0.02
        robot.state(S + i * MS if i % 5 else 100 * S)
    assert set(robot.stamps) == {100 * S}


def test_source_that_restarts_at_one_repeated_stamp_is_answered(robot):
    """The simulator stands still at its first state until it is commanded."""
    robot.state(100 * S)
    for _ in range(6):
        robot.wait(0.1)
        robot.state(S)
    assert robot.commands[-1].stamp_ns == S
    assert not is_zero(robot.commands[-1])
    assert robot.controller.message == ""


def test_source_that_restarts_before_its_first_complete_state_is_answered(robot):
    robot.joints(100 * S)
    robot.wait(0.1)
    robot.state(S)
    assert robot.stamps == [S]
