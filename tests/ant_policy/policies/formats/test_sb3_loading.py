"""SB3 zips as policies: with and without a card, of another robot, and with a normalisation beside them."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import PPO, TD3

from ant_policy.card.card import default_card
from ant_policy.card.observation import Normalisation
from ant_policy.card.parts import Network
from ant_policy.errors import PolicyError
from ant_policy.policies.loading import load_policy


def refusal(source) -> str:
    with pytest.raises(PolicyError) as refused:
        load_policy(source)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("algorithm", [PPO, TD3])
def test_bare_zip_of_the_ant_acts_as_predict(algorithm, spaces, saved, observations):
    kwargs = {} if algorithm is PPO else {"buffer_size": 1}
    model = algorithm("MlpPolicy", spaces(), policy_kwargs={"net_arch": [9]}, **kwargs)
    policy = load_policy(saved(model))
    assert policy.card.policy.algorithm == algorithm.__name__.lower()
    assert policy.card.policy.network.hidden == (9,)
    for x in observations[:50]:
        np.testing.assert_allclose(policy.act(x), model.predict(x.astype("f4"), deterministic=True)[0], atol=1e-5)


def test_ppo_that_is_not_deterministic_draws_around_its_mean(spaces, saved):
    path = saved(PPO("MlpPolicy", spaces(), policy_kwargs={"net_arch": [9], "log_std_init": -3.0}))
    mean = load_policy(path).act(np.zeros(27))
    policy = load_policy(path, deterministic=False, seed=1)
    drawn = np.array([policy.act(np.zeros(27)) for _ in range(300)])
    np.testing.assert_allclose(drawn.std(0), np.exp(-3.0), rtol=0.25)
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.02)


def test_bare_zip_of_ppo_with_the_ants_moves_is_read(spaces, saved):
    model = PPO("MlpPolicy", spaces(actions=gym.spaces.Discrete(5)), policy_kwargs={"net_arch": [9]})
    policy = load_policy(saved(model))
    assert (policy.card.policy.algorithm, policy.card.policy.output) == ("ppo", "argmax")
    move = int(model.predict(np.ones(27, "f4"), deterministic=True)[0])
    np.testing.assert_allclose(policy.act(np.ones(27)), policy.card.action.moves[move])


@pytest.mark.parametrize(("n_in", "n_out", "found"), [(11, 8, "found 11"), (27, 3, "found 3")])
def test_zip_of_another_robot_names_both_sizes_and_the_way_out(n_in, n_out, found, spaces, saved):
    model = PPO("MlpPolicy", spaces(n_in, gym.spaces.Box(-1.0, 1.0, (n_out,))), policy_kwargs={"net_arch": [9]})
    path = saved(model)
    message = refusal(path)
    assert found in message
    assert "expected 27 observation values" in message if n_in != 27 else "expected 8 actions" in message
    assert f"python -m ant_policy.card {path} --env ID --out" in message


def test_other_bounds_need_a_card(spaces, saved):
    path = saved(PPO("MlpPolicy", spaces(actions=gym.spaces.Box(-0.4, 0.4, (8,))), policy_kwargs={"net_arch": [9]}))
    message = refusal(path)
    assert "expected actions in [-1, 1], found (-0.4," in message
    assert "python -m ant_policy.card" in message


@pytest.mark.parametrize(
    "place", ["vecnormalize.pkl", "Ant-v5/vecnormalize.pkl", "vec_normalize.pkl", "rl_model_vecnormalize_100_steps.pkl"]
)
def test_statistics_of_vecnormalize_beside_a_zip_are_refused_and_not_read(place, sac_zip, tmp_path):
    path = tmp_path / "policy.zip"
    path.write_bytes(sac_zip.read_bytes())
    load_policy(path)
    statistics = tmp_path / place
    statistics.parent.mkdir(exist_ok=True)
    statistics.write_bytes(b"this is no pickle")
    message = refusal(path)
    assert str(statistics) in message
    assert "save_sb3(model, vec_normalize, FOLDER)" in message


def test_card_with_the_normalisation_makes_statistics_beside_it_needless(sac_zip, tmp_path):
    (tmp_path / "policy.zip").write_bytes(sac_zip.read_bytes())
    (tmp_path / "vecnormalize.pkl").write_bytes(b"")
    card = default_card("sac")
    policy = replace(card.policy, network=Network("relu", (16, 12)))
    observation = replace(card.observation, normalisation=Normalisation((0.5,) * 27, (2.0,) * 27, 10.0))
    replace(card, policy=policy, observation=observation).save(tmp_path / "card.yaml")
    assert load_policy(tmp_path).card.observation.normalisation is not None
