"""Weights in a zip: what fits comes back exactly, what does not is refused."""

import numpy as np
import pytest
import torch
from sb3_zips import edited_data, edited_weights, refusal

from ant_policy.policies.formats.sb3_file import load_sb3


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
