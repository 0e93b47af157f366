"""Mirrored actions in mirrored states give mirrored features."""

import numpy as np
import pytest

from ant_policy.observation.feature_registry import FEATURES, features_of
from ant_policy.tasks.symmetry import equivariant_maps, symmetries
from ant_policy.tasks.walk.contract import GAIT_PERIOD
from ant_policy.training.pgpe.linear_policies import LinearPolicies

PERIOD_STEPS = round(GAIT_PERIOD / 0.02)


@pytest.fixture(scope="module")
def mirror():
    return symmetries("gait")[1]


def test_mirroring_twice_changes_nothing(mirror):
    identity = symmetries("gait")[0]
    np.testing.assert_array_equal(mirror.features @ mirror.features, identity.features)
    np.testing.assert_array_equal(mirror.actions @ mirror.actions, identity.actions)


def test_mirrored_robot_with_mirrored_actions_and_command_moves_as_the_mirror_image(make_envs, random_actions, mirror):
    """Half a gait period later, since the other legs then swing."""
    command = np.array([[0.5, 0.3, -0.4]])
    paths = []
    for mirrored in (False, True):
        envs = make_envs(1, command_interval=1e3)
        envs.commands = command * [1.0, -1.0, -1.0] if mirrored else command
        envs._steps[:] = PERIOD_STEPS // 2 if mirrored else 0
        qpos = envs.robots.batch.bind("qpos")
        qpos[0, 7:] = [0.0, 0.9, -1.6] * 4
        envs._state = envs.robots.robot_state()
        path, rewards = [], []
        for actions in random_actions[:20, :1]:
            observation, reward, *_ = envs.step(actions @ mirror.actions.T if mirrored else actions)
            path.append(observation[0])
            rewards.append(reward[0])
        paths.append((features_of("gait", np.array(path, np.float32)), np.array(rewards)))
    (straight, rewards), (image, image_rewards) = paths
    np.testing.assert_allclose(image @ mirror.features.T, straight, atol=2e-4)
    np.testing.assert_allclose(image_rewards, rewards, atol=1e-5)


def test_symmetric_policy_has_a_number_for_each_weight_of_the_left_legs(mirror):
    policies = LinearPolicies("gait", symmetric=True, action_size=12)
    assert policies.size == len(equivariant_maps("gait")) == 6 * (FEATURES["gait"].size + 1)
    rng = np.random.default_rng(1)
    solution = rng.standard_normal(policies.size).astype(np.float32)
    matrix = policies.matrices(solution[None])[0]
    x = rng.standard_normal(65)
    mirrored = matrix @ np.append(mirror.features @ x, 1.0)
    np.testing.assert_allclose(mirrored, mirror.actions @ matrix @ np.append(x, 1.0), atol=1e-4)
    np.testing.assert_array_equal(policies.solution(matrix), solution)
