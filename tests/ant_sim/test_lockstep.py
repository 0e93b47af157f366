import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_sim.control_loop import FIRST_STAMP_NS, EpisodeEnd
from ant_sim.env import CustomAntEnv, observe
from ant_sim.lockstep import Lockstep
from ant_sim.task import height_reward

PERIOD_NS = 50_000_000
LATENCY = 0.001


@pytest.fixture
def start(drive):
    return lambda **config: drive(Lockstep, **config)


@pytest.fixture
def run(start):
    """A loop at real time that has done its first step and waits for the next command."""
    run = start()
    run.send(0.1)
    return run


def answer(run, ctrl, count, latency=LATENCY):
    """Answer `count` states, each once, a latency after it was published."""
    for _ in range(count):
        stamp_ns = run.loop.stamp_ns
        run.wait(latency)
        run.send(ctrl)
        while run.loop.stamp_ns == stamp_ns:
            run.wait(max(0.0, run.loop.deadline() - run.now))


def moved_by(reference, *controls, seed=0):
    """Position of a robot that has followed these controls from the first reset."""
    reference.reset(seed)
    for ctrl in controls:
        reference.step(np.full(8, ctrl, dtype=np.float32) if np.ndim(ctrl) == 0 else ctrl)
    return reference.data.qpos


# Before the first command


def test_time_starts_at_one_second(start):
    assert start().loop.stamp_ns == 1_000_000_000


def test_robot_stands_still_and_is_shown_every_100_ms_until_the_first_command(start, reference):
    run = start()
    run.wait(1.05)
    assert {state.stamp_ns for state in run.states} == {FIRST_STAMP_NS}
    assert [state.at - 100.0 for state in run.states] == pytest.approx([0.1 * i for i in range(11)])
    np.testing.assert_array_equal(run.states[-1].qpos, moved_by(reference))
    assert run.loop.stopped_because == ""


@pytest.mark.parametrize("interface", ["joint_commands", "effort_controller"])
def test_robot_says_once_what_it_waits_for(start, interface):
    run = start(command_interface=interface)
    run.wait(1.0)
    assert run.infos == [f"standing still: waiting for a first command on {interface}"]
    assert run.warnings == []


def test_seed_is_that_of_the_first_reset(start, reference):
    np.testing.assert_array_equal(start(seed=9).states[0].qpos, moved_by(reference, seed=9))


# Commands


def test_first_command_is_applied_at_once(start, reference):
    run = start()
    run.wait(0.73)
    run.send(0.3)
    assert (run.fresh[-1].at, run.fresh[-1].stamp_ns) == (run.now, FIRST_STAMP_NS + PERIOD_NS)
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by(reference, 0.3))


def test_each_command_moves_the_robot_for_one_control_step(start, reference, random_actions):
    run = start()
    for action in random_actions[:20]:
        answer(run, action, 1)
    assert run.control_instants == run.loop.steps == 20
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by(reference, *random_actions[:20]))


def test_effort_is_that_of_the_command_in_the_state_that_follows(start):
    run = start()
    run.send(0.25)
    assert run.simulator.state().joint_efforts == [75.0] * 8


@pytest.mark.parametrize(("factor", "period"), [(1.0, 0.05), (5.0, 0.01), (0.5, 0.1), (0.0, LATENCY)])
def test_states_follow_each_other_at_the_real_time_factor(start, factor, period):
    run = start(real_time_factor=factor)
    answer(run, 0.1, 30)
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
    answer(run, 0.1, 10)
    times = np.array([state.at for state in run.fresh])
    assert np.diff(times[2:]) == pytest.approx(0.05)


def test_command_waits_for_its_time_and_only_the_first_one_counts(run, reference):
    run.send(0.2)
    run.wait(0.02)
    run.send(0.9)
    assert run.control_instants == 1
    run.wait(0.03)
    assert run.control_instants == 2
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0.2))


def test_stale_command_is_ignored_without_a_word(run):
    answer(run, 0.1, 2)
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


def test_command_without_a_stamp_answers_the_published_state(run, reference):
    run.wait(0.05)
    run.send(0.2, None)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0.2))


