from dataclasses import replace

import numpy as np
import pytest
import torch
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from ant_policy.card.card import default_card
from ant_policy.card.observation import Normalisation
from ant_policy.policies.loading import load_policy
from ant_policy.policies.mlp import Layer, Mlp
from ant_policy.policies.networks import NetworkPolicy


def linear(n_out: int, seed: int = 0) -> Mlp:
    rng = np.random.default_rng(seed)
    layer = Layer(rng.normal(size=(n_out, 27)).astype(np.float32), rng.normal(size=n_out).astype(np.float32))
    return Mlp([layer], "identity")


def normalised(algorithm, mean, std, clip=None):
    card = default_card(algorithm)
    normalisation = Normalisation(tuple(map(float, mean)), tuple(map(float, std)), clip)
    return replace(card, observation=replace(card.observation, normalisation=normalisation))


@pytest.mark.parametrize("kwargs", [{}, {"activation_fn": torch.nn.Tanh}, {"net_arch": {"pi": [9], "qf": [5]}}])
def test_sac_acts_as_sb3_predicts(make_sac, saved, observations, kwargs):
    model = make_sac(**kwargs)
    with torch.no_grad():
        for parameter in model.actor.parameters():
            parameter *= 2.0  # Off the initial weights, so that actions fill their range.
    policy = load_policy(saved(model))
    for observation in observations:
        expected, _ = model.predict(observation, deterministic=True)
        np.testing.assert_allclose(policy.act(observation), expected, atol=1e-5, rtol=0)


def test_trained_sac_acts_as_sb3_predicts(sac, sac_zip, observations):
    policy = load_policy(sac_zip)
    expected, _ = sac.predict(observations, deterministic=True)
    found = np.array([policy.act(observation) for observation in observations])
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)
    assert expected.std() > 0.01


def test_stochastic_sac_has_the_distribution_of_sb3(sac, sac_zip, observations):
    policy = load_policy(sac_zip, deterministic=False, seed=1)
    observation = observations[0]
    torch.manual_seed(0)
    theirs, _ = sac.predict(np.tile(observation, (4000, 1)), deterministic=False)
    ours = np.array([policy.act(observation) for _ in range(4000)])
    np.testing.assert_allclose(ours.mean(axis=0), theirs.mean(axis=0), atol=0.05)
    np.testing.assert_allclose(ours.std(axis=0), theirs.std(axis=0), atol=0.05)
    assert ours.std(axis=0).min() > 0.1


def test_standard_deviation_of_sac_is_limited_as_in_sb3():
    log_std = np.array([-100.0] * 4 + [100.0] * 4)
    heads = Layer(np.zeros((16, 27), dtype=np.float32), np.concatenate([np.zeros(8), log_std]).astype(np.float32))
    policy = NetworkPolicy(default_card("sac"), Mlp([heads], "relu"), deterministic=False)
    actions = np.array([policy.act(np.zeros(27)) for _ in range(3000)])
    assert 0.0 < np.abs(actions[:, :4]).max() < 10 * np.exp(-20.0)
    expected = np.tanh(np.exp(2.0) * np.random.default_rng(5).normal(size=100_000))
    assert np.mean(np.abs(actions[:, 4:]) < 0.5) == pytest.approx(np.mean(np.abs(expected) < 0.5), abs=0.02)


def test_dqn_takes_the_move_that_sb3_predicts(dqn, dqn_zip, observations):
    policy = load_policy(dqn_zip)
    moves = np.array(policy.card.action.moves, dtype=np.float32)
    expected, _ = dqn.predict(observations, deterministic=True)
    found = np.array([policy.act(observation) for observation in observations])
    np.testing.assert_array_equal(found, moves[expected])
    assert len(set(expected.tolist())) > 1


def test_default_moves_are_those_of_the_discrete_environment():
    from ant_sim.envs.single import MOVES

    np.testing.assert_array_equal(np.array(default_card("dqn").action.moves, dtype=np.float32), MOVES)


