"""A pause of a free-running loop, and its single steps."""

import numpy as np
import pytest

from ant_sim.control_loop.free_running import FreeRunning
from ant_sim.control_loop.loop import FIRST_STAMP_NS

LOOP = FreeRunning
PERIOD_NS = 50_000_000
SUBSTEP = 0.01


def test_pause_stops_time_and_is_no_fault(run):
    run.wait(0.06)
    run.pause()
    paused_at, before, told = run.now, run.simulator.data.qpos.copy(), len(run.told)
    run.wait(5.05)
    np.testing.assert_array_equal(run.simulator.data.qpos, before)
    assert {state.stamp_ns for state in run.told[told:]} == {FIRST_STAMP_NS + PERIOD_NS}
    assert [state.at - paused_at for state in run.told[told:]] == pytest.approx([0.1 * i for i in range(1, 51)])
    run.pause(False)
    run.wait(0.15)
    assert run.warnings == []
    assert run.control_instants == 4


def test_short_pause_is_not_followed_by_a_burst(run):
    run.wait(0.005)
    run.pause()
    run.wait(0.04)
    run.pause(False)
    run.wait(0.025)
    assert run.simulator.data.time == pytest.approx(4 * SUBSTEP)


def test_resuming_what_is_not_paused_keeps_no_command_alive(run):
    for _ in range(10):
        run.wait(0.05)
        run.pause(False)
    assert run.simulator.state().joint_efforts == [0.0] * 8
    assert len(run.warnings) == 1


def test_step_advances_to_the_next_control_instant(run):
    run.wait(0.025)
    run.pause()
    for i in range(1, 4):
        run.wait(1.0)
        done = run.step()
        assert done == [FIRST_STAMP_NS + i * PERIOD_NS]
        np.testing.assert_array_equal(run.fresh[-1].qpos, run.simulator.data.qpos)
    assert run.control_instants == 3


def test_steps_without_commands_are_limp_in_the_end(run):
    """A policy that died during a pause moves nothing for ever."""
    run.pause()
    for _ in range(20):
        run.wait(0.1)
        run.step()
    assert run.simulator.state().joint_efforts == [0.0] * 8
    assert len(run.warnings) == 1


def test_steps_with_commands_follow_them(run, moved_by_substeps):
    run.wait(0.0401)
    run.pause()
    for ctrl in (0.25, 0.5):
        run.wait(1.0)
        run.send(ctrl)
        run.step()
    controls = [0.125] * 5 + [0.25] * 5 + [0.5] * 5
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by_substeps(*controls))
    assert run.warnings == []
