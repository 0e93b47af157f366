"""Episodes in lockstep."""

import numpy as np
import pytest

from ant_sim.control_loop.events import EpisodeEnd
from ant_sim.control_loop.lockstep import Lockstep
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.envs.single import CustomAntEnv, observe
from ant_sim.tasks.jump import height_reward

LOOP = Lockstep
PERIOD_NS = 50_000_000


def test_reset_begins_an_episode_one_period_later_without_integrating(run, reference):
    run.answer(0.3, 4)
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


def test_first_command_after_a_reset_is_applied_at_once(run):
    run.wait(0.01)
    run.loop.reset(run.now)
    run.send(0.2)
    assert run.control_instants == 3


def test_timeout_starts_anew_after_a_reset(run):
    run.wait(0.15)
    run.loop.reset(run.now)
    run.wait(0.19)
    assert run.control_instants == 2
    run.wait(0.02)
    assert run.control_instants == 3


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
    run.answer(0.1, 3)
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
        run.answer(0.0)
    heights = [state.qpos[2] for state in run.fresh]
    assert heights[-1] < 0.2 <= min(heights[:-1])
    assert run.told[-2].stamp_ns == run.ends[0].stamp_ns
    assert run.ends[0].outcome == "terminated"
    run.answer(0.0)
    assert run.fresh[-1].qpos[2] > 0.5
    assert len(run.ends) == 1


def test_fall_at_the_last_step_is_one_end_and_a_fall(start):
    steps = start(sinks=True)
    while not steps.ends:
        steps.answer(0.0)
    run = start(sinks=True, episode_steps=steps.ends[0].steps)
    while not run.ends:
        run.answer(0.0)
    assert [end.outcome for end in run.ends] == ["terminated"]


def test_fallen_robot_goes_on_where_it_lies_if_told_so(start):
    run = start(sinks=True, reset_on_fall=False)
    run.answer(0.0, 30)
    assert (run.ends, run.loop.steps) == ([], 30)
    assert run.simulator.torso_height < 0.2


def test_reset_between_episodes_reports_no_second_end(start):
    run = start(episode_steps=2)
    run.answer(0.1, 2)
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
