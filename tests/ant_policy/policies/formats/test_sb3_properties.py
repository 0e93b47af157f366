"""Random SB3 policies act as SB3's `predict`."""

import tempfile
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from stable_baselines3 import PPO, SAC, TD3

from ant_policy.policies.formats.sb3_file import load_sb3
from ant_policy.policies.mlp import Mlp
from ant_policy.policies.networks import finish

ALGORITHMS = {"sac": SAC, "td3": TD3, "ppo": PPO}
WIDTHS = st.lists(st.integers(1, 12), max_size=3)


class AnySpaces(gym.Env):
    def __init__(self, n_in, actions):
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (n_in,))
        self.action_space = actions


@st.composite
def networks(draw):
    """Algorithm, numbers of observations and actions, network arguments, bounds, seed."""
    name = draw(st.sampled_from(sorted(ALGORITHMS)))
    arch = draw(WIDTHS)
    critic = "vf" if name == "ppo" else "qf"
    kwargs = {"net_arch": draw(st.sampled_from([arch, {"pi": arch, critic: [3]}]))}
    activation = draw(st.sampled_from([None, torch.nn.ReLU, torch.nn.Tanh]))
    if activation is not None:
        kwargs["activation_fn"] = activation
    n_out = draw(st.integers(1, 6))
    low = np.array(draw(st.lists(st.floats(-5.0, 2.0, width=32), min_size=n_out, max_size=n_out)), dtype=np.float32)
    span = np.array(draw(st.lists(st.floats(0.5, 5.0, width=32), min_size=n_out, max_size=n_out)), dtype=np.float32)
    bounds = draw(st.sampled_from([(low, low + span), (np.full(n_out, -1.0, "f4"), np.ones(n_out, "f4"))]))
    return name, draw(st.integers(1, 20)), gym.spaces.Box(*bounds), kwargs, draw(st.integers(0, 10**6))


def saved_model(name, n_in, actions, kwargs, seed, folder):
    more = {} if name == "ppo" else {"buffer_size": 1}
    model = ALGORITHMS[name]("MlpPolicy", AnySpaces(n_in, actions), policy_kwargs=kwargs, seed=seed, **more)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.policy.parameters():
            parameter.copy_(0.7 * torch.randn(parameter.shape, generator=generator))
    path = Path(folder) / "policy.zip"
    model.save(path)
    return model, path


@given(networks())
@settings(max_examples=40, deadline=None)
def test_action_is_that_of_predict_in_the_environments_range(network):
    with tempfile.TemporaryDirectory() as folder:
        model, path = saved_model(*network, folder)
        data, layers = load_sb3(path)
    mlp = Mlp(layers, data.activation)
    low, high = np.array(data.low), np.array(data.high)
    assert (data.n_in, data.n_out) == (network[1], len(low))
    for x in np.random.default_rng(network[-1]).normal(0.0, 2.0, (20, data.n_in)).astype(np.float32):
        action = finish(data.output, mlp(x)[: data.n_out])
        assert np.abs(action).max() <= 1.0
        expected = model.predict(x, deterministic=True)[0]
        np.testing.assert_allclose((low + high) / 2 + (high - low) / 2 * action, expected, rtol=0.0, atol=1e-5)


@given(n_in=st.integers(1, 12), n_moves=st.integers(1, 7), arch=WIDTHS, seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_ppo_with_moves_chooses_as_predict(n_in, n_moves, arch, seed):
    with tempfile.TemporaryDirectory() as folder:
        model, path = saved_model("ppo", n_in, gym.spaces.Discrete(n_moves), {"net_arch": arch}, seed, folder)
        data, layers = load_sb3(path)
    assert (data.output, data.n_out, data.exploration_rate) == ("argmax", n_moves, None)
    mlp = Mlp(layers, data.activation)
    for x in np.random.default_rng(seed).normal(0.0, 2.0, (20, n_in)).astype(np.float32):
        assert np.argmax(mlp(x)) == model.predict(x, deterministic=True)[0]


def test_standard_deviation_of_ppo_is_scaled_with_the_range(tmp_path):
    actions = gym.spaces.Box(np.array([-2.0, 0.0], "f4"), np.array([4.0, 0.5], "f4"))
    model, path = saved_model("ppo", 3, actions, {"net_arch": [4]}, 5, tmp_path)
    data, layers = load_sb3(path)
    outputs = Mlp(layers, data.activation)(np.ones(3, dtype=np.float32))
    np.testing.assert_allclose(
        np.exp(outputs[2:]) * [3.0, 0.25], model.policy.log_std.detach().exp().numpy(), rtol=1e-5
    )
