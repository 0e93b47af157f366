"""Mirrored actions in mirrored states give mirrored observations."""

import numpy as np

from ant_policy.tasks.walk.symmetry import mirror_actions, mirror_observations
from ant_policy.tasks.walk.terms import GAIT_PERIOD, OBSERVATION_SIZE

PERIOD_STEPS = round(GAIT_PERIOD / 0.02)


def test_mirroring_twice_changes_nothing():
    rng = np.random.default_rng(0)
    observations, actions = rng.standard_normal((5, OBSERVATION_SIZE)), rng.standard_normal((5, 12))
    np.testing.assert_allclose(mirror_observations(mirror_observations(observations)), observations)
    np.testing.assert_allclose(mirror_actions(mirror_actions(actions)), actions)


def test_mirrored_robot_with_mirrored_actions_and_command_moves_as_the_mirror_image(make_envs, random_actions):
    """Half a gait period later, since the other legs then swing."""
    envs = make_envs(1)
    start = envs.state()
    command = np.array([[0.5, 0.3, -0.4]])
    paths = []
    for mirrored in (False, True):
        envs.set_state(start)
        envs.commands = command * [1.0, -1.0, -1.0] if mirrored else command
        envs._steps[:] = PERIOD_STEPS // 2 if mirrored else 0
        qpos = envs.robots.batch.bind("qpos")
        qpos[0, 7:] = [0.0, 0.9, -1.6] * 4
        envs.set_state(envs.state())
        path, rewards = [], []
        for actions in random_actions[:20, :1]:
            observation, reward, *_ = envs.step(mirror_actions(actions) if mirrored else actions)
            path.append(observation[0])
            rewards.append(reward[0])
        paths.append((np.array(path), np.array(rewards)))
    (straight, rewards), (image, image_rewards) = paths
    np.testing.assert_allclose(mirror_observations(image), straight, atol=1e-5)
    np.testing.assert_allclose(image_rewards, rewards, atol=1e-5)
