import numpy as np
import pytest

from ant_sim.control_loop.lockstep import Lockstep
from ant_sim.control_loop.loop import FIRST_STAMP_NS

LOOP = Lockstep
PERIOD_NS = 50_000_000


# Before the first command


def test_time_starts_at_one_second(start):
    assert start().loop.stamp_ns == 1_000_000_000


def test_robot_stands_still_and_is_shown_every_100_ms_until_the_first_command(start, moved_by):
    run = start()
    run.wait(1.05)
    assert {state.stamp_ns for state in run.states} == {FIRST_STAMP_NS}
    assert [state.at - 100.0 for state in run.states] == pytest.approx([0.1 * i for i in range(11)])
    np.testing.assert_array_equal(run.states[-1].qpos, moved_by())
    assert run.loop.stop_message == ""


@pytest.mark.parametrize("interface", ["joint_commands", "effort_controller"])
def test_robot_says_once_what_it_waits_for(start, interface):
    run = start(command_interface=interface)
    run.wait(1.0)
    assert run.infos == [f"standing still: waiting for a first command on {interface}"]
    assert run.warnings == []


def test_seed_is_that_of_the_first_reset(start, moved_by):
    np.testing.assert_array_equal(start(seed=9).states[0].qpos, moved_by(seed=9))


# Commands


def test_first_command_is_applied_at_once(start, moved_by):
    run = start()
    run.wait(0.73)
    run.send(0.3)
    assert (run.fresh[-1].at, run.fresh[-1].stamp_ns) == (run.now, FIRST_STAMP_NS + PERIOD_NS)
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by(0.3))


def test_each_command_moves_the_robot_for_one_control_step(start, moved_by, random_actions):
    run = start()
    for action in random_actions[:20]:
        run.answer(action)
    assert run.control_instants == run.loop.steps == 20
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by(*random_actions[:20]))


def test_effort_is_that_of_the_command_in_the_state_that_follows(start):
    run = start()
    run.send(0.25)
    assert run.simulator.state().joint_efforts == [75.0] * 8


@pytest.mark.parametrize(("factor", "period"), [(1.0, 0.05), (5.0, 0.01), (0.5, 0.1), (0.0, 0.001)])
def test_states_follow_each_other_at_the_real_time_factor(start, factor, period):
    run = start(real_time_factor=factor)
    run.answer(0.1, 30)
    times = [state.at for state in run.fresh[1:]]
    assert times == pytest.approx([times[0] + i * period for i in range(30)])


@pytest.mark.parametrize(("factor", "period"), [(1.0, 0.05), (5.0, 0.01)])
def test_lateness_does_not_accumulate(start, factor, period):
    run = start(real_time_factor=factor)
    rng = np.random.default_rng(0)
    run.send(0.1)
    first = run.now
    for i in range(1, 60):
        run.send(0.1)
        late = rng.uniform(0.01, 0.8) * period
        run.tick_after(first + i * period + late - run.now)
        assert run.control_instants == i + 1
        assert run.fresh[-1].at - first == pytest.approx(i * period + late)


def test_delay_that_cannot_be_made_up_for_is_not_followed_by_a_burst(run):
    run.wait(0.15)
    run.answer(0.1, 10)
    times = np.array([state.at for state in run.fresh])
    assert np.diff(times[2:]) == pytest.approx(0.05)


def test_command_waits_for_its_time_and_only_the_first_one_counts(run, moved_by):
    run.send(0.2)
    run.wait(0.02)
    run.send(0.9)
    assert run.control_instants == 1
    run.wait(0.03)
    assert run.control_instants == 2
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, 0.2))


def test_stale_command_is_ignored_without_a_word(run):
    run.answer(0.1, 2)
    told = len(run.told)
    for age in (1, 2, 3):
        run.send(0.5, run.loop.stamp_ns - age * PERIOD_NS)
    run.wait(0.09)
    assert run.control_instants == 3
    assert len(run.told) == told


def test_stale_command_does_not_end_the_standing_still(start):
    run = start()
    run.send(0.5, FIRST_STAMP_NS - PERIOD_NS)
    run.wait(1.0)
    assert run.control_instants == 0


def test_command_for_a_state_to_come_is_ignored_with_both_stamps_named(run):
    run.send(0.5, 2_000_000_000)
    assert run.control_instants == 1
    assert len(run.warnings) == 1
    assert "2000000000 ns" in run.warnings[0]
    assert "1050000000 ns" in run.warnings[0]
    run.wait(0.1)
    assert run.control_instants == 1


def test_command_without_a_stamp_answers_the_published_state(run, moved_by):
    run.wait(0.05)
    run.send(0.2, None)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, 0.2))


@pytest.mark.parametrize("stamp_ns", [1, FIRST_STAMP_NS, FIRST_STAMP_NS + PERIOD_NS, 9 * FIRST_STAMP_NS, None])
def test_zero_command_is_accepted_with_any_stamp(run, moved_by, stamp_ns):
    run.wait(0.05)
    run.send(0.0, stamp_ns)
    assert run.control_instants == 2
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, 0.0))
    assert run.warnings == []


@pytest.mark.parametrize("stamp_ns", [1, FIRST_STAMP_NS + PERIOD_NS, 9 * FIRST_STAMP_NS])
def test_zero_command_that_is_only_sent_again_is_not_taken_twice(run, stamp_ns):
    run.wait(0.05)
    run.send(0.0, stamp_ns)
    for _ in range(3):
        run.wait(0.03)
        run.send(0.0, stamp_ns)
    run.wait(0.04)
    assert run.control_instants == 2


def test_zero_commands_of_a_policy_that_answers_each_state_twice_are_taken_once_each(start):
    run = start(real_time_factor=0.0)
    for i in range(1, 20):
        stamp_ns = run.loop.stamp_ns
        run.send(0.0, stamp_ns)
        run.send(0.0, stamp_ns)
        assert run.control_instants == i
