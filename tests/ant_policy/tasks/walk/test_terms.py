"""The observation holds what a real robot measures, in the documented order and scale."""

from dataclasses import replace

import numpy as np
import pytest

from ant_policy.tasks.walk.robot import CONTROL_PERIOD, HOME, RobotState
from ant_policy.tasks.walk.terms import GAIT_PERIOD, NOISE, OBSERVATION_SIZE, SIZES, TERMS, Measurement, observe


@pytest.fixture
def measurement():
    rng = np.random.default_rng(0)
    qpos, qvel = rng.standard_normal((2, 19)), rng.standard_normal((2, 18))
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    robot = RobotState.of(qpos, qvel)
    return Measurement(robot, rng.standard_normal((2, 12)), rng.standard_normal((2, 3)), np.array([0, 7]))


def test_terms_stand_in_order_with_their_scales(measurement):
    robot = measurement.robot
    phase = 2.0 * np.pi * 7 * CONTROL_PERIOD / GAIT_PERIOD
    expected = np.concatenate(
        [
            0.25 * robot.angular_velocity[1],
            robot.gravity[1],
            robot.joint_positions[1] - HOME,
            0.05 * robot.joint_velocities[1],
            measurement.last_action[1],
            measurement.command[1],
            [np.sin(phase), np.cos(phase)],
        ]
    )
    np.testing.assert_allclose(observe(measurement)[1], expected)


def test_sizes_are_those_of_the_terms(measurement):
    assert {name: term(measurement).shape[1] for name, term in TERMS.items()} == SIZES
    assert observe(measurement).shape == (2, OBSERVATION_SIZE)
    assert NOISE.shape == (OBSERVATION_SIZE,)
    assert list(SIZES) == list(TERMS)


@pytest.mark.parametrize("name", ["height", "linear_velocity", "feet"])
def test_what_a_real_robot_cannot_measure_is_not_observed(measurement, name):
    other = replace(measurement, robot=replace(measurement.robot, **{name: getattr(measurement.robot, name) + 1.0}))
    np.testing.assert_array_equal(observe(other), observe(measurement))


def test_gait_phase_repeats_after_its_period(measurement):
    period = round(GAIT_PERIOD / CONTROL_PERIOD)
    later = replace(measurement, step=measurement.step + period)
    np.testing.assert_allclose(observe(later), observe(measurement), atol=1e-12)
    half = replace(measurement, step=measurement.step + period // 2)
    np.testing.assert_allclose(observe(half)[:, -2:], -observe(measurement)[:, -2:], atol=1e-12)
