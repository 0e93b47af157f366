import copy
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from card_data import with_policy

from ant_policy import Card, PolicyError, load_policy
from ant_policy.card.card import default_card
from ant_policy.card.observation import Normalisation
from ant_policy.card.parts import Network
from ant_policy.evaluation.rollout import evaluate
from ant_policy.export import main
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.formats.onnx_file import OnnxPolicy
from ant_policy.policies.mlp import Layer
from ant_sim.envs.vector import CustomAntVectorEnv

NORMALISATION = Normalisation(
    tuple(np.linspace(-1.0, 1.0, 27).tolist()), tuple(np.linspace(0.5, 3.0, 27).tolist()), 2.5
)


@pytest.fixture(scope="module", params=["sac", "dqn", "pgpe"])
def folders(request, tmp_path_factory, sac_zip, dqn_zip):
    """Folder of a policy of each algorithm, all with normalised observations, and beside it its export."""
    folder = tmp_path_factory.mktemp(request.param) / "original"
    folder.mkdir()
    card = default_card(request.param)
    hidden = {"sac": (16, 12), "dqn": (16,), "pgpe": ()}[request.param]
    network = Network("identity" if request.param == "pgpe" else "relu", hidden)
    card = with_policy(card, network=network)
    replace(card, observation=replace(card.observation, normalisation=NORMALISATION)).save(folder / "card.yaml")
    if request.param == "pgpe":
        rng = np.random.default_rng(3)
        save_npz(folder / card.policy.file, [Layer(rng.normal(0.0, 0.5, (8, 27)), rng.normal(0.0, 0.5, 8))])
    else:
        shutil.copy({"sac": sac_zip, "dqn": dqn_zip}[request.param], folder / card.policy.file)
    assert main([str(folder), "--onnx", str(folder.parent / "exported" / "policy.onnx")]) == 0
    return folder.parent


@pytest.fixture
def original(folders, tmp_path):
    """A policy of each algorithm."""
    return shutil.copytree(folders / "original", tmp_path / "original")


@pytest.fixture
def in_numpy(original):
    """The same as an `.npz` beside its zip."""
    card = Card.load(original / "card.yaml")
    assert main([str(original / card.policy.file), "--out", str(original / "policy.npz")]) == 0
    return original


@pytest.fixture
def exported(folders, tmp_path):
    """The same, exported."""
    return shutil.copytree(folders / "exported", tmp_path / "exported")


def test_export_acts_like_its_original(original, exported, observations):
    assert isinstance(load_policy(exported), OnnxPolicy)
    assert_same_actions(load_policy(original), load_policy(exported), observations)


def assert_same_actions(ours, theirs, observations):
    differing = 0
    for observation in observations:
        expected, found = ours.act(observation), theirs.act(observation)
        assert found.dtype == np.float32
        if ours.card.policy.algorithm == "dqn":
            values = np.sort(ours.network(ours._input(observation)))
            differing += not np.array_equal(expected, found)
            assert np.array_equal(expected, found) or values[-1] - values[-2] < 1e-6 * max(10.0, abs(values[-1]))
        else:
            np.testing.assert_allclose(found, expected, atol=1e-5)
    assert differing < 10


@pytest.mark.parametrize("name", ["sac", "dqn", "pgpe"])
def test_export_of_a_shipped_policy_acts_like_it(name, tmp_path):
    assert main([name, "--onnx", str(tmp_path / "policy.onnx")]) == 0
    ours, theirs = load_policy(name), load_policy(tmp_path)
    assert_same_actions(ours, theirs, seen_by(ours))


def seen_by(policy):
    """Observations of robots driven by the policy for 5 s, (3200, 27)."""
    envs = CustomAntVectorEnv(32, 1)
    observations, _ = envs.reset(seed=0)
    seen = []
    for _ in range(100):
        seen.append(observations)
        observations, *_ = envs.step(np.stack([policy.act(x) for x in observations]))
    return np.concatenate(seen)


def test_npz_is_its_original_bit_for_bit(original, in_numpy, observations):
    card = Card.load(in_numpy / "card.yaml")
    assert card.policy.file == "policy.npz"
    if card.policy.algorithm == "pgpe":
        assert card.policy.sb3_file is None
        return
    assert card.policy.sb3_file == "policy.zip"
    for deterministic in (True, False):
        zipped, ours = (load_policy(in_numpy / name, deterministic=deterministic, seed=4) for name in card.files)
        assert zipped.card == ours.card
        for observation in observations:
            np.testing.assert_array_equal(zipped.act(observation), ours.act(observation))


