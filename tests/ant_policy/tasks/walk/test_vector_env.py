"""Vectorised walk environments: shapes, determinism, resets, commands, snapshots."""

import numpy as np
import pytest

from ant_policy.tasks.walk.batch import ROBUST
from ant_policy.tasks.walk.commands import COMMAND_LIMITS
from ant_policy.tasks.walk.contract import ACTION_SCALE
from ant_policy.tasks.walk.robot import HOME
from ant_policy.tasks.walk.vector_env import WalkVectorEnv

COMMAND = slice(42, 45)


def play(envs, actions):
    """Observations and rewards of some steps."""
    steps = [envs.step(each) for each in actions]
    return np.array([step[0] for step in steps]), np.array([step[1] for step in steps])


def test_spaces_and_shapes(make_envs, random_actions):
    envs = make_envs()
    observations, infos = envs.reset(seed=0)
    assert observations.shape == envs.observation_space.shape == (3, 47)
    assert envs.action_space.shape == (3, 12)
    observations, rewards, terminated, truncated, infos = envs.step(random_actions[0])
    assert observations.shape == (3, 47)
    assert rewards.shape == terminated.shape == truncated.shape == (3,)
    assert infos["linear_error"].shape == infos["yaw_error"].shape == (3,)
    assert terminated.dtype == truncated.dtype == np.bool_


@pytest.mark.parametrize("randomisation", [None, ROBUST], ids=["nominal", "randomised"])
def test_same_seed_gives_the_same_trajectory(make_envs, random_actions, randomisation):
    one = play(make_envs(randomisation=randomisation, max_episode_steps=40), random_actions)
    two = play(make_envs(randomisation=randomisation, max_episode_steps=40), random_actions)
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])
    other = play(make_envs(seed=1, randomisation=randomisation, max_episode_steps=40), random_actions)
    assert not np.array_equal(one[0], other[0])


def test_observation_tells_of_the_action_and_targets_are_around_home(make_envs, random_actions):
    envs = make_envs()
    observations, *_ = envs.step(2.0 * random_actions[0])
    clipped = np.clip(2.0 * random_actions[0], -1.0, 1.0)
    np.testing.assert_allclose(observations[:, 30:42], clipped)
    np.testing.assert_allclose(envs.robots.batch.bind("ctrl"), HOME + ACTION_SCALE * clipped)
    np.testing.assert_array_equal(observations[:, COMMAND], envs.commands)


def test_truncated_episode_restarts_within_the_step(make_envs, random_actions):
    envs = make_envs(max_episode_steps=10)
    for step, actions in enumerate(random_actions[:10], start=1):
        observations, _, terminated, truncated, infos = envs.step(actions)
        assert (truncated == (step == 10)).all()
        assert not terminated.any()
    assert ("final_obs" in infos) == truncated.any()
    np.testing.assert_allclose(infos["final_obs"][:, 30:42], random_actions[9])
    assert not observations[:, 30:42].any()
    np.testing.assert_allclose(observations[:, -2:], [[0.0, 1.0]] * 3)
    assert np.abs(observations[:, 6:18]).max() <= 0.05 + 1e-12


def test_fallen_robot_ends_its_episode_alone(make_envs):
    envs = make_envs()
    envs.robots.batch.bind("qpos")[1, 3:7] = [0.0, 1.0, 0.0, 0.0]
    observations, _, terminated, truncated, infos = envs.step(np.zeros((3, 12)))
    assert terminated.tolist() == [False, True, False]
    assert not truncated.any()
    assert infos["final_obs"][1, 5] > 0.9
    assert observations[1, 5] < -0.99
    np.testing.assert_array_equal(observations[0], infos["final_obs"][0])


def test_command_is_drawn_anew_after_its_interval(make_envs):
    envs = make_envs(command_interval=0.1)
    commands = []
    for _ in range(11):
        commands.append(envs.commands.copy())
        observations, *_ = envs.step(np.zeros((3, 12)))
        np.testing.assert_array_equal(observations[:, COMMAND], envs.commands)
    commands = np.array(commands)
    changed = np.flatnonzero((commands[1:] != commands[:-1]).any(axis=(1, 2))) + 1
    assert changed.tolist() == [5, 10]
    assert (np.abs(commands) <= COMMAND_LIMITS).all()


def test_errors_are_of_the_command_that_the_step_answered(make_envs):
    envs = make_envs(command_interval=0.02)
    before = envs.commands.copy()
    _, _, _, _, infos = envs.step(np.zeros((3, 12)))
    velocity = envs.robots.robot_state().linear_velocity[:, :2]
    np.testing.assert_allclose(infos["linear_error"], np.linalg.norm(velocity - before[:, :2], axis=1))


def test_neighbours_with_shared_draws_are_equal_and_others_are_not(make_envs, random_actions):
    envs = make_envs(4, randomisation=ROBUST, robots_per_draw=2, max_episode_steps=30)
    same = np.repeat(random_actions[:, :1], 4, axis=1)
    observations, rewards = play(envs, same)
    for one, other in ((0, 1), (2, 3)):
        np.testing.assert_array_equal(observations[:, one], observations[:, other])
        np.testing.assert_array_equal(rewards[:, one], rewards[:, other])
    assert (rewards[:, 0] != rewards[:, 2]).all()


def test_noise_is_in_the_observation_and_not_in_the_robot(make_envs):
    noisy, exact = make_envs(randomisation=ROBUST), make_envs()
    measured = noisy.step(np.zeros((3, 12)))[0][:, :3]
    true = 0.25 * noisy.robots.robot_state().angular_velocity
    assert (measured != true).all()
    np.testing.assert_allclose(measured, true, atol=0.2)
    measured = exact.step(np.zeros((3, 12)))[0][:, :3]
    np.testing.assert_array_equal(measured, 0.25 * exact.robots.robot_state().angular_velocity)


def test_action_that_is_not_finite_is_refused(make_envs):
    with pytest.raises(ValueError, match="robot 2 is not finite"):
        make_envs().step(np.array([[0.0] * 12, [0.0] * 12, [np.nan] * 12]))


def test_no_environments_are_refused():
    with pytest.raises(ValueError, match="num_envs is 0"):
        WalkVectorEnv(0)
