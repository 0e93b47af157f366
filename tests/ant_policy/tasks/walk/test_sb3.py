"""SB3 sees the same environments."""

import numpy as np
import pytest

from ant_policy.tasks.walk.sb3 import WalkVecEnv
from ant_policy.tasks.walk.vector_env import WalkVectorEnv


@pytest.fixture
def envs():
    return WalkVecEnv(WalkVectorEnv(3, 1, max_episode_steps=10))


def test_observations_and_rewards_are_the_environments(envs, make_envs, random_actions):
    other = make_envs(max_episode_steps=10)
    envs.seed(0)
    observations = envs.reset()
    assert observations.dtype == np.float32
    np.testing.assert_array_equal(observations, other.reset(seed=0)[0].astype(np.float32))
    for actions in random_actions[:15]:
        observations, rewards, dones, _ = envs.step(actions)
        expected = other.step(actions)
        np.testing.assert_array_equal(observations, expected[0].astype(np.float32))
        np.testing.assert_array_equal(rewards, expected[1].astype(np.float32))
        np.testing.assert_array_equal(dones, expected[2] | expected[3])


def test_end_of_an_episode_is_told_as_sb3_wants_it(envs, random_actions):
    envs.seed(0)
    envs.reset()
    total = np.zeros(3)
    for actions in random_actions[:10]:
        _, rewards, dones, infos = envs.step(actions)
        total += rewards
    assert dones.all()
    for env, info in enumerate(infos):
        assert info["TimeLimit.truncated"]
        assert info["episode"]["l"] == 10
        assert info["episode"]["r"] == pytest.approx(total[env], rel=1e-5)
        np.testing.assert_array_equal(info["terminal_observation"][30:42], random_actions[9, env])


def test_sac_learns_on_it_for_some_steps():
    from stable_baselines3 import SAC

    envs = WalkVecEnv(WalkVectorEnv(4, 1))
    model = SAC("MlpPolicy", envs, learning_starts=8, batch_size=8, policy_kwargs={"net_arch": [8]}, seed=0)
    before = [parameter.detach().clone() for parameter in model.actor.parameters()]
    model.learn(40)
    assert any((a != b).any() for a, b in zip(before, model.actor.parameters(), strict=True))


def test_single_environments_cannot_be_changed(envs):
    for call in (lambda: envs.set_attr("weights", None), lambda: envs.env_method("reset")):
        with pytest.raises(NotImplementedError, match="of a batch"):
            call()
    assert envs.env_is_wrapped(object) == [False] * 3
    assert envs.get_attr("num_envs", 0) == [3]
