"""What a zip's text says of its policy: read, or refused outside of the allow-list."""

import pytest
import torch
from gymnasium import spaces as gym_spaces
from sb3_zips import edited_data, refusal
from stable_baselines3 import A2C, DQN, PPO, SAC, TD3
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.sac.policies import SACPolicy

from ant_policy.policies.formats.sb3_file import load_sb3


def test_tanh_network_is_read_as_tanh_and_relu_as_relu(make_sac, saved):
    assert load_sb3(saved(make_sac(activation_fn=torch.nn.Tanh)))[0].activation == "tanh"
    assert load_sb3(saved(make_sac()))[0].activation == "relu"


def test_network_shape_is_read(make_sac, dqn_zip, saved):
    data, layers = load_sb3(saved(make_sac(net_arch={"pi": [9, 7], "qf": [5]})))
    assert (data.policy.algorithm, data.hidden, data.n_out) == ("sac", (9, 7), 8)
    assert [layer.weight.shape for layer in layers] == [(9, 27), (7, 9), (16, 7)]
    data, layers = load_sb3(dqn_zip)
    assert (data.policy.algorithm, data.hidden, data.n_out) == ("dqn", (16,), 5)
    assert [layer.weight.shape for layer in layers] == [(16, 27), (5, 16)]


def test_linear_policy_is_read(make_sac, saved):
    data, layers = load_sb3(saved(make_sac(net_arch=[])))
    assert data.hidden == ()
    assert layers[0].weight.shape == (16, 27)


def test_exploration_rate_is_read(dqn, dqn_zip):
    assert load_sb3(dqn_zip)[0].exploration_rate == dqn.exploration_rate > 0.0


def test_default_networks_are_those_of_sb3(spaces, saved):
    assert load_sb3(saved(SAC("MlpPolicy", spaces(), buffer_size=1)))[0].hidden == (256, 256)
    discrete = spaces(actions=gym_spaces.Discrete(5))
    assert load_sb3(saved(DQN("MlpPolicy", discrete, buffer_size=1)))[0].hidden == (64, 64)


@pytest.mark.parametrize("algorithm", [PPO, A2C, TD3])
def test_zip_of_another_algorithm_is_refused_by_name(algorithm, spaces, saved):
    message = refusal(saved(algorithm("MlpPolicy", spaces(), policy_kwargs={"net_arch": [8]})))
    assert "expected a SAC or DQN policy" in message
    assert f"found {algorithm.__name__}" in message


def test_wrong_observation_size_is_refused_with_both_sizes(make_sac, spaces, saved):
    message = refusal(saved(make_sac(spaces(105))))
    assert "'data.observation_space._shape': expected [27], found [105]" in message


def test_wrong_action_size_is_refused_with_both_sizes(make_sac, spaces, saved):
    message = refusal(saved(make_sac(spaces(actions=gym_spaces.Box(-1.0, 1.0, (6,))))))
    assert "'data.action_space._shape': expected [8], found [6]" in message


def test_other_action_bounds_are_refused(make_sac, spaces, saved):
    message = refusal(saved(make_sac(spaces(actions=gym_spaces.Box(-0.4, 0.4, (8,))))))
    assert "'data.action_space.low': expected -1 for all 8 actions" in message


def test_moves_that_do_not_start_at_zero_are_refused(dqn_zip, rewritten):
    members = edited_data(dqn_zip, lambda data: data["action_space"].update(start="1"))
    assert "'data.action_space.start': expected 0, found '1'" in refusal(rewritten(dqn_zip, members))


class OwnExtractor(FlattenExtractor):
    """Looks like the default one, and need not be."""


@pytest.mark.parametrize(
    ("kwargs", "field"),
    [
        ({"activation_fn": torch.nn.ELU}, "data.policy_kwargs.activation_fn"),
        ({"features_extractor_class": OwnExtractor}, "data.policy_kwargs.features_extractor_class"),
        ({"use_sde": True}, "data.use_sde"),
    ],
)
def test_network_outside_the_allow_list_is_refused_by_field(make_sac, saved, kwargs, field):
    assert f"'{field}'" in refusal(saved(make_sac(**kwargs)))


def test_unknown_policy_argument_is_refused(sac_zip, rewritten):
    members = edited_data(sac_zip, lambda data: data["policy_kwargs"].update(layer_norm=True))
    assert "'data.policy_kwargs.layer_norm'" in refusal(rewritten(sac_zip, members))


def test_own_policy_class_is_refused(spaces, saved):
    class Own(SACPolicy):
        pass

    message = refusal(saved(SAC(Own, spaces(), buffer_size=1)))
    assert "'data.policy_class.__module__': expected a SAC or DQN policy" in message


def test_cnn_policy_is_refused(sac_zip, rewritten):
    def edit(data):
        data["policy_class"]["__init__"] = "<function CnnPolicy.__init__ at 0x7f>"

    message = refusal(rewritten(sac_zip, edited_data(sac_zip, edit)))
    assert "'data.policy_class.__init__': expected that of SACPolicy (MlpPolicy)" in message
