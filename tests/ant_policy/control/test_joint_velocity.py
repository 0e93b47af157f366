import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_policy.control.joint_velocity import TIME_CONSTANT, VelocityEstimator

MS = 1_000_000


@pytest.fixture
def estimator():
    return VelocityEstimator(200 * MS)


def test_velocity_is_known_from_the_second_position_on(estimator):
    assert estimator.update("hip", 0, 1.0) is None
    assert estimator.update("ankle", 5 * MS, 3.0) is None
    assert estimator.update("hip", 5 * MS, 1.5) == pytest.approx(100.0)


@given(velocity=st.floats(-50.0, 50.0), steps=st.lists(st.integers(1, 150), min_size=1, max_size=30))
def test_steady_motion_has_its_velocity_at_any_rate(velocity, steps):
    estimator, stamps = VelocityEstimator(200 * MS), np.cumsum([0, *steps]).tolist()
    found = [estimator.update("hip", t * MS, velocity * t * 1e-3) for t in stamps]
    np.testing.assert_allclose(found[1:], velocity, rtol=1e-6, atol=1e-9)


def test_step_of_the_velocity_is_followed_as_by_a_first_order_low_pass(estimator):
    estimator.update("hip", 0, 0.0)
    estimator.update("hip", MS, 0.0)
    for t in range(2, 12):
        velocity = estimator.update("hip", t * MS, (t - 1) * 1e-3)
    assert velocity == pytest.approx(1.0 - math.exp(-0.010 / TIME_CONSTANT))


def test_noise_of_an_encoder_is_a_third_of_that_of_plain_differences(estimator):
    positions = np.random.default_rng(0).normal(size=20_000)
    found = [estimator.update("hip", i * 5 * MS, position) for i, position in enumerate(positions.tolist())][1:]
    assert np.std(found) / np.std(np.diff(positions) / 0.005) == pytest.approx(0.31, abs=0.01)


@pytest.mark.parametrize("late", [0, -5, -200])
def test_repeated_and_late_stamps_keep_the_estimate(estimator, late):
    estimator.update("hip", 300 * MS, 0.0)
    estimator.update("hip", 305 * MS, 0.005)
    assert estimator.update("hip", (305 + late) * MS, 9.0) == pytest.approx(1.0)
    assert estimator.update("hip", 310 * MS, 0.010) == pytest.approx(1.0)


@pytest.mark.parametrize("jump", [201, -201])
def test_gap_and_stamps_that_go_back_restart_the_filter(estimator, jump):
    estimator.update("hip", 300 * MS, 0.0)
    estimator.update("hip", 305 * MS, 0.005)
    assert estimator.update("hip", (305 + jump) * MS, 9.0) is None
    assert estimator.update("hip", (310 + jump) * MS, 9.01) == pytest.approx(2.0)


def test_cleared_estimator_knows_nothing(estimator):
    estimator.update("hip", 0, 0.0)
    estimator.clear()
    assert estimator.update("hip", MS, 0.0) is None
