"""Gait units are what their documentation says, and their readouts plain networks that respect the mirror."""

import numpy as np
import pytest

from ant_policy.tasks.walk.commands import COMMAND_LIMITS
from ant_policy.tasks.walk.gait.readout import SOLUTION_SIZE, act, readouts, trot_solution
from ant_policy.tasks.walk.gait.trot import trot_actions
from ant_policy.tasks.walk.gait.units import DELAYS, MEASURED, NUM_FEATURES, SCALE, features, network
from ant_policy.tasks.walk.symmetry import mirror_actions, mirror_observations


@pytest.fixture
def observations():
    """(200, 47) float32."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((200, 47))
    phase = rng.uniform(0.0, 2.0 * np.pi, 200)
    values[:, 45:] = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    return values.astype(np.float32)


@pytest.fixture
def solutions():
    """(200, size) float32."""
    return np.random.default_rng(1).standard_normal((200, SOLUTION_SIZE)).astype(np.float32)


def test_features_are_the_documented_functions(observations):
    found = features(observations)
    measured, strides, lifts, effort, one = np.split(found, [44, 56, 64, 65], axis=1)
    command = observations[:, 42:45] / COMMAND_LIMITS
    phase = np.arctan2(observations[:, 45], observations[:, 46])
    waves = np.cos(phase[:, None] - DELAYS)
    norm = np.abs(command).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(measured, observations[:, MEASURED] / SCALE, rtol=1e-4, atol=1e-5)
    expected = np.minimum(np.abs(waves)[:, :, None], np.abs(command)[:, None]) * 2.0 / 0.9
    expected *= np.sign(waves)[:, :, None] * np.sign(command)[:, None]
    np.testing.assert_allclose(strides, expected.reshape(200, 12), atol=1e-5)
    halves = np.maximum(np.concatenate([waves, -waves], axis=1), 0.0)
    np.testing.assert_allclose(lifts, 2.0 * np.minimum(halves, 3.0 * norm), atol=1e-4)
    np.testing.assert_allclose(effort, norm, rtol=1e-5)
    np.testing.assert_array_equal(one, 1.0)
    assert found.shape == (200, NUM_FEATURES)


def test_network_is_the_readout_of_the_features(observations, solutions):
    readout = readouts(solutions[:1])
    hidden = observations
    layers = network(readout[0].astype(np.float64))
    for number, (weight, bias) in enumerate(layers):
        assert weight.dtype == bias.dtype == np.float32
        hidden = hidden @ weight.T + bias
        hidden = np.maximum(hidden, 0.0) if number < len(layers) - 1 else np.clip(hidden, -1.0, 1.0)
    np.testing.assert_allclose(hidden, act(readout, observations), atol=1e-4)


def test_each_policy_of_a_population_acts_on_its_own_robot(observations, solutions):
    together = act(readouts(solutions), observations)
    alone = [act(readouts(solutions[[i]]), observations[[i]])[0] for i in range(5)]
    np.testing.assert_allclose(together[:5], alone, atol=1e-5)


def test_mirrored_observation_gets_the_mirrored_action(observations, solutions):
    matrices = 0.005 * readouts(solutions)
    straight = act(matrices, observations)
    np.testing.assert_allclose(act(matrices, mirror_observations(observations)), mirror_actions(straight), atol=1e-4)
    assert (np.abs(straight) < 1.0).all(axis=1).any()


def test_search_starts_near_the_open_loop_trot():
    rng = np.random.default_rng(3)
    phase, commands = rng.uniform(0.0, 6.0, 200), rng.uniform(-1.0, 1.0, (200, 3)) * COMMAND_LIMITS
    observations = rng.standard_normal((200, 47)).astype(np.float32)
    observations[:, 42:45] = commands
    observations[:, 45:] = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    observations[:, :42] = 0.0
    error = act(readouts(trot_solution()[None]), observations) - trot_actions(phase, commands)
    assert np.sqrt(np.square(error).mean()) < 0.1
