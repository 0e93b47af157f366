import io
import random
import zipfile
from itertools import pairwise

import numpy as np
import pytest
import torch
from card_data import with_policy

from ant_policy.card.card import default_card
from ant_policy.card.parts import Network
from ant_policy.errors import PolicyFileError
from ant_policy.policies.formats.npz_file import load_npz, save_npz
from ant_policy.policies.loading import load_policy
from ant_policy.policies.mlp import Layer


def layers(*widths: int) -> list[Layer]:
    rng = np.random.default_rng(0)
    return [
        Layer(rng.normal(size=(n_out, n_in)).astype(np.float32), rng.normal(size=n_out).astype(np.float32))
        for n_in, n_out in pairwise(widths)
    ]


def refusal(path) -> str:
    with pytest.raises(PolicyFileError) as refused:
        load_npz(path, 27, [8])
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


@pytest.mark.parametrize("widths", [(27, 8), (27, 16, 8), (27, 5, 7, 9, 8)])
def test_saved_layers_come_back_exactly(tmp_path, widths):
    save_npz(tmp_path / "policy.npz", layers(*widths))
    for found, expected in zip(load_npz(tmp_path / "policy.npz", 27, [8]), layers(*widths), strict=True):
        np.testing.assert_array_equal(found.weight, expected.weight)
        np.testing.assert_array_equal(found.bias, expected.bias)


def test_linear_policy_that_evotorch_found_acts_as_in_evotorch(tmp_path, observations):
    from evotorch import Problem
    from evotorch.algorithms import PGPE

    torch.manual_seed(0)
    net = torch.nn.Linear(27, 8)
    inputs = torch.randn(50, 27)
    targets = torch.tanh(inputs @ torch.randn(27, 8))

    def fitness(parameters: torch.Tensor) -> torch.Tensor:
        weight, bias = parameters[:216].reshape(8, 27), parameters[216:]
        return ((inputs @ weight.T + bias - targets) ** 2).mean()

    problem = Problem("min", fitness, solution_length=224, initial_bounds=(-0.1, 0.1), seed=1)
    search = PGPE(problem, popsize=200, center_learning_rate=0.03, stdev_learning_rate=0.1, stdev_init=0.1)
    before = fitness(search.status["center"])
    search.run(30)
    center = search.status["center"]
    assert fitness(center) < before
    torch.nn.utils.vector_to_parameters(center, net.parameters())

    save_npz(tmp_path / "policy.npz", [Layer(net.weight.detach().numpy(), net.bias.detach().numpy())])
    default_card("pgpe").save(tmp_path / "card.yaml")
    policy = load_policy(tmp_path)
    for observation in observations:
        expected = net(torch.as_tensor(observation, dtype=torch.float32)).clamp(-1, 1).detach().numpy()
        np.testing.assert_allclose(policy.act(observation), expected, atol=1e-5)


def test_hidden_layers_use_the_activation_of_the_card(tmp_path):
    save_npz(tmp_path / "policy.npz", layers(27, 4, 8))
    with_policy(default_card("pgpe"), network=Network("tanh", (4,))).save(tmp_path / "card.yaml")
    (w0, b0), (w1, b1) = layers(27, 4, 8)
    observation = np.full(27, 0.1, dtype=np.float32)
    expected = np.clip(w1 @ np.tanh(w0 @ observation + b0) + b1, -1, 1)
    np.testing.assert_allclose(load_policy(tmp_path).act(observation), expected, atol=1e-6)


def test_object_array_is_refused_and_never_loaded(tmp_path):
    marker = tmp_path / "marker"

    class Evil:
        def __reduce__(self):
            return open, (str(marker), "w")

    np.savez(tmp_path / "policy.npz", weight_0=np.array([Evil()], dtype=object), bias_0=np.zeros(8, np.float32))
    assert "weight_0.npy: expected float32, found object" in refusal(tmp_path / "policy.npz")
    assert not marker.exists()
    with np.load(tmp_path / "policy.npz", allow_pickle=True) as file:
        file["weight_0"]
    assert marker.exists(), "the payload must be able to do harm"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight_0": np.zeros((8, 26), np.float32)}, "weight_0: expected shape (8, 27), found (8, 26)"),
        ({"bias_0": np.zeros(7, np.float32)}, "bias_0: expected shape (8,), found (7,)"),
        ({"weight_0": np.zeros((8, 27))}, "weight_0.npy: expected float32, found float64"),
        ({"weight_0": np.full((8, 27), np.nan, np.float32)}, "weight_0: expected finite"),
        ({"mean": np.zeros(27, np.float32)}, "found weight_0, bias_0, mean"),
        ({"weight_1": np.zeros((8, 8), np.float32), "bias_2": np.zeros(8, np.float32)}, "bias_2"),
        ({"weight_0": np.float32(1.0)}, "weight_0: expected shape (8, 27), found ()"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, change, words):
    arrays = {"weight_0": np.zeros((8, 27), np.float32), "bias_0": np.zeros(8, np.float32)}
    np.savez(tmp_path / "policy.npz", **arrays | change)
    assert words in refusal(tmp_path / "policy.npz")


def test_empty_archive_is_refused(tmp_path):
    np.savez(tmp_path / "policy.npz")
    assert "expected the arrays weight_0, bias_0, found none" in refusal(tmp_path / "policy.npz")


def test_layers_that_do_not_fit_are_not_written(tmp_path):
    with pytest.raises(PolicyFileError, match=r"weight_1: expected shape \(8, 4\), found \(8, 5\)"):
        save_npz(tmp_path / "policy.npz", [layers(27, 4)[0], layers(5, 8)[0]])
    assert not (tmp_path / "policy.npz").exists()


def test_header_that_claims_more_than_there_is_is_refused(tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 27)})
    with zipfile.ZipFile(tmp_path / "policy.npz", "w") as archive:
        archive.writestr("weight_0.npy", buffer.getvalue())
    assert "expected 108000000000000 bytes for shape (1000000000000, 27), found 0" in refusal(tmp_path / "policy.npz")


def test_damaged_file_is_refused_or_read(tmp_path):
    path = tmp_path / "policy.npz"
    save_npz(path, layers(27, 8))
    content = path.read_bytes()
    rng = random.Random(0)
    refused = 0
    for i in range(500):
        damaged = bytearray(content if i % 2 else content[: rng.randrange(len(content))])
        for _ in range(5):
            if damaged:
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            load_npz(path, 27, [8])
        except PolicyFileError:
            refused += 1
    assert refused > 250


@pytest.mark.parametrize("header", [b"((((", b"{[]: 1}", b"[" * 200, b"{'descr': '<f4'}", b"\xff", b"'"])
def test_header_that_is_no_header_is_refused(tmp_path, header):
    header = header.ljust(64)
    with zipfile.ZipFile(tmp_path / "policy.npz", "w") as archive:
        archive.writestr("weight_0.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    assert "weight_0.npy: expected a numpy array" in refusal(tmp_path / "policy.npz")
