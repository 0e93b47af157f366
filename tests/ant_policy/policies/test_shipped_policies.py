"""Shipped policies are what their cards say."""

import hashlib
import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
from sb3_zips import load_by_sb3_alone
from stable_baselines3 import DQN, SAC

from ant_policy import load_policy
from ant_policy.evaluation.rollout import evaluate
from ant_policy.observation.feature_registry import features_of
from ant_policy.policies.loading import ASSETS, shipped_policies
from ant_sim import MODEL_PATH

TRAINED = [name for name in shipped_policies() if name not in ("zero", "random")]
JUMPING = [name for name in TRAINED if load_policy(name).card.robot == "ant"]


@pytest.mark.parametrize("name", JUMPING)
def test_card_says_how_the_policy_was_made_and_what_it_does(name):
    card = load_policy(name).card
    assert card.policy.algorithm == name
    assert card.returns is not None
    assert (card.returns.episodes, card.returns.seed) == (100, 1000)
    assert card.training is not None
    assert card.training["seed"] >= 0
    assert card.versions is not None
    assert card.versions["mujoco"]
    assert card.envelope is not None
    assert card.model is not None
    assert card.model.sha256 == hashlib.sha256(MODEL_PATH.read_bytes()).hexdigest()
    if "preset" in card.training:  # the trainer's first version kept no curve
        assert (ASSETS / name / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["sac", "dqn"])
def test_policy_acts_as_sb3_does_with_its_zip(name):
    """On 1,000 observations of an episode: within 1e-5, or the same move."""
    policy = load_policy(name)
    card = policy.card
    assert (card.policy.file, card.policy.sb3_file) == ("policy.npz", "policy.zip")
    model = {"sac": SAC, "dqn": DQN}[name].load(ASSETS / name / card.policy.sb3_file, device="cpu")
    env = gym.make("CustomAntEnv-v1")
    observation, _ = env.reset(seed=0)
    moves = np.array(card.action.moves or [])
    for _ in range(1000):
        x = features_of(card.observation.features, observation.astype(np.float32))
        if (normalisation := card.observation.normalisation) is not None:
            scaled = (x - np.array(normalisation.mean)) / np.array(normalisation.std)
            x = np.clip(scaled, -normalisation.clip, normalisation.clip)
        expected, _ = model.predict(x.astype(np.float32), deterministic=True)
        action = policy.act(observation)
        np.testing.assert_allclose(action, expected if name == "sac" else moves[expected], atol=1e-5)
        observation, _, terminated, _, _ = env.step(action)
        assert not terminated


@pytest.mark.parametrize("name", ["sac", "dqn"])
def test_zip_needs_stable_baselines3_alone(name):
    load_by_sb3_alone(name, ASSETS / name / "policy.zip")


@pytest.mark.parametrize("name", TRAINED)
def test_policy_needs_no_torch(name):
    program = f"import sys; sys.modules['torch'] = None; import ant_policy; ant_policy.load_policy({name!r})"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", JUMPING)
def test_policy_jumps_as_well_as_its_card_says(name):
    """Over the steps of an episode without a fall, the return grows as the card's mean does."""
    policy = load_policy(name)
    assert policy.card.returns is not None
    evaluation = evaluate(policy, episodes=4, seed=900, max_steps=400)
    rate = evaluation.returns.sum() / evaluation.lengths.sum()
    assert rate > 0.8 * policy.card.returns.mean / 1000.0
    assert np.median(evaluation.max_heights) > 2.0
