import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_sim.control_loop import FIRST_STAMP_NS, EpisodeEnd
from ant_sim.free_running import FreeRunning
from ant_sim.task import height_reward

PERIOD_NS = 50_000_000
SUBSTEP = 0.01


@pytest.fixture
def start(drive):
    return lambda **config: drive(FreeRunning, **config)


@pytest.fixture
def run(start):
    """A loop at real time that has had its first command and done its first physics step."""
    run = start()
    run.send(0.125)
    run.wait(0.0)
    return run


def moved_by(reference, *controls, resets=1):
    """Position of a robot that has followed these controls, a physics step each, from a reset."""
    reference.reset(0)
    for _ in range(resets - 1):
        reference.reset()
    for ctrl in controls:
        reference.substep(np.full(8, ctrl, dtype=np.float32))
    return reference.data.qpos


def command_every_20_ms(run, ctrl, seconds):
    for _ in range(round(seconds / 0.02)):
        run.send(ctrl)
        run.wait(0.02)


# Before the first command


def test_robot_stands_still_and_is_shown_every_100_ms_until_the_first_command(start, reference):
    run = start()
    run.wait(1.05)
    assert {state.stamp_ns for state in run.states} == {FIRST_STAMP_NS}
    assert [state.at - 100.0 for state in run.states] == pytest.approx([0.1 * i for i in range(11)])
    np.testing.assert_array_equal(run.states[-1].qpos, moved_by(reference))
    assert run.infos == ["standing still: waiting for a first command on joint_commands"]
    assert run.warnings == []


# Running


@pytest.mark.parametrize(("factor", "period"), [(1.0, 0.05), (5.0, 0.01), (0.5, 0.1)])
def test_states_follow_each_other_at_the_real_time_factor(start, factor, period):
    run = start(real_time_factor=factor)
    begun = run.now
    command_every_20_ms(run, 0.125, 1.0)
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


def test_command_applies_from_the_next_physics_step_on(run, reference):
    run.send(0.5)
    run.wait(0.0201)
    run.send(0.75)
    run.wait(0.0101)
    run.send(0.25)
    run.wait(0.0101)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.125, 0.5, 0.5, 0.75, 0.25))
    assert run.simulator.state().joint_efforts == [75.0] * 8


def test_of_two_commands_before_a_physics_step_the_later_one_counts(run, reference):
    run.send(0.5)
    run.send(0.75)
    run.wait(0.0101)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.125, 0.75))


# Stamps


def test_answer_to_an_older_state_than_the_last_one_answered_is_ignored(run):
    command_every_20_ms(run, 0.125, 0.2)
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
    command_every_20_ms(run, 0.125, 0.1)
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


def test_without_a_command_for_the_timeout_the_robot_goes_on_limp(start, reference):
    run = start(command_timeout=0.1)
    run.send(0.5)
    run.wait(0.295)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, *[0.5] * 10, *[0.0] * 20))
    assert run.warnings == ["no command for 0.1 s: zero effort until one comes"]
    assert run.loop.stopped_because == run.warnings[0]


def test_limp_robot_takes_a_command_back(run):
    run.wait(0.4)
    run.send(0.5)
    assert (run.loop.stopped_because, run.infos[-1]) == ("", "commands are back")
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [150.0] * 8


def test_timeout_runs_from_the_receipt_of_the_last_command(run):
    command_every_20_ms(run, 0.125, 2.0)
    run.wait(0.17)
    assert run.warnings == []
    run.wait(0.03)
    assert len(run.warnings) == 1


# Pause and step


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


def test_steps_with_commands_follow_them(run, reference):
    run.wait(0.0401)
    run.pause()
    for ctrl in (0.25, 0.5):
        run.wait(1.0)
        run.send(ctrl)
        run.step()
    controls = [0.125] * 5 + [0.25] * 5 + [0.5] * 5
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, *controls))
    assert run.warnings == []


# Episodes


def test_reset_begins_an_episode_one_period_later_without_integrating(run, reference):
    command_every_20_ms(run, 0.125, 0.21)
    last, steps = run.fresh[-1], run.loop.steps
    run.loop.reset(run.now)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, resets=2))
    assert run.fresh[-1].stamp_ns == last.stamp_ns + PERIOD_NS
    episode_return = sum(height_reward(state.qpos[2]) for state in run.fresh[1:-1])
    assert run.ends == [EpisodeEnd(1, steps, episode_return, "reset", last.stamp_ns)]


@pytest.mark.parametrize("substeps_before", range(5))
def test_first_control_step_after_a_reset_is_as_long_as_any(start, reference, substeps_before):
    run = start()
    run.send(0.125)
    run.wait((substeps_before - 0.5) * SUBSTEP)
    run.loop.reset(run.now)
    run.send(0.5)
    stamp_ns = run.loop.stamp_ns
    while run.loop.stamp_ns == stamp_ns:
        run.wait(max(0.0, run.loop.deadline() - run.now))
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by(reference, *[0.5] * 5, resets=2))


def test_reset_forgets_the_command(run):
    run.send(0.5)
    run.wait(0.02)
    run.loop.reset(run.now)
    run.wait(0.1)
    assert run.simulator.state().joint_efforts == [0.0] * 8


def test_truncation_shows_the_last_state_first_and_a_period_later_the_next_episode(start, reference):
    run = start(episode_steps=2)
    run.send(0.125)
    run.wait(0.095)
    last, end = run.told[-2:]
    assert last.stamp_ns == end.stamp_ns == FIRST_STAMP_NS + 2 * PERIOD_NS
    assert (end.episode, end.steps, end.outcome) == (1, 2, "truncated")
    run.wait(0.05)
    assert run.fresh[-1].stamp_ns == last.stamp_ns + PERIOD_NS
    assert run.fresh[-1].at - last.at == pytest.approx(0.05)
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by(reference, resets=2))
    assert run.loop.episode == 2


def test_fall_ends_the_episode(start):
    run = start(sinks=True)
    while not run.ends:
        run.send(0.0)
        run.wait(0.05)
    heights = [state.qpos[2] for state in run.fresh]
    assert heights[-1] < 0.2 <= min(heights[:-1])
    assert run.ends[0].outcome == "terminated"
    run.wait(0.05)
    assert run.fresh[-1].qpos[2] > 0.5


# Emergency stop


def test_e_stop_drops_the_command_and_latches(run, reference):
    run.loop.set_e_stop(True)
    run.send(0.5)
    run.wait(0.0901)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.125, *[0.0] * 9))
    assert run.warnings == ["e_stop: zero effort until it is released"]


def test_release_of_the_e_stop_waits_for_a_command(run):
    run.loop.set_e_stop(True)
    run.wait(0.1)
    run.loop.set_e_stop(False)
    run.wait(0.5)
    assert run.simulator.state().joint_efforts == [0.0] * 8
    assert run.loop.stopped_because == run.warnings[-1] == "e_stop released: zero effort until a command comes"
    run.send(0.5)
    run.wait(0.0101)
    assert run.simulator.state().joint_efforts == [150.0] * 8
    assert run.loop.stopped_because == ""


# Whatever happens

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
