"""The features are what their documentation says, for arrays and tensors."""

import numpy as np
import pytest
import torch

from ant_policy.observation.feature_registry import FEATURES, features_of
from ant_policy.tasks.walk.commands import COMMAND_LIMITS
from ant_policy.tasks.walk.features import DELAYS, SCALE


@pytest.fixture
def observations():
    """(200, 47) float32."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((200, 47))
    phase = rng.uniform(0.0, 2.0 * np.pi, 200)
    values[:, 45:] = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    return values.astype(np.float32)


def test_features_are_the_documented_functions(observations):
    found = features_of("gait", observations)
    measured, strides, lifts, effort = np.split(found, [44, 56, 64], axis=1)
    command = observations[:, 42:45] / COMMAND_LIMITS
    phase = np.arctan2(observations[:, 45], observations[:, 46])
    waves = np.cos(phase[:, None] - DELAYS)
    norm = np.abs(command).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(measured, np.delete(observations, [5, 45, 46], axis=1) / SCALE, rtol=1e-4, atol=1e-5)
    expected = np.minimum(np.abs(waves)[:, :, None], np.abs(command)[:, None]) * 2.0 / 0.9
    expected *= np.sign(waves)[:, :, None] * np.sign(command)[:, None]
    np.testing.assert_allclose(strides, expected.reshape(200, 12), atol=1e-5)
    halves = np.maximum(np.concatenate([waves, -waves], axis=1), 0.0)
    np.testing.assert_allclose(lifts, 2.0 * np.minimum(halves, 3.0 * norm), atol=1e-4)
    np.testing.assert_allclose(effort, norm, rtol=1e-5)
    assert found.shape == (200, FEATURES["gait"].size)
    assert found.dtype == np.float32


def test_single_observations_and_tensors_have_the_same_features(observations):
    together = features_of("gait", observations)
    np.testing.assert_allclose([features_of("gait", each) for each in observations], together, rtol=1e-6)
    tensors = features_of("gait", torch.from_numpy(observations), torch)
    np.testing.assert_allclose(tensors.numpy(), together, rtol=1e-5, atol=1e-6)
