"""Commands of the controller."""

from dataclasses import replace

import numpy as np
import pytest
from controlled_robot import CARD, JOINTS, MS, ConstantPolicy, LinearPolicy, Robot, S, is_zero
from hypothesis import given
from hypothesis import strategies as st

from ant_policy.control.config import PolicyConfig
from ant_policy.control.controller import Controller
from ant_policy.errors import PolicyError


@pytest.fixture
def robot():
    return Robot()


def test_effort_is_the_action_of_each_joint_times_its_scale(robot):
    (command,) = robot.state(S)
    action = LinearPolicy().act(robot.policy.seen[0]).astype(np.float64)
    by_joint = dict(zip(CARD.action.joints, 300.0 * action, strict=True))
    assert command.stamp_ns == S
    assert command.values.tolist() == [by_joint[name] for name in robot.controller.commands.joints]
    assert len(set(command.values.tolist())) == 8


def test_efforts_are_in_the_order_of_the_observation_unless_told_otherwise(robot):
    assert robot.controller.commands.joints == CARD.joints.names


@given(order=st.permutations(JOINTS))
def test_efforts_are_in_the_order_of_the_parameter_joints(order):
    robot = Robot(joints=tuple(order))
    (command,), (expected,) = robot.state(S), Robot().state(S)
    assert robot.controller.commands.joints == tuple(order)
    assert dict(zip(order, command.values, strict=True)) == dict(zip(JOINTS, expected.values, strict=True))


@given(names=st.permutations((*JOINTS, "gripper", "wheel")))
def test_order_of_the_state_s_joints_does_not_matter(names):
    (command,), (expected,) = Robot(names=names).state(S), Robot().state(S)
    assert np.array_equal(command.values, expected.values)


def test_each_joint_has_the_scale_of_the_card():
    scale = {name: 10.0 * (i + 1) for i, name in enumerate(CARD.action.joints)}
    card = replace(CARD, action=replace(CARD.action, scale=scale))
    (command,), (expected,) = Robot(LinearPolicy(card)).state(S), Robot().state(S)
    ratio = command.values / expected.values
    np.testing.assert_allclose(ratio, [scale[name] / 300.0 for name in JOINTS])


@pytest.mark.parametrize(
    "joints",
    [JOINTS[:7], (*JOINTS, "hip_5"), (*JOINTS[:7], "hip_5"), (*JOINTS, "hip_1"), (*JOINTS[:7], "hip_1"), ("hip_1",)],
)
def test_joints_that_are_not_the_policy_s_are_refused_with_both_lists(joints):
    with pytest.raises(
        PolicyError, match=r"parameter 'joints': expected .*hip_4, ankle_4, hip_1, .*; found: "
    ) as refusal:
        Controller(LinearPolicy(), PolicyConfig(joints=joints))
    assert str(refusal.value).endswith(f"found: {', '.join(joints)}")


@pytest.mark.parametrize("joints", [(), ("",)])
def test_empty_parameter_joints_means_the_policy_s_own(joints):
    assert Robot(joints=joints).controller.commands.joints == JOINTS


def test_max_effort_limits_every_joint_and_is_counted():
    robot, free = Robot(max_effort=100.0), Robot()
    (command,), (expected,) = robot.state(S), free.state(S)
    assert np.abs(expected.values).max() > 100.0 > np.abs(expected.values).min()
    np.testing.assert_array_equal(command.values, np.clip(expected.values, -100.0, 100.0))
    assert (robot.controller.counters.clamped, free.controller.counters.clamped) == (1, 0)


def test_limits_and_timeouts_may_change_while_the_policy_commands():
    robot = Robot()
    robot.state(S)
    robot.controller.set_limits(PolicyConfig(max_effort=1.0, state_timeout=1.0))
    (command,) = robot.state(S + 50 * MS)
    assert np.abs(command.values).max() == 1.0
    robot.wait(0.9)
    assert len(robot.commands) == 2
    robot.wait(0.2)
    assert is_zero(robot.commands[2])


def test_limit_that_does_not_fit_the_policy_changes_nothing():
    robot = Robot()
    with pytest.raises(PolicyError, match="max_position_margin"):
        robot.controller.set_limits(PolicyConfig(max_effort=1.0, max_position_margin=0.1))
    (command,) = robot.state(S)
    assert np.abs(command.values).max() > 1.0


def test_max_effort_above_the_policy_s_own_limit_changes_nothing():
    robot = Robot(LinearPolicy(gain=100.0), max_effort=1000.0)
    (command,) = robot.state(S)
    assert np.abs(command.values).max() == 300.0
    assert robot.controller.counters.clamped == 0


@pytest.mark.parametrize("max_effort", [0.0, 1000.0])
def test_policy_that_gives_more_than_one_is_limited_to_its_scale(max_effort):
    robot = Robot(ConstantPolicy(1.5), max_effort=max_effort)
    (command,) = robot.state(S)
    assert command.values.tolist() == [300.0] * 8
    assert robot.controller.counters.clamped == 1
