"""Episodes of a free-running loop."""

import numpy as np
import pytest

from ant_sim.control_loop.events import EpisodeEnd
from ant_sim.control_loop.free_running import FreeRunning
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.tasks.jump import height_reward

LOOP = FreeRunning
PERIOD_NS = 50_000_000
SUBSTEP = 0.01


def test_reset_begins_an_episode_one_period_later_without_integrating(run, moved_by_substeps):
    run.send_for(0.21, 0.125)
    last, steps = run.fresh[-1], run.loop.steps
    run.loop.reset(run.now)
    np.testing.assert_array_equal(run.simulator.data.qpos, moved_by_substeps(resets=2))
    assert run.fresh[-1].stamp_ns == last.stamp_ns + PERIOD_NS
    episode_return = sum(height_reward(state.qpos[2]) for state in run.fresh[1:-1])
    assert run.ends == [EpisodeEnd(1, steps, episode_return, "reset", last.stamp_ns)]


@pytest.mark.parametrize("substeps_before", range(5))
def test_first_control_step_after_a_reset_is_as_long_as_any(start, moved_by_substeps, substeps_before):
    run = start()
    run.send(0.125)
    run.wait((substeps_before - 0.5) * SUBSTEP)
    run.loop.reset(run.now)
    run.send(0.5)
    stamp_ns = run.loop.stamp_ns
    while run.loop.stamp_ns == stamp_ns:
        run.wait(max(0.0, run.loop.deadline() - run.now))
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by_substeps(*[0.5] * 5, resets=2))


def test_reset_forgets_the_command(run):
    run.send(0.5)
    run.wait(0.02)
    run.loop.reset(run.now)
    run.wait(0.1)
    assert run.simulator.state().joint_efforts == [0.0] * 8


def test_truncation_shows_the_last_state_first_and_a_period_later_the_next_episode(start, moved_by_substeps):
    run = start(episode_steps=2)
    run.send(0.125)
    run.wait(0.095)
    last, end = run.told[-2:]
    assert last.stamp_ns == end.stamp_ns == FIRST_STAMP_NS + 2 * PERIOD_NS
    assert (end.episode, end.steps, end.outcome) == (1, 2, "truncated")
    run.wait(0.05)
    assert run.fresh[-1].stamp_ns == last.stamp_ns + PERIOD_NS
    assert run.fresh[-1].at - last.at == pytest.approx(0.05)
    np.testing.assert_array_equal(run.fresh[-1].qpos, moved_by_substeps(resets=2))
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
