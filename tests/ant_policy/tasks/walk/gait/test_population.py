"""A population's roll-outs compare solutions fairly and end with a fall."""

import numpy as np
import pytest

from ant_policy.tasks.walk.gait.population import compare_pairs, roll_out
from ant_policy.tasks.walk.gait.readout import SOLUTION_SIZE, trot_solution
from ant_policy.tasks.walk.randomisation import ROBUST


@pytest.fixture
def envs(make_envs):
    return make_envs(4, randomisation=ROBUST, robots_per_draw=2, command_interval=(0.5, 0.5))


def test_equal_solutions_of_a_pair_get_equal_returns(envs):
    returns = roll_out(envs, np.repeat(trot_solution()[None], 4, axis=0), seed=3, steps=50)
    assert returns[0] == returns[1] != returns[2] == returns[3]
    np.testing.assert_array_equal(compare_pairs(returns), 0.0)


def test_same_seed_gives_the_same_returns(envs):
    solutions = 0.02 * np.random.default_rng(0).standard_normal((4, SOLUTION_SIZE)).astype(np.float32)
    first = roll_out(envs, solutions, seed=3, steps=50)
    np.testing.assert_array_equal(roll_out(envs, solutions, seed=3, steps=50), first)
    assert (roll_out(envs, solutions, seed=4, steps=50) != first).all()


def test_return_is_the_mean_reward_until_the_fall(make_envs):
    envs = make_envs(2)
    solutions = np.zeros((2, SOLUTION_SIZE), np.float32)
    envs.reset(seed=0)
    step, rewards, fallen = envs.step, [], []

    def tip_over(actions):
        if len(rewards) == 10:
            envs.robots.batch.bind("qpos")[0, 3:7] = [0.0, 1.0, 0.0, 0.0]
        result = step(actions)
        rewards.append(result[1])
        fallen.append(result[2])
        return result

    envs.step = tip_over
    returns = roll_out(envs, solutions, seed=0, steps=30)
    assert np.array(fallen)[:, 0].nonzero()[0].tolist() == [10]
    np.testing.assert_allclose(returns[0] * 30, np.array(rewards)[:11, 0].sum())
    np.testing.assert_allclose(returns[1] * 30, np.array(rewards)[:, 1].sum())


def test_pairs_are_compared_by_their_differences():
    np.testing.assert_allclose(compare_pairs(np.array([1.0, 3.0, 10.0, 9.0])), [-1.0, 1.0, 0.5, -0.5])
