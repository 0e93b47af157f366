import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_sim.control_loop import FIRST_STAMP_NS
from ant_sim.env import CustomAntEnv, observe
from ant_sim.lockstep import Lockstep

PERIOD_NS = 50_000_000


@pytest.fixture
def start(drive):
    return lambda **config: drive(Lockstep, **config)


waits = st.sampled_from([0.0, 0.001, 0.02, 0.05, 0.11, 0.25])
commands = st.tuples(
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([0, -PERIOD_NS, PERIOD_NS, -FIRST_STAMP_NS, None]),
)
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
    run = drive(Lockstep, **config)
    for wait, (event, argument) in history:
        run.wait(wait, ticks=100)
        run.happen(event, argument)
    stamps = [state.stamp_ns for state in run.states]
    assert stamps[0] == FIRST_STAMP_NS
    assert set(np.diff(stamps)) <= {0, PERIOD_NS}
    assert [end.episode for end in run.ends] == list(range(1, len(run.ends) + 1))

    run.loop.set_e_stop(False)
    run.pause(False)
    for _ in range(4):
        before = run.loop.control_steps
        run.send(0.3)
        run.wait(0.11)
        if run.loop.control_steps == before:
            run.send(0.3)
            run.wait(0.11)
        assert run.loop.control_steps > before, "the robot does not go on when all is well again"


@pytest.mark.parametrize("factor", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("sinks", [False, True])
def test_trajectory_equals_the_environment_s_bit_for_bit(start, sunken_model, random_actions, factor, sinks):
    env = CustomAntEnv(model_path=sunken_model) if sinks else CustomAntEnv()
    run = start(sinks=sinks, real_time_factor=factor, seed=21)
    observation, _ = env.reset(seed=21)
    rewards, returns = [], []
    for step, action in enumerate(random_actions[:300]):
        np.testing.assert_array_equal(observe(run.simulator.state()), observation)
        run.answer(action, latency=0.03)
        observation, reward, terminated, *_ = env.step(action)
        rewards.append(reward)
        np.testing.assert_array_equal(observe(run.simulator.state()), observation)
        if terminated:
            run.wait(max(0.0, run.loop.deadline() - run.now))
        elif step == 50:
            run.wait(0.015)
            run.loop.reset(run.now)
        if terminated or step == 50:
            returns.append(sum(rewards))
            rewards.clear()
            observation, _ = env.reset()
    assert [end.episode_return for end in run.ends] == returns
    assert {end.outcome for end in run.ends} == ({"terminated", "reset"} if sinks else {"reset"})
