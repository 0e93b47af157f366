"""The environment is one of the batch, and its card says what it does."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from ant_policy.card.card import Card
from ant_policy.evaluation.environment import find_environment
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import ImuSample, JointSample
from ant_policy.policies.loading import ASSETS
from ant_policy.tasks.walk.contract import ACTION_SCALE
from ant_policy.tasks.walk.env import WalkEnv
from ant_policy.tasks.walk.robot import HOME, JOINTS


@pytest.fixture(scope="module")
def environment():
    return find_environment("QuadrupedWalk-v1")


@pytest.fixture(scope="module")
def walk_card(environment):
    return environment.card("pgpe")


def test_it_is_an_environment_of_gymnasium():
    check_env(WalkEnv(), skip_render_check=True)


def test_one_environment_is_one_of_the_batch(random_actions):
    one, many = gym.make("QuadrupedWalk-v1"), gym.make_vec("QuadrupedWalk-v1", 1)
    np.testing.assert_array_equal(one.reset(seed=3)[0], many.reset(seed=3)[0][0])
    for actions in random_actions[:30, :1]:
        observation, reward, terminated, truncated, info = one.step(actions[0])
        observations, rewards, *ends, infos = many.step(actions)
        np.testing.assert_array_equal(observation, observations[0])
        assert (reward, terminated, truncated) == (rewards[0], *(end[0] for end in ends))
        assert info == {name: values[0] for name, values in infos.items()}


def test_last_observation_of_an_episode_is_not_that_of_the_next():
    env = WalkEnv()
    env.reset(seed=0)
    env.data.qpos[3:7] = [0.0, 1.0, 0.0, 0.0]
    observation, _, terminated, _, info = env.step(np.zeros(12))
    assert terminated
    assert observation[5] > 0.9
    assert info.keys() == {"linear_error", "yaw_error"}


def test_shipped_card_is_that_of_model_and_task(environment, walk_card):
    """Its network holds the features, and it names the pose beside the offset."""
    shipped = Card.load(ASSETS / "walk" / "card.yaml")
    assert shipped.model == environment.model
    assert replace(shipped.joints, default_pose=None) == walk_card.joints
    for field in ("robot", "base_link", "control_period", "observation", "action"):
        assert getattr(shipped, field) == getattr(walk_card, field), field


def test_observation_from_messages_is_the_environments(make_envs, random_actions, walk_card):
    """Joints arrive in another order; the states are those of robots that walk and fall."""
    envs = make_envs(1, seed=2, command_interval=0.2)
    qpos, qvel = (envs.robots.batch.bind(name) for name in ("qpos", "qvel"))
    builder = ObservationBuilder(walk_card)
    observations, _ = envs.reset(seed=2)
    order = np.random.default_rng(0).permutation(len(JOINTS))
    names = [JOINTS[index] for index in order]
    for actions in random_actions[:40, :1]:
        positions, velocities = qpos[0, 7:][order].tolist(), qvel[0, 6:][order].tolist()
        imu = ImuSample(1, tuple(qpos[0, 3:7].tolist()), tuple(qvel[0, 3:6].tolist()))
        command = tuple(envs.commands[0].tolist())
        state = RobotState(JointSample(1, names, positions, velocities), imu=imu, command=command)
        observation = builder.stack(builder.frame(state))
        np.testing.assert_allclose(observation, observations[0], atol=1e-12)
        builder.remember(actions[0])
        observations, _, terminated, _, _ = envs.step(actions)
        assert not terminated.any()


def test_commands_are_the_environments_joint_targets(walk_card):
    action = walk_card.action
    assert list(action.scale.values()) == ACTION_SCALE.tolist()
    assert list(action.offset.values()) == HOME.tolist()
    for name, (low, high) in action.clip.items():
        assert low < action.offset[name] < high
    assert replace(action, joints=JOINTS) == action
