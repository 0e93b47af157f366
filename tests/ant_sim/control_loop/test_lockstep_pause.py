import numpy as np
import pytest

from ant_sim.control_loop.lockstep import Lockstep

LOOP = Lockstep


@pytest.mark.parametrize("commanded", [False, True])
def test_pause_stops_time_and_is_no_fault(start, commanded):
    run = start()
    if commanded:
        run.send(0.1)
    run.pause()
    paused_at, stamp_ns, shown = run.now, run.loop.stamp_ns, len(run.states)
    run.send(0.3)
    run.wait(5.05)
    assert run.loop.stamp_ns == stamp_ns
    assert {state.stamp_ns for state in run.states[shown:]} == {stamp_ns}
    assert [state.at - paused_at for state in run.states[shown:]] == pytest.approx([0.1 * i for i in range(1, 51)])
    assert run.loop.stop_message == ""


def test_timeout_starts_anew_after_a_pause(run):
    run.wait(0.15)
    run.pause()
    run.wait(10.0)
    run.pause(False)
    resumed = run.now
    run.wait(0.19)
    assert run.control_instants == 1
    run.wait(0.02)
    assert run.fresh[-1].at - resumed == pytest.approx(0.2)


def test_resuming_what_is_not_paused_does_not_hurry(run):
    run.send(0.1)
    run.wait(0.01)
    run.pause(False)
    run.wait(0.039)
    assert run.control_instants == 1
    run.wait(0.002)
    assert run.control_instants == 2


def test_command_that_came_during_a_pause_is_applied_after_it(run, moved_by):
    run.pause()
    run.send(0.6)
    run.wait(3.0)
    run.pause(False)
    run.wait(0.0)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, 0.6))


@pytest.mark.parametrize("factor", [0.0, 1.0, 5.0])
def test_step_advances_one_control_step_at_once_with_the_command_that_is_there(start, moved_by, factor):
    run = start(real_time_factor=factor)
    run.send(0.1)
    run.pause()
    for i in range(1, 5):
        run.send(0.1 * i)
        done = run.step()
        assert done == [run.loop.stamp_ns]
        assert run.control_instants == i + 1
        run.wait(0.5)
        assert run.control_instants == i + 1
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.1, 0.1, 0.2, 0.1 * 3, 0.4))
    assert run.warnings == []


def test_step_waits_for_its_command(run, moved_by):
    run.pause()
    run.wait(1.0)
    done = run.step()
    run.wait(0.15)
    assert (done, run.control_instants) == ([], 1)
    run.send(0.7)
    assert (len(done), run.control_instants) == (1, 2)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, 0.7))


def test_step_without_a_command_is_limp_after_the_timeout(run, moved_by):
    run.pause()
    run.wait(1.0)
    done = run.step()
    run.wait(0.199)
    assert done == []
    run.wait(0.002)
    assert (len(done), run.control_instants) == (1, 2)
    run.wait(1.0)
    assert run.control_instants == 2
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(0.125, 0.0))
    assert len(run.warnings) == 1


def test_robot_can_be_stepped_before_its_first_command(start):
    run = start()
    run.pause()
    done = run.step()
    run.wait(0.5)
    assert (len(done), run.control_instants) == (1, 1)


def test_every_step_that_was_asked_for_is_answered(run):
    run.pause()
    first, second = run.step(), run.step()
    run.send(0.1)
    run.wait(0.5)
    assert (len(first), len(second)) == (1, 1)


@pytest.mark.parametrize("end", ["resume", "reset"])
def test_step_that_still_waits_is_answered_when_the_pause_ends_or_an_episode_begins(run, end):
    run.pause()
    done = run.step()
    if end == "resume":
        run.pause(False)
    else:
        run.loop.reset(run.now)
    assert len(done) == 1