def test_npz_in_another_folder_comes_without_the_zip(original, tmp_path, observations):
    assert main([str(original), "--out", str(tmp_path / "robot" / "policy.npz")]) == 0
    assert Card.load(tmp_path / "robot" / "card.yaml").files == ["policy.npz"]
    assert_same_actions(load_policy(original), load_policy(tmp_path / "robot"), observations)


def test_bare_zip_becomes_a_folder_that_needs_no_torch(sac_zip, tmp_path):
    shutil.copy(sac_zip, tmp_path / "mine.zip")
    assert main([str(tmp_path / "mine.zip"), "--out", str(tmp_path / "policy.npz")]) == 0
    card = Card.load(tmp_path / "card.yaml")
    assert (card.policy.file, card.policy.sb3_file) == ("policy.npz", "mine.zip")
    program = f"import sys; sys.modules['torch'] = None; import ant_policy; ant_policy.load_policy({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_export_can_be_evaluated(exported):
    assert len(evaluate(load_policy(exported / "policy.onnx"), episodes=1, seed=0, max_steps=20).returns) == 1


def test_export_runs_without_torch(exported):
    program = (
        "import sys; sys.modules['torch'] = sys.modules['onnx'] = sys.modules['onnxscript'] = None; import ant_policy; "
        f"print(ant_policy.load_policy({str(exported)!r}).act([0.0] * 27).shape)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.stdout == "(8,)\n", result.stderr


def test_export_can_be_copied_as_the_policy_node_does(exported):
    policy = load_policy(exported)
    np.testing.assert_array_equal(copy.deepcopy(policy).act(np.zeros(27)), policy.act(np.zeros(27)))


def test_card_of_an_export_leaves_the_normalisation_to_the_model(original, exported):
    before, after = load_policy(original).card, Card.load(exported / "card.yaml")
    assert after.observation.normalisation is None
    assert after.policy.output == ("argmax" if before.action.moves else "clip")
    assert replace(after, policy=before.policy, observation=before.observation) == before


def test_card_with_a_second_normalisation_is_refused(exported):
    card = Card.load(exported / "card.yaml")
    replace(card, observation=replace(card.observation, normalisation=NORMALISATION)).save(exported / "card.yaml")
    with pytest.raises(PolicyError, match=r"normalisation.*expected null"):
        load_policy(exported)


def test_sampling_from_an_export_is_refused(exported):
    with pytest.raises(PolicyError, match="deterministically alone"):
        load_policy(exported, deterministic=False)


@pytest.mark.parametrize("content", [b"", b"no model", bytes(range(256)) * 40])
def test_damaged_model_is_refused_in_one_line(exported, content):
    (exported / "policy.onnx").write_bytes(content)
    with pytest.raises(PolicyError, match="expected an ONNX model") as refused:
        load_policy(exported)
    assert "\n" not in str(refused.value)


def test_model_of_another_shape_is_refused(exported, tmp_path):
    import onnx

    path = exported / "policy.onnx"
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 29
    path.write_bytes(model.SerializeToString())
    with pytest.raises(PolicyError, match=r"input 'observation' of float32 \(1, 27\)|expected an ONNX model"):
        load_policy(exported)


def test_weights_in_another_file_are_not_read(exported, monkeypatch):
    """A model from a stranger may name a file beside it, or anywhere, as its weights."""
    import onnx

    path = exported / "policy.onnx"
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (exported / "weights.bin").exists()
    monkeypatch.chdir(exported)
    with pytest.raises(PolicyError, match="expected an ONNX model"):
        load_policy(exported)


def test_model_without_a_card_is_refused(exported):
    (exported / "card.yaml").unlink()
    with pytest.raises(PolicyError, match=r"expected a card\.yaml beside it"):
        load_policy(exported / "policy.onnx")


@pytest.mark.parametrize(
    ("policy", "name", "said"),
    [
        ("zero", "policy.onnx", "no network to export"),
        ("nonsense", "policy.onnx", "unknown"),
        ("sac", "policy.txt", "expected a file named .npz or .onnx"),
        ("sac", "original/policy.onnx", "is another policy's card"),
    ],
)
def test_what_cannot_be_exported_is_refused(policy, name, said, original, tmp_path, capsys):
    assert main([policy, "--onnx", str(tmp_path / name)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / name).exists()
