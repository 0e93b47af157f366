"""The card says what the environment does."""

from dataclasses import replace

import numpy as np

from ant_policy.card.card import Card
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import ImuSample, JointSample
from ant_policy.policies.loading import ASSETS
from ant_policy.tasks.walk.card import walk_card
from ant_policy.tasks.walk.robot import HOME, JOINTS
from ant_policy.tasks.walk.vector_env import ACTION_SCALE


def test_shipped_card_is_that_of_model_and_task():
    shipped = Card.load(ASSETS / "walk" / "card.yaml")
    assert walk_card(shipped.versions, shipped.training) == shipped


def test_written_card_is_the_same_again(tmp_path):
    card = walk_card({"mujoco": "4"}, {"seed": 3})
    card.save(tmp_path / "card.yaml")
    assert Card.load(tmp_path / "card.yaml") == card


def test_observation_from_messages_is_the_environments(make_envs, random_actions):
    """Joints arrive in another order; the states are those of robots that walk and fall."""
    envs = make_envs(1, seed=2, command_interval=(0.2, 0.2))
    qpos, qvel = (envs.robots.batch.bind(name) for name in ("qpos", "qvel"))
    builder = ObservationBuilder(walk_card())
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


def test_commands_are_the_environments_joint_targets():
    action = walk_card().action
    assert list(action.scale.values()) == ACTION_SCALE.tolist()
    assert list(action.offset.values()) == HOME.tolist()
    for name, (low, high) in action.clip.items():
        assert low < action.offset[name] < high
    assert replace(action, joints=JOINTS) == action