def test_exploring_dqn_takes_random_moves_at_its_rate():
    card = default_card("dqn")
    card = replace(card, action=replace(card.action, exploration_rate=0.5))
    greedy = NetworkPolicy(card, linear(5))
    policy = NetworkPolicy(card, linear(5), deterministic=False, seed=2)
    best = greedy.act(np.ones(27))
    others = sum(not np.array_equal(policy.act(np.ones(27)), best) for _ in range(4000))
    assert others / 4000 == pytest.approx(0.5 * 4 / 5, abs=0.03)


def test_stochastic_dqn_explores_at_the_rate_in_the_zip(dqn, dqn_zip, observations):
    policy = load_policy(dqn_zip, deterministic=False, seed=4)
    best = load_policy(dqn_zip).act(observations[0])
    others = sum(not np.array_equal(policy.act(observations[0]), best) for _ in range(2000))
    assert others / 2000 == pytest.approx(dqn.exploration_rate * 4 / 5, abs=0.03)


def test_observation_is_normalised_and_clipped_as_vec_normalize_does(spaces, observations):
    venv = VecNormalize(DummyVecEnv([spaces]), clip_obs=1.5)
    venv.obs_rms.update(3.0 + 2.0 * observations)
    std = np.sqrt(venv.obs_rms.var + venv.epsilon)
    policy = NetworkPolicy(normalised("pgpe", venv.obs_rms.mean, std, 1.5), linear(8))
    network = linear(8)
    for observation in observations[:100]:
        expected = np.clip(network(venv.normalize_obs(observation).astype(np.float32)), -1, 1)
        np.testing.assert_allclose(policy.act(observation), expected, atol=1e-4)


def test_normalisation_of_the_card_holds_for_every_network(sac_zip):
    plain = load_policy(sac_zip)
    policy = NetworkPolicy(normalised("sac", np.full(27, 1.0), np.full(27, 2.0)), plain.network)
    np.testing.assert_allclose(policy.act(np.full(27, 3.0)), plain.act(np.full(27, 1.0)), atol=1e-6)


def test_pgpe_output_is_clipped():
    layer = Layer(np.zeros((8, 27), dtype=np.float32), np.linspace(-4, 4, 8, dtype=np.float32))
    action = NetworkPolicy(default_card("pgpe"), Mlp([layer], "identity")).act(np.zeros(27))
    np.testing.assert_array_equal(action, np.clip(np.linspace(-4, 4, 8, dtype=np.float32), -1, 1))


def all_policies():
    return [
        load_policy("zero"),
        load_policy("random"),
        NetworkPolicy(default_card("sac"), linear(16)),
        NetworkPolicy(default_card("sac"), linear(16), deterministic=False),
        NetworkPolicy(default_card("dqn"), linear(5)),
        NetworkPolicy(default_card("pgpe"), linear(8)),
    ]


@pytest.mark.parametrize("policy", all_policies(), ids=lambda policy: policy.card.policy.algorithm)
def test_every_policy_gives_a_fresh_float32_action_in_range(policy, observations):
    for observation in observations[:50]:
        action = policy.act(observation)
        assert (action.shape, action.dtype) == ((8,), np.float32)
        assert np.abs(action).max() <= 1.0
        before = action.copy()
        policy.act(observation)[:] = 9.0
        np.testing.assert_array_equal(action, before)


@pytest.mark.parametrize("policy", all_policies(), ids=lambda policy: policy.card.policy.algorithm)
@pytest.mark.parametrize("shape", [(26,), (1, 27), ()])
def test_every_policy_refuses_an_observation_of_another_shape(policy, shape):
    with pytest.raises(ValueError, match=r"expected shape \(27,\), found") as refused:
        policy.act(np.zeros(shape))
    assert str(shape) in str(refused.value)


def test_observation_is_rounded_to_float32_first(sac_zip, observations):
    policy = load_policy(sac_zip)
    rounded = observations[0].astype(np.float32)
    np.testing.assert_array_equal(policy.act(observations[0]), policy.act(rounded.astype(np.float64)))


@pytest.mark.parametrize("name", ["random", "sac"])
def test_seed_decides_what_is_drawn(name, sac_zip):
    source = sac_zip if name == "sac" else name

    def draws(seed):
        policy = load_policy(source, deterministic=False, seed=seed)
        return np.array([policy.act(np.zeros(27)) for _ in range(5)])

    np.testing.assert_array_equal(draws(1), draws(1))
    assert not np.array_equal(draws(1), draws(2))
