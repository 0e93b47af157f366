import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from card_data import with_policy
from gymnasium import spaces as gym_spaces

from ant_policy.card.card import default_card
from ant_policy.card.parts import Network
from ant_policy.errors import CardError, PolicyError, PolicyFileError
from ant_policy.policies import loading
from ant_policy.policies.baselines import RandomPolicy, ZeroPolicy
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.loading import load_policy
from ant_policy.policies.mlp import Layer


@pytest.fixture
def sac_folder(tmp_path, sac_zip):
    shutil.copy(sac_zip, tmp_path / "policy.zip")
    card = replace(with_policy(default_card("sac"), network=Network("relu", (16, 12))), control_period=0.04)
    card.save(tmp_path / "card.yaml")
    return tmp_path


def save_card(folder, **changes):
    card = with_policy(default_card("sac"), network=Network("relu", (16, 12)))
    own = {name: changes.pop(name) for name in list(changes) if hasattr(card.policy, name)}
    replace(with_policy(card, **own), **changes).save(folder / "card.yaml")


def refusal(source, kind=PolicyError) -> str:
    with pytest.raises(kind) as refused:
        load_policy(source)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_folder_card_and_file_load_the_same_policy(sac_folder, observations):
    policies = [load_policy(path) for path in (sac_folder, sac_folder / "card.yaml", sac_folder / "policy.zip")]
    policies.append(load_policy(str(sac_folder)))
    for policy in policies:
        assert policy.card.control_period == 0.04
        np.testing.assert_array_equal(policy.act(observations[0]), policies[0].act(observations[0]))


def test_bare_zip_gets_the_default_card_with_its_own_network(sac_zip, dqn_zip):
    policy = load_policy(sac_zip)
    assert policy.card == with_policy(default_card("sac"), network=Network("relu", (16, 12)))
    policy = load_policy(dqn_zip)
    card = default_card("dqn")
    action = replace(card.action, exploration_rate=policy.card.action.exploration_rate)
    assert policy.card == replace(with_policy(card, network=Network("relu", (16,))), action=action)
    assert 0.0 < policy.card.action.exploration_rate <= 1.0


def test_what_is_assumed_of_a_bare_zip_is_said_in_one_line(sac_zip, sac_folder, caplog):
    load_policy(sac_zip)
    (record,) = caplog.records
    for words in ("has no card; assumed: the jumping Ant", "300 N m for action 1", "control period 0.05 s"):
        assert words in record.getMessage()
    caplog.clear()
    load_policy(sac_folder)
    assert not caplog.records


def test_card_that_names_another_file_is_not_used(sac_folder):
    shutil.copy(sac_folder / "policy.zip", sac_folder / "other.zip")
    assert load_policy(sac_folder / "other.zip").card.control_period == 0.05


def test_zero_and_random_need_no_file(tmp_path):
    assert isinstance(load_policy("zero"), ZeroPolicy)
    assert isinstance(load_policy("random"), RandomPolicy)
    assert not load_policy("zero").act(np.ones(27)).any()
    default_card("random").save(tmp_path / "card.yaml")
    assert isinstance(load_policy(tmp_path), RandomPolicy)


def test_shipped_policy_loads_by_name(sac_folder, monkeypatch, tmp_path_factory):
    assets = tmp_path_factory.mktemp("policies")
    shutil.copytree(sac_folder, assets / "jumper")
    monkeypatch.setattr(loading, "ASSETS", assets)
    assert loading.shipped_policies() == ["jumper", "zero", "random"]
    assert load_policy("jumper").card.control_period == 0.04
    message = refusal("sack")
    assert "policy 'sack' is unknown: the shipped ones are jumper, zero, random, and there is no path 'sack'" in message


@pytest.mark.parametrize("source", ["none", "/no/such/policy.zip", "x\0y", "x" * 5000, ""])
def test_source_that_is_not_there_is_refused(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "policy " in refusal(source)


def test_folder_without_card_is_refused(tmp_path):
    assert f"no path '{tmp_path / 'card.yaml'}'" in refusal(tmp_path)


def test_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "policy.pt").write_bytes(b"")
    assert "expected a folder, a card.yaml, a .zip, a .npz or a .onnx, found '.pt'" in refusal(tmp_path / "policy.pt")


def test_npz_without_card_is_refused(tmp_path):
    save_npz(tmp_path / "policy.npz", [Layer(np.zeros((8, 27), np.float32), np.zeros(8, np.float32))])
    message = refusal(tmp_path / "policy.npz", PolicyFileError)
    assert "expected a card.yaml beside it that names it, found none" in message


def test_card_whose_file_is_missing_is_refused(sac_folder):
    (sac_folder / "policy.zip").unlink()
    assert "policy.zip: cannot be read: No such file" in refusal(sac_folder, PolicyFileError)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"network": Network("tanh", (16, 12))},
            "'policy.network.activation': expected relu as in the policy file, found tanh",
        ),
        (
            {"network": Network("relu", (16, 16))},
            "'policy.network.hidden': expected [16, 12] as in the policy file, found [16, 16]",
        ),
        ({"file": "policy.pth"}, "'policy.file': expected a file named .npz, .onnx, .zip, found 'policy.pth'"),
        (
            {"output": "argmax", "action": default_card("dqn").action},
            "'policy.output': expected tanh as in the policy file, found argmax",
        ),
    ],
)
def test_card_that_contradicts_its_zip_is_refused_by_field(sac_folder, changes, words):
    save_card(sac_folder, **changes)
    message = refusal(sac_folder, CardError)
    assert words in message
    assert str(sac_folder / "card.yaml") in message


def test_card_that_contradicts_its_npz_is_refused_by_field(tmp_path):
    save_npz(tmp_path / "policy.npz", [Layer(np.zeros((8, 27), np.float32), np.zeros(8, np.float32))])
    with_policy(default_card("pgpe"), network=Network("tanh", (4,))).save(tmp_path / "card.yaml")
    assert "'policy.network.hidden': expected [] as in the policy file, found [4]" in refusal(tmp_path, CardError)


def test_number_of_moves_must_be_that_of_the_zip(make_dqn, spaces, saved):
    path = saved(make_dqn(spaces(actions=gym_spaces.Discrete(3))))
    message = refusal(path, CardError)
    assert (
        "the Ant's default card: field 'action.moves': expected 3 moves as in the policy file, found 5 moves" in message
    )


def test_damaged_card_beside_a_file_is_not_ignored(sac_folder):
    (sac_folder / "card.yaml").write_text("algorithm: [")
    assert "card.yaml" in refusal(sac_folder / "policy.zip", CardError)


def test_runtime_imports_neither_torch_nor_simulator(tmp_path):
    save_npz(tmp_path / "policy.npz", [Layer(np.zeros((8, 27), np.float32), np.zeros(8, np.float32))])
    default_card("pgpe").save(tmp_path / "card.yaml")
    code = (
        "import sys; from ant_policy import load_policy; load_policy(sys.argv[1]); load_policy('random');"
        "print(sorted({'torch', 'mujoco', 'gymnasium', 'ant_sim', 'rclpy', 'stable_baselines3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
