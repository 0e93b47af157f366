import numpy as np
import pytest
import torch

from ant_policy.policies.mlp import Layer, Mlp


def layers_of(net: torch.nn.Sequential) -> list[Layer]:
    linear = [module for module in net if isinstance(module, torch.nn.Linear)]
    return [Layer(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in linear]


@pytest.mark.parametrize(
    ("activation", "module"), [("relu", torch.nn.ReLU), ("tanh", torch.nn.Tanh), ("identity", torch.nn.Identity)]
)
def test_output_equals_that_of_the_same_torch_network(activation, module):
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(27, 33), module(), torch.nn.Linear(33, 20), module(), torch.nn.Linear(20, 8)
    )
    mlp = Mlp(layers_of(net), activation)
    for x in np.random.default_rng(0).normal(size=(100, 27)).astype(np.float32):
        found = mlp(x)
        assert (found.shape, found.dtype) == ((8,), np.float32)
        np.testing.assert_allclose(found, net(torch.from_numpy(x)).detach().numpy(), atol=1e-5)


def test_output_is_fresh_and_input_stays_as_it_was():
    mlp = Mlp([Layer(np.eye(3, dtype=np.float32), np.ones(3, dtype=np.float32))], "relu")
    x = np.zeros(3, dtype=np.float32)
    first = mlp(x)
    first[:] = 7.0
    np.testing.assert_array_equal(mlp(x), [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(x, [0.0, 0.0, 0.0])


def test_layers_are_copied():
    weight = np.eye(2, dtype=np.float32)
    mlp = Mlp([Layer(weight, np.zeros(2, dtype=np.float32))], "relu")
    weight[:] = 0.0
    np.testing.assert_array_equal(mlp(np.array([1.0, 2.0], dtype=np.float32)), [1.0, 2.0])


def test_layers_that_do_not_fit_are_refused_with_both_shapes():
    layer = Layer(np.zeros((4, 3), dtype=np.float32), np.zeros(4, dtype=np.float32))
    with pytest.raises(ValueError, match=r"layer 1: expected weight \(4, 4\), found \(4, 3\)"):
        Mlp([layer, layer], "relu")


def test_unknown_activation_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'elu' unknown; known: relu, tanh, identity"):
        Mlp([], "elu")
