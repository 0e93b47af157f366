"""The open-loop trot lifts diagonal feet and moves in the commanded direction."""

import numpy as np
import pytest

from ant_policy.tasks.walk.commands import COMMAND_LIMITS
from ant_policy.tasks.walk.contract import ACTION_SCALE
from ant_policy.tasks.walk.features import gait
from ant_policy.tasks.walk.robot import FOOT_RADIUS, HOME, feet_in_body, joint_positions_of
from ant_policy.tasks.walk.trot import LIFT, trot_actions, trot_matrix


def test_joint_positions_and_feet_are_inverse():
    rng = np.random.default_rng(0)
    joints = HOME + rng.uniform(-0.5, 0.5, (100, 12))
    np.testing.assert_allclose(joint_positions_of(feet_in_body(joints)), joints, atol=1e-9)


def test_standing_command_is_the_standing_pose():
    np.testing.assert_allclose(trot_actions(np.linspace(0.0, 6.0, 10), np.zeros((10, 3))), 0.0, atol=1e-9)


def test_feet_swing_forwards_and_push_backwards_in_diagonal_pairs():
    phase = np.linspace(0.0, 2.0 * np.pi, 41)[:-1]
    actions = trot_actions(phase, np.tile([0.5, 0.0, 0.0], (40, 1)))
    feet = feet_in_body(HOME + ACTION_SCALE * actions) - feet_in_body(HOME[None])
    np.testing.assert_allclose(feet[:, 0], feet[:, 3], atol=1e-9)
    np.testing.assert_allclose(feet[:, 1], np.roll(feet[:, 0], 20, axis=0), atol=1e-9)
    assert feet[:, 0, 2].max() == pytest.approx(LIFT)
    assert feet[11, 0, 0] > feet[9, 0, 0]
    assert feet[31, 0, 0] < feet[29, 0, 0]
    assert np.abs(actions).max() < 1.0


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_robot_that_trots_open_loop_obeys_somewhat_and_does_not_fall(make_envs, axis):
    envs = make_envs(2, command_interval=1e3)
    commands = np.zeros((2, 3))
    commands[:, axis] = [0.4, -0.4]
    envs.commands = commands
    total = np.zeros(2)
    for step in range(200):
        actions = trot_actions(np.full(2, 2.0 * np.pi * step / 20), commands)
        _, _, terminated, _, _ = envs.step(actions)
        assert not terminated.any()
        state = envs.robots.robot_state()
        total += (state.linear_velocity[:, axis] if axis < 2 else state.angular_velocity[:, 2]) / 200
    assert total[0] > total[1] + 0.1
    assert state.feet[:, :, 2].min() < FOOT_RADIUS + 0.01


def test_linear_policy_that_a_search_starts_from_is_nearly_the_trot():
    rng = np.random.default_rng(3)
    phase, commands = rng.uniform(0.0, 6.0, 200), rng.uniform(-1.0, 1.0, (200, 3)) * COMMAND_LIMITS
    observations = np.zeros((200, 47), np.float32)
    observations[:, 42:45] = commands
    observations[:, 45:] = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    matrix = trot_matrix()
    error = gait(observations) @ matrix[:, :-1].T + matrix[:, -1] - trot_actions(phase, commands)
    assert np.sqrt(np.square(error).mean()) < 0.1
