"""Policy data in a zip's text: read, or refused outside of the allow-list."""

import numpy as np
import pytest
import torch
from gymnasium import spaces as gym_spaces
from sb3_zips import edited_data, edited_weights, refusal
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
    assert load_sb3(saved(PPO("MlpPolicy", spaces())))[0].hidden == (64, 64)
    data = load_sb3(saved(TD3("MlpPolicy", spaces(), buffer_size=1)))[0]
    assert (data.hidden, data.activation, data.output) == ((400, 300), "relu", "tanh")


def test_zip_of_another_algorithm_is_refused_by_name(spaces, saved, sac_zip, rewritten):
    message = refusal(saved(A2C("MlpPolicy", spaces(), policy_kwargs={"net_arch": [8]})))
    assert "expected a SAC, DQN, PPO or TD3 policy" in message
    assert "found A2C" in message
    for module, name in (("sb3_contrib.tqc.policies", "TQC"), ("sb3_contrib.common.recurrent.policies", "RECURRENT")):

        def edit(data, module=module):
            data["policy_class"]["__module__"] = module

        assert f"found {name}" in refusal(rewritten(sac_zip, edited_data(sac_zip, edit)))


def test_sizes_and_bounds_are_read(make_sac, spaces, saved):
    low, high = np.array([-2.0, 0.25], np.float32), np.array([1.5, 3.0], np.float32)
    data = load_sb3(saved(make_sac(spaces(11, gym_spaces.Box(low, high)))))[0]
    assert (data.n_in, data.n_out, data.low, data.high) == (11, 2, (-2.0, 0.25), (1.5, 3.0))
    assert not data.has_unit_range
    assert load_sb3(saved(make_sac()))[0].has_unit_range


@pytest.mark.parametrize("bounds", ["[-inf -inf]", "[nan 1.]", "[1. ... 1.]", "[-1.]", "one two", ""])
def test_actions_without_finite_bounds_are_refused(bounds, spaces, saved, rewritten):
    path = saved(PPO("MlpPolicy", spaces(4, gym_spaces.Box(-1.0, 1.0, (2,))), policy_kwargs={"net_arch": [4]}))
    message = refusal(rewritten(path, edited_data(path, lambda data: data["action_space"].update(low=bounds))))
    assert "'data.action_space.low': expected " in message
    members = edited_data(path, lambda data: data["action_space"].update(low="[2. 2.]"))
    assert "'data.action_space.high': expected bounds above those of low" in refusal(rewritten(path, members))


def test_pictures_as_observations_are_refused(sac_zip, rewritten):
    def edit(data):
        data["observation_space"]["_shape"] = [3, 64, 64]

    message = refusal(rewritten(sac_zip, edited_data(sac_zip, edit)))
    assert "'data.observation_space._shape': expected 1 entries, found 3 entries" in message


@pytest.mark.parametrize("n_out", [3, [2, 2]])
def test_other_kinds_of_actions_are_refused(n_out, spaces, saved):
    actions = gym_spaces.MultiBinary(3) if n_out == 3 else gym_spaces.MultiDiscrete(n_out)
    message = refusal(saved(PPO("MlpPolicy", spaces(4, actions), policy_kwargs={"net_arch": [4]})))
    assert "'data.action_space.:type:': expected '<class 'gymnasium.spaces.box.Box'>'" in message


@pytest.mark.parametrize(
    ("arch", "hidden"), [([7, 5], (7, 5)), ({"pi": [6], "vf": [4, 3]}, (6,)), ({"vf": [4]}, ()), ([], ())]
)
def test_network_of_ppo_is_read(arch, hidden, spaces, saved):
    data, layers = load_sb3(saved(PPO("MlpPolicy", spaces(4), policy_kwargs={"net_arch": arch})))
    assert (data.policy.algorithm, data.hidden, data.activation) == ("ppo", hidden, "tanh")
    assert len(layers) == len(hidden) + 1
    assert layers[-1].weight.shape[0] == 16


def test_network_of_ppo_in_the_form_before_1_8_is_read(spaces, saved, rewritten):
    path = saved(PPO("MlpPolicy", spaces(4), policy_kwargs={"net_arch": {"pi": [6], "vf": [4]}}))
    edits = {"list": [{"pi": [6], "vf": [4]}], "shared": [5, {"pi": [6], "vf": [4]}]}
    members = {
        name: edited_data(path, lambda data, arch=arch: data["policy_kwargs"].update(net_arch=arch))
        for name, arch in edits.items()
    }
    assert load_sb3(rewritten(path, members["list"]))[0].hidden == (6,)
    assert "'data.policy_kwargs.net_arch.1': expected a whole number" in refusal(rewritten(path, members["shared"]))


def test_other_policies_of_ppo_are_refused(spaces, saved, rewritten):
    path = saved(PPO("MlpPolicy", spaces(4), policy_kwargs={"net_arch": [4]}))
    for name in ("ActorCriticCnnPolicy", "MultiInputActorCriticPolicy"):

        def edit(data, name=name):
            data["policy_class"]["__init__"] = f"<function {name}.__init__ at 0x7f>"

        message = refusal(rewritten(path, edited_data(path, edit)))
        assert "expected that of ActorCriticPolicy (MlpPolicy)" in message
        assert name in message
    message = refusal(saved(PPO("MlpPolicy", spaces(4), use_sde=True, policy_kwargs={"net_arch": [4]})))
    assert "'data.use_sde': expected false" in message


def test_further_weights_in_the_policy_are_refused(spaces, saved, rewritten):
    path = saved(PPO("MlpPolicy", spaces(4), policy_kwargs={"net_arch": [4]}))
    extra = edited_weights(path, lambda state: state | {"mlp_extractor.shared_net.0.weight": torch.zeros(4, 4)})
    assert "mlp_extractor.shared_net.0.weight" in refusal(rewritten(path, extra))
    less = edited_weights(path, lambda state: {key: value for key, value in state.items() if key != "log_std"})
    assert "log_std" in refusal(rewritten(path, less))


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
    assert "'data.policy_class.__module__': expected a SAC, DQN, PPO or TD3 policy" in message


def test_cnn_policy_is_refused(sac_zip, rewritten):
    def edit(data):
        data["policy_class"]["__init__"] = "<function CnnPolicy.__init__ at 0x7f>"

    message = refusal(rewritten(sac_zip, edited_data(sac_zip, edit)))
    assert "'data.policy_class.__init__': expected that of SACPolicy (MlpPolicy)" in message
