"""What holds for a free-running loop whatever happens."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_sim.control_loop import FIRST_STAMP_NS
from ant_sim.free_running import FreeRunning

PERIOD_NS = 50_000_000


waits = st.sampled_from([0.0, 0.001, 0.02, 0.05, 0.11, 0.25])
commands = st.tuples(st.sampled_from([0.0, 0.25]), st.sampled_from([0, -PERIOD_NS, PERIOD_NS, 10**15, None]))
events = st.one_of(
    st.tuples(st.just("command"), commands),
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


@given(config=configs, history=st.lists(st.tuples(waits, events), max_size=12))
@settings(max_examples=60, deadline=None)
def test_time_never_goes_back_and_each_new_state_is_one_period_later(drive, config, history):
    run = drive(FreeRunning, **config)
    for wait, (event, argument) in history:
        run.wait(wait, ticks=100)
        run.happen(event, argument)
    stamps = [state.stamp_ns for state in run.states]
    assert stamps[0] == FIRST_STAMP_NS
    assert set(np.diff(stamps)) <= {0, PERIOD_NS}
    assert [end.episode for end in run.ends] == list(range(1, len(run.ends) + 1))

    run.loop.set_e_stop(False)
    run.pause(False)
    before = run.loop.control_steps
    for _ in range(12):
        run.send(0.25)
        run.wait(0.0101, ticks=3)
    assert run.loop.control_steps > before, "the robot does not go on when all is well again"
    if run.loop.steps:
        assert run.simulator.state().joint_efforts == [75.0] * 8
