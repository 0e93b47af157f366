"""Each reward term is best where the task wants the robot to be."""

from dataclasses import replace

import numpy as np
import pytest

from ant_policy.tasks.walk.contract import GAIT_PERIOD
from ant_policy.tasks.walk.reward import (
    FOOT_LIFT,
    TERMS,
    Transition,
    fallen,
    foot_height_targets,
    linear_error,
    rewards_of,
    yaw_error,
)
from ant_policy.tasks.walk.robot import CONTROL_PERIOD, FOOT_RADIUS, HOME, HOME_HEIGHT, RobotState


@pytest.fixture
def standing():
    """One robot that stands as it is told to."""
    feet = np.zeros((1, 4, 3))
    feet[:, :, 2] = FOOT_RADIUS
    state = RobotState(
        height=np.array([HOME_HEIGHT]),
        linear_velocity=np.zeros((1, 3)),
        angular_velocity=np.zeros((1, 3)),
        quaternion=np.array([[1.0, 0.0, 0.0, 0.0]]),
        gravity=np.array([[0.0, 0.0, -1.0]]),
        joint_positions=HOME[None].copy(),
        joint_velocities=np.zeros((1, 12)),
        feet=feet,
    )
    nothing = np.zeros((1, 12))
    return Transition(state, state, nothing, nothing, HOME[None].copy(), np.zeros((1, 3)), np.array([5]))


def with_state(transition, **changes):
    changes = {name: getattr(transition.after, name) + np.asarray(change) for name, change in changes.items()}
    return replace(transition, after=replace(transition.after, **changes))


def test_robot_that_stands_as_told_gets_the_whole_reward(standing):
    np.testing.assert_allclose(rewards_of(standing), 2.3)


@pytest.mark.parametrize(
    ("term", "change"),
    [
        ("linear_velocity", {"linear_velocity": [0.2, 0.0, 0.0]}),
        ("linear_velocity", {"linear_velocity": [0.0, 0.2, 0.0]}),
        ("yaw_rate", {"angular_velocity": [0.0, 0.0, 0.2]}),
        ("tilt", {"gravity": [0.1, 0.0, 0.0]}),
        ("vertical_velocity", {"linear_velocity": [0.0, 0.0, 0.2]}),
        ("roll_pitch_rate", {"angular_velocity": [0.2, 0.0, 0.0]}),
        ("height", {"height": 0.03}),
        ("foot_height", {"feet": [0.0, 0.0, 0.02]}),
        ("slip", {"feet": [0.002, 0.0, 0.0]}),
        ("hips", {"joint_positions": np.tile([0.1, 0.0, 0.0], 4)}),
        ("stand", {"joint_positions": np.tile([0.0, 0.1, 0.0], 4)}),
    ],
)
def test_deviation_costs_its_term_and_no_more_than_others_allow(standing, term, change):
    weight, value = TERMS[term]
    changed = with_state(standing, **change)
    assert (weight * value(changed) < weight * value(standing)).all()
    assert (rewards_of(changed) < rewards_of(standing)).all()
    assert (rewards_of(changed) >= 0.0).all()


def test_changing_actions_and_torque_cost(standing):
    jerky = replace(standing, action=standing.action + 0.5)
    np.testing.assert_allclose(TERMS["action_rate"][1](jerky), 12 * 0.25)
    strained = replace(standing, targets=standing.targets + 0.1)
    np.testing.assert_allclose(TERMS["torque"][1](strained), 12 * 3.5**2)


def test_errors_are_those_of_velocity_and_yaw_rate(standing):
    moving = with_state(standing, linear_velocity=[0.3, 0.4, 9.0], angular_velocity=[9.0, 9.0, -0.2])
    np.testing.assert_allclose(linear_error(moving.after, moving.command), 0.5)
    np.testing.assert_allclose(yaw_error(moving.after, moving.command), 0.2)


def test_diagonal_feet_swing_together_half_a_period_after_the_others():
    period = round(GAIT_PERIOD / CONTROL_PERIOD)
    steps = np.arange(period)
    targets = foot_height_targets(steps, np.tile([0.5, 0.0, 0.0], (period, 1)))
    np.testing.assert_array_equal(targets[:, 0], targets[:, 3])
    np.testing.assert_allclose(targets[:, 1], np.roll(targets[:, 0], period // 2), atol=1e-12)
    np.testing.assert_array_equal(targets[:, 1], targets[:, 2])
    assert targets.max() == pytest.approx(FOOT_RADIUS + FOOT_LIFT)
    assert (targets.min(axis=1) == FOOT_RADIUS).all()


def test_feet_of_a_robot_that_is_to_stand_stay_on_the_floor():
    np.testing.assert_array_equal(foot_height_targets(np.arange(20), np.zeros((20, 3))), FOOT_RADIUS)


@pytest.mark.parametrize(
    ("change", "expected"),
    [({}, False), ({"height": -0.2}, True), ({"gravity": [0, 0.9, 0.6]}, True), ({"gravity": [0, 0.7, 0.3]}, False)],
)
def test_fall_is_a_low_or_tilted_trunk(standing, change, expected):
    assert fallen(with_state(standing, **change).after).tolist() == [expected]
