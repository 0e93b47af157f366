import numpy as np
import pytest

from ant_sim.control_loop.events import Stop
from ant_sim.control_loop.free_running import FreeRunning
from ant_sim.control_loop.loop import FIRST_STAMP_NS

LOOP = FreeRunning
PERIOD_NS = 50_000_000
SUBSTEP = 0.01


# Before the first command


def test_robot_stands_still_and_is_shown_every_100_ms_until_the_first_command(start, moved_by_substeps):
    run = start()
    run.wait(1.05)
    assert {state.stamp_ns for state in run.states} == {FIRST_STAMP_NS}
    assert [state.at - 100.0 for state in run.states] == pytest.approx([0.1 * i for i in range(11)])
    np.testing.assert_array_equal(run.states[-1].qpos, moved_by_substeps())
    assert run.infos == ["standing still: waiting for a first command on joint_commands"]
    assert run.warnings == []


# Running


@pytest.mark.parametrize(("factor", "period"), [(1.0, 0.05), (5.0, 0.01), (0.5, 0.1)])
def test_states_follow_each_other_at_the_real_time_factor(start, factor, period):
    run = start(real_time_factor=factor)
    begun = run.now
    run.send_for(1.0, 0.125)
    times = [state.at - begun for state in run.fresh[1:]]
    first = 0.8 * period
    assert times == pytest.approx([first + i * period for i in range(len(times))])
    assert len(times) == round(1.0 / period)


def test_without_pace_each_tick_is_a_physics_step(start):
    run = start(real_time_factor=0.0)
    run.send(0.125)
    for _ in range(500):
        run.tick_after(0.0001)
    assert run.control_instants == 100


def test_time_goes_on_without_waiting_for_commands(run):
    run.wait(0.185)
    assert run.control_instants == 3
    assert run.warnings == []


def test_lateness_does_not_accumulate(run):
    rng = np.random.default_rng(0)
    begun = run.now
    for i in range(1, 300):
        run.send(0.125)
        run.tick_after(begun + (i + rng.uniform(0.01, 0.9)) * SUBSTEP - run.now)
        assert run.loop.deadline() == pytest.approx(begun + (i + 1) * SUBSTEP)
    assert run.control_instants == 60


def test_delay_of_more_than_a_control_step_is_not_followed_by_a_burst(run):
    run.tick_after(0.5)
    assert run.loop.deadline() == pytest.approx(run.now + SUBSTEP)


def test_command_applies_from_the_next_physics_step_on(run, moved_by_substeps):
    run.send(0.5)
    run.wait(0.0201)
    run.send(0.75)
    run.wait(0.0101)
    run.send(0.25)
    run.wait(0.0101)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by_substeps(0.125, 0.5, 0.5, 0.75, 0.25))
    assert run.simulator.state().joint_efforts == [75.0] * 8


def test_of_two_commands_before_a_physics_step_the_later_one_counts(run, moved_by_substeps):
    run.send(0.5)
    run.send(0.75)
    run.wait(0.0101)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by_substeps(0.125, 0.75))


# Stamps


def test_answer_to_an_older_state_than_the_last_one_answered_is_ignored(run):
    run.send_for(0.2, 0.125)
    run.send(0.5)
    run.send(0.75, run.loop.stamp_ns - PERIOD_NS)
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [150.0] * 8


def test_late_answer_is_applied_while_no_newer_one_has_come(run):
    run.wait(0.15)
    run.send(0.5, FIRST_STAMP_NS + PERIOD_NS)
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [150.0] * 8


@pytest.mark.parametrize("stamp_ns", [1, FIRST_STAMP_NS, 9 * FIRST_STAMP_NS, None])
def test_zero_command_is_accepted_with_any_stamp(run, stamp_ns):
    run.send_for(0.1, 0.125)
    run.send(0.0, stamp_ns)
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [0.0] * 8
    assert run.warnings == []


def test_command_for_a_state_to_come_is_ignored_with_both_stamps_named(run):
    run.wait(0.1)
    run.send(0.5, 2_000_000_000)
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [37.5] * 8
    assert len(run.warnings) == 1
    assert "2000000000 ns" in run.warnings[0]
    assert "1100000000 ns" in run.warnings[0]


@pytest.mark.parametrize("ctrl", [0.0, 0.5])
def test_command_for_a_state_to_come_does_not_shut_out_those_that_follow(run, ctrl):
    run.send(ctrl, 10**18)
    run.send(0.25)
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [75.0] * 8


# Timeout


def test_without_a_command_for_the_timeout_the_robot_goes_on_limp(start, moved_by_substeps):
    run = start(command_timeout=0.1)
    run.send(0.5)
    run.wait(0.295)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by_substeps(*[0.5] * 10, *[0.0] * 20))
    assert run.warnings == ["no command for 0.1 s: zero effort until one comes"]
    assert run.loop.stop_message == run.warnings[0]
    assert run.loop.stop is Stop.TIMEOUT


def test_limp_robot_takes_a_command_back(run):
    run.wait(0.4)
    run.send(0.5)
    assert (run.loop.stop_message, run.infos[-1]) == ("", "commands resumed")
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [150.0] * 8


def test_timeout_runs_from_the_receipt_of_the_last_command(run):
    run.send_for(2.0, 0.125)
    run.wait(0.17)
    assert run.warnings == []
    run.wait(0.03)
    assert len(run.warnings) == 1


# Emergency stop


def test_e_stop_drops_the_command_and_latches(run, moved_by_substeps):
    run.loop.set_e_stop(True)
    run.send(0.5)
    run.wait(0.0901)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by_substeps(0.125, *[0.0] * 9))
    assert run.warnings == ["e_stop: zero effort until it is released"]
    assert run.loop.stop is Stop.E_STOP


def test_release_of_the_e_stop_waits_for_a_command(run):
    run.loop.set_e_stop(True)
    run.wait(0.1)
    run.loop.set_e_stop(False)
    run.wait(0.5)
    assert run.simulator.state().joint_efforts == [0.0] * 8
    assert run.loop.stop_message == run.warnings[-1] == "e_stop released: zero effort until a command comes"
    assert run.loop.stop is Stop.RELEASED
    run.send(0.5)
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [150.0] * 8
    assert run.loop.stop_message == ""