@pytest.mark.parametrize("stamp_ns", [1, FIRST_STAMP_NS, FIRST_STAMP_NS + PERIOD_NS, 9 * FIRST_STAMP_NS, None])
def test_zero_command_is_accepted_with_any_stamp(run, reference, stamp_ns):
    run.wait(0.05)
    run.send(0.0, stamp_ns)
    assert run.control_instants == 2
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0.0))
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


# Timeout


@pytest.mark.parametrize("timeout", [0.2, 0.5])
def test_without_a_command_for_the_timeout_the_robot_goes_on_limp(start, reference, timeout):
    run = start(command_timeout=timeout)
    run.send(0.1)
    published = run.now
    run.wait(timeout - 0.001)
    assert run.control_instants == 1
    run.wait(0.001 + 3 * 0.05 + 0.01)
    times = [state.at - published for state in run.fresh[2:]]
    assert times == pytest.approx([timeout, timeout + 0.05, timeout + 0.10, timeout + 0.15])
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0, 0, 0, 0))
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
    assert run.loop.stopped_because == run.warnings[0]


@pytest.mark.parametrize(("factor", "period"), [(0.0, 0.05), (5.0, 0.01)])
def test_limp_robot_keeps_its_own_pace(start, factor, period):
    run = start(real_time_factor=factor)
    run.send(0.1)
    run.wait(1.0)
    times = [state.at for state in run.fresh[2:]]
    assert np.diff(times) == pytest.approx(period)


def test_limp_robot_takes_a_current_command_back(run, reference):
    run.wait(0.31)
    steps = run.control_instants
    run.send(0.5, run.loop.stamp_ns - PERIOD_NS)
    assert run.loop.stopped_because
    run.send(0.4)
    assert run.loop.stopped_because == ""
    assert run.infos[-1] == "commands are back"
    run.wait(0.05)
    assert run.control_instants == steps + 1
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, *[0.0] * (steps - 1), 0.4))


def test_second_timeout_is_said_again(run):
    run.wait(0.3)
    run.send(0.4)
    run.wait(0.5)
    assert len(run.warnings) == 2


@pytest.mark.parametrize("late", [0.06, 0.4, 60.0])
def test_process_that_was_held_up_reads_its_commands_first(run, reference, late):
    run.tick_after(0.2 + late)
    assert (run.control_instants, run.warnings) == (1, [])
    run.send(0.5)
    run.wait(0.0)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0.5))
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


# Pause and step


@pytest.mark.parametrize("commanded", [False, True])
def test_pause_stops_time_and_is_no_fault(start, commanded):
    run = start()
    if commanded:
        run.send(0.1)
    run.pause()
    paused_at, stamp_ns, told = run.now, run.loop.stamp_ns, len(run.told)
    run.send(0.3)
    run.wait(5.05)
    assert run.loop.stamp_ns == stamp_ns
    assert {state.stamp_ns for state in run.told[told:]} == {stamp_ns}
    assert [state.at - paused_at for state in run.told[told:]] == pytest.approx([0.1 * i for i in range(1, 51)])
    assert run.loop.stopped_because == ""


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


def test_command_that_came_during_a_pause_is_applied_after_it(run, reference):
    run.pause()
    run.send(0.6)
    run.wait(3.0)
    run.pause(False)
    run.wait(0.0)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0.6))


@pytest.mark.parametrize("factor", [0.0, 1.0, 5.0])
def test_step_advances_one_control_step_at_once_with_the_command_that_is_there(start, reference, factor):
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
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0.1, 0.2, 0.1 * 3, 0.4))
    assert run.warnings == []


def test_step_waits_for_its_command(run, reference):
    run.pause()
    run.wait(1.0)
    done = run.step()
    run.wait(0.15)
    assert (done, run.control_instants) == ([], 1)
    run.send(0.7)
    assert (len(done), run.control_instants) == (1, 2)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0.7))


def test_step_without_a_command_is_limp_after_the_timeout(run, reference):
    run.pause()
    run.wait(1.0)
    done = run.step()
    run.wait(0.199)
    assert done == []
    run.wait(0.002)
    assert (len(done), run.control_instants) == (1, 2)
    run.wait(1.0)
    assert run.control_instants == 2
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, 0.0))
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


