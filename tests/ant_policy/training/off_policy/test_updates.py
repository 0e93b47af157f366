"""Fused gradient steps: the parameters that Stable-Baselines3's own lead to."""

from functools import partial

import numpy as np
import pytest
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.logger import Logger

from ant_policy.observation.feature_registry import features_of
from ant_policy.policies.formats.sb3_file import load_sb3
from ant_policy.training.off_policy.learner import EXCLUDED
from ant_policy.training.off_policy.trainer import make_model
from ant_policy.training.off_policy.updates import FastSac
from ant_policy.training.preset import load_preset
from ant_sim.envs.sb3 import AntVecEnv
from ant_sim.envs.vector import CustomAntVectorEnv

SMALL = {"buffer_size": 1000, "learning_starts": 100, "hidden": [16], "seed": 1, "policy_delay": 1}


def learned(updates, gradient_steps=1, **values):
    """SAC after so many training phases on the same 128 transitions."""
    robots = AntVecEnv(CustomAntVectorEnv(8, 1), features=partial(features_of, "landing"), num_features=32)
    model = make_model(load_preset("sac", "fast", {**SMALL, **values}), robots)
    model.set_logger(Logger(None, []))
    model.learning_starts = 1000
    model.learn(128)
    np.random.seed(1)
    torch.manual_seed(1)
    for _ in range(updates):
        model.train(gradient_steps, 64)
    return model


def parameters(model, part="policy"):
    return torch.cat([each.flatten() for each in getattr(model, part).state_dict().values()])


@pytest.mark.parametrize("ent_coef", ["auto", "auto_0.2", "0.1"])
def test_fused_steps_learn_what_the_steps_of_sb3_learn(ent_coef):
    fused, plain = (learned(5, 4, fused=each, ent_coef=ent_coef) for each in (True, False))
    assert (type(fused), type(plain)) == (FastSac, SAC)
    moved = (parameters(plain) - parameters(learned(0))).abs().mean()
    # Adam's first steps turn the rounding of tiny gradients into whole steps.
    assert (parameters(fused) - parameters(plain)).abs().mean() < 0.01 * moved
    if ent_coef != "0.1":
        torch.testing.assert_close(fused.log_ent_coef, plain.log_ent_coef, rtol=0.0, atol=1e-5)


def test_actor_waits_for_the_critics():
    begin = learned(0)
    for updates, moved in ((1, False), (2, True)):
        model = learned(updates, policy_delay=2)
        assert not torch.equal(parameters(model, "critic"), parameters(begin, "critic"))
        assert torch.equal(parameters(model, "actor"), parameters(begin, "actor")) != moved


def test_saved_zip_needs_stable_baselines3_only(tmp_path):
    model = learned(1)
    model.learning_rate = 1e-3
    model.save(tmp_path / "policy.zip", exclude=EXCLUDED)
    loaded = SAC.load(tmp_path / "policy.zip")
    x = np.ones(32, np.float32)
    np.testing.assert_array_equal(loaded.predict(x, deterministic=True)[0], model.predict(x, deterministic=True)[0])
    load_sb3(tmp_path / "policy.zip")
