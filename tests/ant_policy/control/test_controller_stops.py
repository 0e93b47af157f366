"""Stops that last, and the limits that cause them."""

import math
from dataclasses import replace

import pytest
from controlled_robot import CARD, JOINTS, MS, LinearPolicy, Robot, S, is_zero

from ant_policy.card.parts import Envelope
from ant_policy.control.config import PolicyConfig
from ant_policy.control.controller import Command, Controller
from ant_policy.errors import PolicyError


@pytest.fixture
def robot():
    return Robot()


def test_stop_lasts_until_a_fresh_activation(robot):
    robot.state(S)
    (command,) = robot.controller.stop("e_stop: zero effort")
    assert is_zero(command)
    assert command.stamp_ns == S
    assert (robot.controller.message, robot.controller.state) == ("e_stop: zero effort", "stopped")
    assert robot.state(S + 50 * MS) == []
    robot.wait(1.0)
    assert len(robot.commands) == 1
    robot.controller.activate(robot.now)
    assert (robot.controller.message, robot.controller.state) == ("", "waiting")
    (command,) = robot.state(S + 100 * MS)
    assert not is_zero(command)


def test_activation_forgets_the_past(robot):
    robot.state(100 * S)
    robot.joints(100 * S + 50 * MS)
    robot.controller.activate(robot.now)
    assert vars(robot.controller.counters) == dict.fromkeys(vars(robot.controller.counters), 0)
    assert robot.controller.stop_command().stamp_ns == 0
    robot.wait(1.0)
    assert len(robot.commands) == 1
    (command,) = robot.state(S + 7 * MS)
    assert command.stamp_ns == S + 7 * MS
    (command,) = robot.state(S + 57 * MS)
    assert command.stamp_ns == S + 57 * MS


def test_state_that_was_incomplete_at_the_activation_stays_so(robot):
    robot.joints(S)
    robot.controller.activate(robot.now)
    assert robot.odom(S) == []


def test_controller_that_was_never_activated_stops_nothing():
    controller = Controller(LinearPolicy(), PolicyConfig())
    assert controller.tick(0.0) == []
    assert controller.message == ""


def test_zero_command_answers_the_last_state(robot):
    robot.state(S)
    robot.state(S + 20 * MS)
    command = robot.controller.stop_command()
    assert isinstance(command, Command)
    assert is_zero(command)
    assert command.stamp_ns == S + 20 * MS


def test_state_whose_odometry_comes_too_late_is_not_acted_on():
    robot = Robot(state_timeout=0.2)
    robot.joints(S)
    robot.joints(S + 250 * MS)
    assert robot.odom(S) == []
    (command,) = robot.odom(S + 250 * MS)
    assert command.stamp_ns == S + 250 * MS


def test_state_within_the_limits_is_answered():
    robot = Robot(max_tilt=0.5, max_joint_velocity=1.0)
    (command,) = robot.state(S)
    assert not is_zero(command)


def tilted(angle):
    return (math.cos(angle / 2), math.sin(angle / 2), 0.0, 0.0)


@pytest.mark.parametrize(("angle", "stops"), [(0.49, False), (0.51, True), (3.1, True), (-0.51, True)])
def test_tilt_over_the_limit_stops_until_a_fresh_activation(angle, stops):
    robot = Robot(max_tilt=0.5)
    (command,) = robot.state(S, quaternion=tilted(angle))
    assert is_zero(command) == stops
    assert robot.controller.state == ("stopped" if stops else "commanding")
    if stops:
        assert "max_tilt is 0.5" in robot.controller.message
        assert robot.state(S + 50 * MS) == []
        robot.controller.activate(robot.now)
        (command,) = robot.state(S + 100 * MS)
        assert not is_zero(command)


def test_limit_is_watched_between_control_instants_too():
    robot = Robot(max_tilt=0.5)
    robot.state(S)
    (command,) = robot.state(S + 5 * MS, quaternion=tilted(0.6))
    assert is_zero(command)


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_velocity_over_the_limit_stops_by_name(joint, sign):
    robot = Robot(max_joint_velocity=5.0)
    velocities = [sign * 5.1 if name == joint else sign * 4.9 for name in JOINTS]
    robot.odom(S)
    (command,) = robot.joints(S, velocities=velocities)
    assert is_zero(command)
    assert f"velocity of joint '{joint}' is {sign * 5.1:.3g} rad/s; max_joint_velocity is 5" in robot.controller.message


def with_envelope(low, high):
    envelope = Envelope(1.0, dict.fromkeys(JOINTS, (low, high)), dict.fromkeys(JOINTS, 1.0))
    return LinearPolicy(replace(CARD, envelope=envelope))


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("position", [-0.21, 1.21])
def test_position_far_outside_of_the_envelope_stops_by_name(joint, position):
    robot = Robot(with_envelope(0.0, 1.0), max_position_margin=0.2)
    robot.odom(S)
    (command,) = robot.joints(S, positions=[position if name == joint else 1.19 for name in JOINTS])
    assert is_zero(command)
    assert f"position of joint '{joint}'" in robot.controller.message
    assert robot.controller.state == "stopped"


def test_joint_that_is_not_the_policys_has_no_limits():
    names = (*JOINTS, "gripper")
    robot = Robot(with_envelope(0.0, 1.0), names=names, max_position_margin=0.2, max_joint_velocity=5.0)
    robot.odom(S)
    (command,) = robot.joints(S)
    assert not is_zero(command)


def test_margin_without_an_envelope_is_refused():
    with pytest.raises(PolicyError, match="'max_position_margin': expected 0"):
        Robot(max_position_margin=0.2)
