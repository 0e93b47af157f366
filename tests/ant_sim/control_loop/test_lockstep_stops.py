"""Stops in lockstep: missing commands and the emergency stop."""

import numpy as np
import pytest

from ant_sim.control_loop.events import Stop
from ant_sim.control_loop.lockstep import Lockstep
from ant_sim.control_loop.loop import FIRST_STAMP_NS

LOOP = Lockstep
PERIOD_NS = 50_000_000


# Timeout


@pytest.mark.parametrize("timeout", [0.2, 0.5])
def test_without_a_command_for_the_timeout_the_robot_goes_on_limp(start, moved_by, timeout):
    run = start(command_timeout=timeout)
    run.send(0.1)
    published = run.now
    run.wait(timeout - 0.001)
    assert run.control_instants == 1
    run.wait(0.001 + 3 * 0.05 + 0.01)
    times = [state.at - published for state in run.fresh[2:]]
    assert times == pytest.approx([timeout, timeout + 0.05, timeout + 0.10, timeout + 0.15])
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.1, 0, 0, 0, 0))
    assert run.simulator.state().joint_efforts == [0.0] * 8


def test_state_is_shown_every_100_ms_while_a_command_is_waited_for(start):
    run = start(command_timeout=0.55)
    run.send(0.1)
    published = run.now
    run.wait(0.54)
    repeated = run.states[2:]
    assert {state.stamp_ns for state in repeated} == {FIRST_STAMP_NS + PERIOD_NS}
    assert [state.at - published for state in repeated] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_timeout_runs_from_the_first_publication_of_the_state(run):
    published = run.now
    run.wait(0.19)
    assert [state.stamp_ns for state in run.states[-2:]] == [run.loop.stamp_ns] * 2
    run.wait(0.02)
    assert run.fresh[-1].at - published == pytest.approx(0.2)


def test_timeout_is_said_once_with_its_length(run):
    run.wait(2.0)
    assert run.control_instants > 30
    assert run.warnings == ["no command for 0.2 s: zero effort until one answers the current state"]
    assert run.loop.stop_message == run.warnings[0]
    assert run.loop.stop is Stop.TIMEOUT


@pytest.mark.parametrize(("factor", "period"), [(0.0, 0.05), (5.0, 0.01)])
def test_limp_robot_keeps_its_own_pace(start, factor, period):
    run = start(real_time_factor=factor)
    run.send(0.1)
    run.wait(1.0)
    times = [state.at for state in run.fresh[2:]]
    assert np.diff(times) == pytest.approx(period)


def test_limp_robot_takes_a_current_command_back(run, moved_by):
    run.wait(0.31)
    steps = run.control_instants
    run.send(0.5, run.loop.stamp_ns - PERIOD_NS)
    assert run.loop.stop_message
    run.send(0.4)
    assert run.loop.stop_message == ""
    assert run.infos[-1] == "commands resumed"
    run.wait(0.05)
    assert run.control_instants == steps + 1
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, *[0.0] * (steps - 1), 0.4))


def test_second_timeout_is_said_again(run):
    run.wait(0.3)
    run.send(0.4)
    run.wait(0.5)
    assert len(run.warnings) == 2


@pytest.mark.parametrize("late", [0.06, 0.4, 60.0])
def test_process_that_was_held_up_reads_its_commands_first(run, moved_by, late):
    run.tick_after(0.2 + late)
    assert (run.control_instants, run.warnings) == (1, [])
    run.send(0.5)
    run.wait(0.0)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, 0.5))
    assert run.warnings == []


def test_held_up_process_without_a_command_times_out_soon_after(run):
    run.tick_after(1.0)
    run.wait(0.051)
    assert run.control_instants == 2
    assert len(run.warnings) == 1


def test_slow_simulation_shows_its_state_every_100_ms_while_a_command_waits_for_its_time(start):
    run = start(real_time_factor=0.1)
    run.send(0.1)
    run.send(0.1)
    published = run.now
    run.wait(0.45)
    repeated = [state for state in run.states[2:] if state.stamp_ns == FIRST_STAMP_NS + PERIOD_NS]
    assert [state.at - published for state in repeated] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    run.wait(0.06)
    assert run.fresh[-1].at - published == pytest.approx(0.5)


# Emergency stop


def test_e_stop_drops_the_held_command_and_latches(run, moved_by):
    run.send(0.9)
    run.loop.set_e_stop(True)
    run.wait(0.15)
    run.send(0.9)
    run.wait(0.15)
    assert run.control_instants > 4
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, *[0.0] * (run.control_instants - 1)))
    assert run.warnings == ["e_stop: zero effort until it is released"]
    assert run.loop.stop is Stop.E_STOP


def test_e_stop_again_is_not_said_again(run):
    run.loop.set_e_stop(True)
    run.loop.set_e_stop(True)
    assert len(run.warnings) == 1


def test_release_of_the_e_stop_waits_for_a_command(run, moved_by):
    run.loop.set_e_stop(True)
    run.wait(0.1)
    run.loop.set_e_stop(False)
    run.wait(0.5)
    steps = run.control_instants
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, *[0.0] * (steps - 1)))
    assert run.loop.stop_message == run.warnings[-1] == "e_stop released: zero effort until a command comes"
    assert run.loop.stop is Stop.RELEASED
    run.send(0.75)
    run.wait(0.05)
    assert run.simulator.state().joint_efforts == [225.0] * 8
    assert run.loop.stop_message == ""


def test_release_without_a_stop_changes_nothing(run):
    told = len(run.told)
    run.loop.set_e_stop(False)
    assert len(run.told) == told
    assert run.loop.stop_message == ""


def test_e_stop_before_the_first_command_keeps_the_robot_standing(start):
    run = start()
    run.loop.set_e_stop(True)
    run.send(0.5)
    run.wait(1.0)
    assert run.control_instants == 0


def test_zero_command_replaces_one_that_waits_for_its_time(run, moved_by):
    run.send(0.3)
    run.send(0.0)
    run.wait(0.06)
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by(0.125, 0.0))