# Episodes


def test_reset_begins_an_episode_one_period_later_without_integrating(run, reference):
    answer(run, 0.3, 4)
    last = run.fresh[-1]
    episode_return = sum(height_reward(state.qpos[2]) for state in run.fresh[1:])
    run.wait(0.01)
    run.loop.reset(run.now)
    reference.reset(0)
    reference.reset()
    np.testing.assert_array_equal(run.fresh[-1].qpos, reference.data.qpos)
    np.testing.assert_array_equal(run.simulator.data.qvel, reference.data.qvel)
    assert run.fresh[-1].stamp_ns == last.stamp_ns + PERIOD_NS
    assert run.ends == [EpisodeEnd(1, 5, episode_return, "reset", last.stamp_ns)]
    assert (run.loop.episode, run.loop.steps, run.loop.episode_return) == (2, 0, 0.0)


def test_reset_forgets_the_command_that_is_held(run, reference):
    run.send(0.9)
    run.loop.reset(run.now)
    run.wait(0.15)
    assert run.control_instants == 2
    run.send(0.2)
    reference.reset(0)
    reference.reset()
    reference.step(np.full(8, 0.2, dtype=np.float32))
    np.testing.assert_array_equal(run.simulator.data.qpos, reference.data.qpos)


def test_answer_to_a_state_before_the_reset_is_stale(run):
    stamp_ns = run.loop.stamp_ns
    run.loop.reset(run.now)
    run.send(0.4, stamp_ns)
    run.wait(0.15)
    assert run.control_instants == 2


def test_standing_robot_can_be_reset(start):
    run = start()
    run.loop.reset(run.now)
    run.wait(0.5)
    assert run.control_instants == 1
    assert run.ends == [EpisodeEnd(1, 0, 0.0, "reset", FIRST_STAMP_NS)]
    run.send(0.1)
    assert run.control_instants == 2


def test_truncation_shows_the_last_state_first_and_a_period_later_the_next_episode(start):
    run = start(episode_steps=3)
    answer(run, 0.1, 3)
    last, end = run.told[-2:]
    assert last.stamp_ns == end.stamp_ns == FIRST_STAMP_NS + 3 * PERIOD_NS
    assert (end.episode, end.steps, end.outcome) == (1, 3, "truncated")
    run.send(0.5)
    run.wait(0.049)
    assert run.control_instants == 3
    run.wait(0.002)
    assert run.fresh[-1].stamp_ns == last.stamp_ns + PERIOD_NS
    assert run.fresh[-1].at - last.at == pytest.approx(0.05)
    assert run.loop.episode == 2


def test_answer_to_the_last_state_of_an_episode_does_not_move_the_next_one(start, reference):
    run = start(episode_steps=1, real_time_factor=0.0)
    run.send(0.1)
    run.send(0.9)
    run.wait(0.0)
    reference.reset(0)
    reference.reset()
    np.testing.assert_array_equal(run.simulator.data.qpos, reference.data.qpos)
    run.wait(0.1)
    assert run.control_instants == 2


def test_fall_ends_the_episode(start):
    run = start(sinks=True)
    while not run.ends:
        answer(run, 0.0, 1)
    heights = [state.qpos[2] for state in run.fresh]
    assert heights[-1] < 0.2 <= min(heights[:-1])
    assert run.told[-2].stamp_ns == run.ends[0].stamp_ns
    assert run.ends[0].outcome == "terminated"
    answer(run, 0.0, 1)
    assert run.fresh[-1].qpos[2] > 0.5
    assert len(run.ends) == 1


def test_fall_at_the_last_step_is_one_end_and_a_fall(start):
    steps = start(sinks=True)
    while not steps.ends:
        answer(steps, 0.0, 1)
    run = start(sinks=True, episode_steps=steps.ends[0].steps)
    while not run.ends:
        answer(run, 0.0, 1)
    assert [end.outcome for end in run.ends] == ["terminated"]


