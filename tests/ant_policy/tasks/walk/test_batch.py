"""The batch moves as MuJoCo does, with targets within the joints' limits and late by the latency."""

import mujoco
import numpy as np
import pytest

from ant_policy.tasks.walk.batch import ROBUST, WalkBatch
from ant_policy.tasks.walk.robot import FRAME_SKIP, HOME, MODEL_PATH
from ant_sim.physics.randomisation import Randomisation


def started(num_robots=2, randomisation=None, seed=0, threads=1):
    robots = WalkBatch(num_robots, threads, randomisation)
    rng = np.random.default_rng(seed)
    robots.reset(np.arange(num_robots), rng)
    return robots, rng


def walk(robots, rng, steps=20):
    targets = np.random.default_rng(5).uniform(-0.4, 0.4, (steps, robots.num_robots, 12)) + HOME
    for each in targets:
        robots.step(each, rng)
    return robots.batch.bind("qpos").copy()


def test_trajectory_is_that_of_a_single_simulation():
    robots, rng = started()
    model = mujoco.MjModel.from_xml_path(str(MODEL_PATH))
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    data.qpos[:] = robots.batch.bind("qpos")[1]
    targets = np.random.default_rng(3).uniform(-0.4, 0.4, (20, 2, 12)) + HOME
    for each in targets:
        robots.step(each, rng)
        data.ctrl[:] = each[1]
        mujoco.mj_step(model, data, nstep=FRAME_SKIP)
    np.testing.assert_array_equal(robots.batch.bind("qpos")[1], data.qpos)


def test_same_seed_gives_the_same_trajectory_at_any_number_of_threads():
    one, two = (walk(*started(5, ROBUST, threads=threads)) for threads in (1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, walk(*started(5, ROBUST, seed=1)))


def test_targets_are_clipped_to_the_joint_limits():
    robots, rng = started()
    robots.step(np.full((2, 12), 9.0), rng)
    np.testing.assert_array_equal(robots.batch.bind("ctrl")[0], robots.joint_limits[:, 1])


@pytest.mark.parametrize(
    ("targets", "message"),
    [(np.zeros((2, 11)), r"shape \(2, 11\), expected \(2, 12\)"), (np.full((2, 12), np.nan), "robot 0 is not finite")],
)
def test_bad_targets_move_no_robot(targets, message):
    robots, rng = started()
    before = robots.batch.bind("qpos").copy()
    with pytest.raises(ValueError, match=message):
        robots.step(targets, rng)
    np.testing.assert_array_equal(robots.batch.bind("qpos"), before)


def test_command_that_is_late_by_a_whole_period_acts_in_the_next_one():
    late, rng = started(200, Randomisation(latency=(0, FRAME_SKIP)))
    latency = late.randomiser.latency
    assert set(latency) == set(range(FRAME_SKIP + 1))
    start = late.batch.bind("qpos").copy()
    late.step(np.tile(HOME, (200, 1)), rng)
    late.step(np.tile(HOME + 0.3, (200, 1)), rng)
    prompt = WalkBatch(200, 1)
    prompt.reset(np.arange(200), np.random.default_rng(0))
    prompt.batch.bind("qpos")[:] = start
    for _ in range(2):
        prompt.step(np.tile(HOME, (200, 1)), rng)
    same = (late.batch.bind("qpos") == prompt.batch.bind("qpos")).all(axis=1)
    np.testing.assert_array_equal(same, latency == FRAME_SKIP)
