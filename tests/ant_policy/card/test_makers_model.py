"""Folders of SB3 models in memory, with the normalisation of their observations."""

import gymnasium as gym
import numpy as np
import pytest
from arm_env import small
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from ant_policy.card.makers.draft import OpenFieldsError
from ant_policy.card.makers.sb3_model import save_sb3
from ant_policy.errors import PolicyError
from ant_policy.policies.loading import load_policy


def test_model_with_vecnormalize_becomes_a_folder_that_acts_as_both(tmp_path):
    env = VecNormalize(DummyVecEnv([lambda: gym.make("TestArm-v0")]), clip_obs=2.0)
    model = PPO("MlpPolicy", env, n_steps=16, batch_size=16, n_epochs=1, **small()).learn(64)
    card = save_sb3(model, env, tmp_path / "out", settings={"base_link": "upper"})
    assert card.observation.normalisation.clip == 2.0
    policy = load_policy(tmp_path / "out")
    env.training = False
    middle, half = (
        (env.action_space.low + env.action_space.high) / 2,
        (env.action_space.high - env.action_space.low) / 2,
    )
    for x in np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32):
        expected = model.predict(env.normalize_obs(x[None]), deterministic=True)[0][0]
        np.testing.assert_allclose(middle + half * policy.act(x), expected, atol=1e-5)


def test_model_without_normalisation_becomes_a_folder(tmp_path):
    model = SAC("MlpPolicy", gym.make("ant_sim:CustomAntEnv-v1"), buffer_size=1, **small())
    assert save_sb3(model, None, tmp_path / "out").observation.normalisation is None
    rewards_alone = VecNormalize(DummyVecEnv([lambda: gym.make("TestArm-v0")]), norm_obs=False)
    model = PPO("MlpPolicy", rewards_alone, n_steps=16, batch_size=16, **small())
    with pytest.raises(OpenFieldsError) as refused:
        save_sb3(model, rewards_alone, tmp_path / "other")
    assert list(refused.value.fields) == ["base_link"]
    assert not (tmp_path / "other").exists()


def test_wrapper_of_the_model_in_memory_is_refused_by_name(tmp_path):
    env = gym.wrappers.RescaleAction(gym.make("TestArm-v0"), np.float32(-1.0), np.float32(1.0))
    model = PPO("MlpPolicy", env, **small())
    with pytest.raises(PolicyError, match="wrapper RescaleAction may change actions"):
        save_sb3(model, None, tmp_path / "out")
