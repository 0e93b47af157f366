"""Folders of torch modules, by the published EvoTorch recipe."""

import numpy as np
import pytest
import torch
from evotorch.algorithms import PGPE
from evotorch.neuroevolution import GymNE
from torch import nn

import ant_sim  # noqa: F401  (registers the environment)
from ant_policy.card.makers.torch_module import save_torch
from ant_policy.errors import PolicyError
from ant_policy.policies.loading import load_policy

ENV = "CustomAntEnv-v1"


def assert_acts_as(module: nn.Module, folder) -> None:
    policy = load_policy(folder)
    for x in np.random.default_rng(1).normal(size=(50, 27)).astype(np.float32):
        with torch.no_grad():
            expected = module(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(policy.act(x), expected, atol=1e-5)


@pytest.mark.parametrize(
    "network", ["Linear(obs_length, act_length)", "Linear(obs_length, 8) >> Tanh() >> Linear(8, act_length)"]
)
def test_published_recipe_becomes_a_folder_that_acts_as_its_policy(tmp_path, network):
    problem = GymNE(ENV, network=network, observation_normalization=True, num_actors=0, episode_length=30)
    searcher = PGPE(
        problem, popsize=4, center_learning_rate=0.1, stdev_learning_rate=0.1, stdev_init=0.1, optimizer="clipup"
    )
    searcher.run(2)
    module = problem.to_policy(searcher.status["center"])
    card = save_torch(module, tmp_path / "out", ENV)
    assert card.observation.normalisation is not None
    assert not list((tmp_path / "out").glob("*.pt*"))
    assert_acts_as(module, tmp_path / "out")


def test_last_tanh_is_the_output(tmp_path):
    module = nn.Sequential(nn.Linear(27, 16), nn.ReLU(), nn.Linear(16, 8), nn.Tanh())
    card = save_torch(module, tmp_path / "out", ENV, algorithm="es")
    assert (card.policy.algorithm, card.policy.output) == ("es", "tanh")
    assert_acts_as(module, tmp_path / "out")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.Sequential(nn.Linear(27, 8), nn.GELU()), "GELU is not known; expected Linear, Tanh, ReLU"),
        (nn.LSTM(27, 8), "LSTM is not known"),
        (nn.Sequential(nn.Linear(27, 8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)), "one activation"),
        (nn.Tanh(), "at least one Linear"),
    ],
)
def test_other_modules_are_refused_by_the_name_of_their_part(tmp_path, module, words):
    with pytest.raises(PolicyError, match=words):
        save_torch(module, tmp_path / "out", ENV)
    assert not (tmp_path / "out").exists()