def test_fallen_robot_goes_on_where_it_lies_if_told_so(start):
    run = start(sinks=True, reset_on_fall=False)
    answer(run, 0.0, 30)
    assert (run.ends, run.loop.steps) == ([], 30)
    assert run.simulator.torso_height < 0.2


def test_reset_between_episodes_reports_no_second_end(start):
    run = start(episode_steps=2)
    answer(run, 0.1, 2)
    run.loop.reset(run.now)
    assert [end.outcome for end in run.ends] == ["truncated"]
    assert run.control_instants == 3
    run.wait(0.1)
    assert run.control_instants == 3


def test_episode_that_ends_during_steps_gives_way_to_the_next_after_the_pause(start):
    run = start(episode_steps=1)
    run.pause()
    run.step()
    run.wait(0.3)
    assert len(run.ends) == 1
    run.pause(False)
    run.wait(0.1)
    assert (run.loop.episode, run.loop.steps) == (2, 0)
    run.send(0.1)
    assert run.loop.steps == 1


# Emergency stop


def test_e_stop_drops_the_held_command_and_latches(run, reference):
    run.send(0.9)
    run.loop.set_e_stop(True)
    run.wait(0.15)
    run.send(0.9)
    run.wait(0.15)
    assert run.control_instants > 4
    np.testing.assert_array_equal(
        run.simulator.data.qpos, moved_by(reference, 0.1, *[0.0] * (run.control_instants - 1))
    )
    assert run.warnings == ["e_stop: zero effort until it is released"]


def test_e_stop_again_is_not_said_again(run):
    run.loop.set_e_stop(True)
    run.loop.set_e_stop(True)
    assert len(run.warnings) == 1


def test_release_of_the_e_stop_waits_for_a_command(run, reference):
    run.loop.set_e_stop(True)
    run.wait(0.1)
    run.loop.set_e_stop(False)
    run.wait(0.5)
    steps = run.control_instants
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by(reference, 0.1, *[0.0] * (steps - 1)))
    assert run.loop.stopped_because == run.warnings[-1] == "e_stop released: zero effort until a command comes"
    run.send(0.75)
    run.wait(0.05)
    assert run.simulator.state().joint_efforts == [225.0] * 8
    assert run.loop.stopped_because == ""


def test_release_without_a_stop_changes_nothing(run):
    told = len(run.told)
    run.loop.set_e_stop(False)
    assert len(run.told) == told
    assert run.loop.stopped_because == ""


def test_e_stop_before_the_first_command_keeps_the_robot_standing(start):
    run = start()
    run.loop.set_e_stop(True)
    run.send(0.5)
    run.wait(1.0)
    assert run.control_instants == 0


# Whatever happens

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


def happen(run, event, argument):
    if event == "command":
        ctrl, offset = argument
        run.send(ctrl, None if offset is None else run.loop.stamp_ns + offset)
    elif event == "pause":
        run.pause(argument)
    elif event == "e_stop":
        run.loop.set_e_stop(argument)
    elif event == "step" and run.loop.paused:
        run.step()
    elif event == "reset":
        run.loop.reset(run.now)
    elif event == "held up":
        run.tick_after(0.5)


@given(config=configs, history=st.lists(st.tuples(waits, events), max_size=12))
@settings(max_examples=60, deadline=None)
def test_time_never_goes_back_and_each_new_state_is_one_period_later(drive, config, history):
    run = drive(Lockstep, **config)
    for wait, (event, argument) in history:
        run.wait(wait, ticks=100)
        happen(run, event, argument)
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


# The promise


@pytest.mark.parametrize("factor", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("sinks", [False, True])
def test_trajectory_equals_the_environment_s_bit_for_bit(start, sunken_model, random_actions, factor, sinks):
    env = CustomAntEnv(model_path=sunken_model) if sinks else CustomAntEnv()
    actions = random_actions[:300]
    run = start(sinks=sinks, real_time_factor=factor, seed=21)
    observation, _ = env.reset(seed=21)
    rewards, returns = [], []
    for step, action in enumerate(actions):
        np.testing.assert_array_equal(observe(run.simulator.state()), observation)
        answer(run, action, 1, latency=0.03)
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
