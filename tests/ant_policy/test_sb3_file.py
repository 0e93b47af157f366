import builtins
import io
import json
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gymnasium import spaces as gym_spaces
from stable_baselines3 import A2C, PPO, TD3
from stable_baselines3.common.torch_layers import FlattenExtractor

from ant_policy.errors import PolicyFileError
from ant_policy.sb3_file import load_sb3


def refusal(path) -> str:
    with pytest.raises(PolicyFileError) as refused:
        load_sb3(path)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def edited_data(path, edit) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("data"))
    edit(data)
    return {"data": json.dumps(data).encode()}


def edited_weights(path, edit) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        state = torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)
    state = edit(state) or state
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return {"policy.pth": buffer.getvalue()}


class Evil:
    """Unpickling this makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return builtins.open, (str(self.marker), "w")


def test_tanh_network_is_read_as_tanh_and_relu_as_relu(make_sac, saved):
    assert load_sb3(saved(make_sac(activation_fn=torch.nn.Tanh)))[0].activation == "tanh"
    assert load_sb3(saved(make_sac()))[0].activation == "relu"


def test_network_shape_is_read(make_sac, dqn_zip, saved):
    data, layers = load_sb3(saved(make_sac(net_arch={"pi": [9, 7], "qf": [5]})))
    assert (data.algorithm, data.hidden, data.n_out) == ("sac", (9, 7), 8)
    assert [layer.weight.shape for layer in layers] == [(9, 27), (7, 9), (16, 7)]
    data, layers = load_sb3(dqn_zip)
    assert (data.algorithm, data.hidden, data.n_out) == ("dqn", (16,), 5)
    assert [layer.weight.shape for layer in layers] == [(16, 27), (5, 16)]


def test_linear_policy_is_read(make_sac, saved):
    data, layers = load_sb3(saved(make_sac(net_arch=[])))
    assert data.hidden == ()
    assert layers[0].weight.shape == (16, 27)


def test_exploration_rate_is_read(dqn, dqn_zip):
    assert load_sb3(dqn_zip)[0].exploration_rate == dqn.exploration_rate > 0.0


def test_default_networks_are_those_of_sb3(spaces, saved):
    from stable_baselines3 import DQN, SAC

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
    from stable_baselines3 import SAC
    from stable_baselines3.sac.policies import SACPolicy

    class Own(SACPolicy):
        pass

    message = refusal(saved(SAC(Own, spaces(), buffer_size=1)))
    assert "'data.policy_class.__module__': expected a SAC or DQN policy" in message


def test_cnn_policy_is_refused(sac_zip, rewritten):
    def edit(data):
        data["policy_class"]["__init__"] = "<function CnnPolicy.__init__ at 0x7f>"

    message = refusal(rewritten(sac_zip, edited_data(sac_zip, edit)))
    assert "'data.policy_class.__init__': expected that of SACPolicy (MlpPolicy)" in message


def test_evil_pickle_in_the_text_is_never_loaded(sac_zip, rewritten, tmp_path):
    import base64

    marker = tmp_path / "marker"
    payload = base64.b64encode(pickle.dumps(Evil(marker))).decode()

    def edit(data):
        for value in data.values():
            if isinstance(value, dict) and ":serialized:" in value:
                value[":serialized:"] = payload

    path = rewritten(sac_zip, edited_data(sac_zip, edit))
    load_sb3(path)
    assert not marker.exists()
    pickle.loads(base64.b64decode(payload)).close()
    assert marker.exists(), "the payload must be able to do harm"


def test_evil_pickle_as_weights_is_refused_and_never_loaded(sac_zip, rewritten, tmp_path):
    marker = tmp_path / "marker"
    buffer = io.BytesIO()
    torch.save({"actor.mu.weight": Evil(marker)}, buffer)
    for content in (buffer.getvalue(), pickle.dumps(Evil(marker))):
        message = refusal(rewritten(sac_zip, {"policy.pth": content}))
        assert "policy.pth" in message
        assert not marker.exists()
    torch.load(io.BytesIO(buffer.getvalue()), weights_only=False)
    assert marker.exists(), "the payload must be able to do harm"


def test_truncated_zip_is_refused(sac_zip, tmp_path):
    content = sac_zip.read_bytes()
    path = tmp_path / "short.zip"
    for part in (0, 1, 10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:part])
        assert "expected a zip archive" in refusal(path)


def test_damaged_zip_is_refused_or_read(sac_zip, tmp_path):
    content = sac_zip.read_bytes()
    path = tmp_path / "damaged.zip"
    rng = random.Random(0)
    refused = 0
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(20):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            load_sb3(path)
        except PolicyFileError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("member", ["data", "policy.pth"])
def test_missing_member_is_named(sac_zip, rewritten, member):
    assert f"expected a member '{member}'" in refusal(rewritten(sac_zip, {member: None}))


@pytest.mark.parametrize("text", [b"[1, 2]", b"{", b"\xff\xfe", b"[" * 100_000, b"{}", b" " * 5_000_000])
def test_text_that_is_not_sb3s_is_refused(sac_zip, rewritten, text):
    assert "data" in refusal(rewritten(sac_zip, {"data": text}))


def test_missing_file_is_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.zip")


def replaced(name, tensor):
    return lambda state: {**state, name: tensor}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (replaced("actor.mu.weight", torch.full((8, 12), torch.nan)), "actor.mu.weight: expected finite"),
        (replaced("actor.mu.bias", torch.full((8,), torch.inf)), "actor.mu.bias: expected finite"),
        (replaced("actor.mu.weight", torch.zeros(8, 13)), "expected shape (8, 12), found (8, 13)"),
        (replaced("actor.mu.weight", torch.zeros(8, 12, dtype=torch.float64)), "float32"),
        (replaced("actor.mu.weight", torch.zeros(8, 12).to_sparse()), "dense"),
        (replaced("actor.mu.weight", torch.zeros(8, 12, device="meta")), "dense"),
        (replaced("actor.mu.weight", 3), "float32"),
        (replaced("actor.extra.weight", torch.zeros(1)), "actor.extra.weight"),
        (lambda state: {k: v for k, v in state.items() if k != "actor.mu.bias"}, "actor.mu.bias"),
        (lambda state: list(state.values()), "expected a dict of tensors, found list"),
    ],
)
def test_weights_that_do_not_fit_are_refused(sac_zip, rewritten, edit, words):
    assert words in refusal(rewritten(sac_zip, edited_weights(sac_zip, edit)))


def test_weights_of_another_shape_than_the_text_says_are_refused(sac_zip, rewritten):
    members = edited_data(sac_zip, lambda data: data["policy_kwargs"].update(net_arch=[16, 16]))
    assert "expected shape (16, 16), found (12, 16)" in refusal(rewritten(sac_zip, members))


def test_tensor_that_claims_more_than_it_holds_is_refused(sac_zip, rewritten):
    text = edited_data(sac_zip, lambda data: data["policy_kwargs"].update(net_arch=[10_000, 10_000]))

    def blow_up(state):
        one = torch.zeros(1)
        sizes = {"0": (10_000, 27), "2": (10_000, 10_000)}
        for index, (rows, columns) in sizes.items():
            state[f"actor.latent_pi.{index}.weight"] = torch.as_strided(one, (rows, columns), (0, 0))
            state[f"actor.latent_pi.{index}.bias"] = torch.as_strided(one, (rows,), (0,))

    assert "expected a network of at most 67108864 bytes" in refusal(
        rewritten(sac_zip, text | edited_weights(sac_zip, blow_up))
    )


def test_float_tensors_come_back_exactly(sac, sac_zip):
    _, layers = load_sb3(sac_zip)
    actor = sac.actor.state_dict()
    np.testing.assert_array_equal(layers[0].weight, actor["latent_pi.0.weight"].numpy())
    np.testing.assert_array_equal(layers[-1].bias[8:], actor["log_std.bias"].numpy())
