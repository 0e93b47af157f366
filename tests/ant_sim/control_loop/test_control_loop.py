"""Invariants of both control loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_sim.control_loop.free_running import FreeRunning
from ant_sim.control_loop.lockstep import Lockstep
from ant_sim.control_loop.loop import FIRST_STAMP_NS

PERIOD_NS = 50_000_000

waits = st.sampled_from([0.0, 0.001, 0.02, 0.05, 0.11, 0.25])
stamp_offsets = st.sampled_from([0, -PERIOD_NS, PERIOD_NS, -FIRST_STAMP_NS, 10**15, None])
events = st.one_of(
    st.tuples(st.just("command"), st.tuples(st.sampled_from([0.0, 0.25]), stamp_offsets)),
    st.tuples(st.sampled_from(["pause", "e_stop"]), st.booleans()),
    st.tuples(st.sampled_from(["step", "reset", "held up"]), st.none()),
)
configs = st.fixed_dictionaries(
    {
        "real_time_factor": st.sampled_from([0.0, 1.0, 5.0]),
        "episode_steps": st.sampled_from([0, 1, 3]),
        "sinks": st.booleans(),
    }
)


@pytest.mark.parametrize("loop_type", [Lockstep, FreeRunning])
@given(config=configs, history=st.lists(st.tuples(waits, events), max_size=12))
@settings(max_examples=60, deadline=None)
def test_time_never_goes_back_and_the_robot_goes_on_when_all_is_well(drive, loop_type, config, history):
    run = drive(loop_type, **config)
    for wait, (event, argument) in history:
        run.wait(wait, ticks=100)
        run.happen(event, argument)
    stamps = [state.stamp_ns for state in run.states]
    assert stamps[0] == FIRST_STAMP_NS
    assert set(np.diff(stamps)) <= {0, PERIOD_NS}, "a new state is one period later"
    assert [end.episode for end in run.ends] == list(range(1, len(run.ends) + 1))

    run.loop.set_e_stop(False)
    run.pause(False)
    before = run.loop.control_steps
    for _ in range(60):
        run.send(0.25)
        run.wait(0.0101, ticks=3)
    assert run.loop.control_steps >= before + 4
    if run.loop.steps:
        assert run.simulator.state().joint_efforts == [75.0] * 8
