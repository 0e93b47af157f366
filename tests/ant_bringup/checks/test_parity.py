"""The comparison finds whatever differs, and names it."""

import math
from dataclasses import replace

import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from nav_msgs.msg import Odometry
from sensor_msgs.msg import JointState

from ant_bringup.checks.parity import card_differences, compare
from ant_bringup.checks.reference import Instant, replay
from ant_policy import default_card, load_policy
from ant_sim.control_loop.loop import FIRST_STAMP_NS

STEPS = 5
AT = FIRST_STAMP_NS + 3 * 50_000_000
"""The stamp of step 3."""


def messages_of(instant: Instant) -> tuple[JointState, Odometry, JointState]:
    state = instant.state
    joints = JointState(name=list(instant.joint_names), position=state.joint_positions, velocity=state.joint_velocities)
    odometry = Odometry()
    pose, twist = odometry.pose.pose, odometry.twist.twist
    pose.position.x, pose.position.y, pose.position.z = state.base_position_w
    q = pose.orientation
    q.w, q.x, q.y, q.z = state.base_quaternion
    twist.linear.x, twist.linear.y, twist.linear.z = state.base_velocity_b
    twist.angular.x, twist.angular.y, twist.angular.z = state.base_angular_velocity_b
    command = JointState(name=list(instant.command), effort=list(instant.command.values()))
    return joints, odometry, command


@pytest.fixture
def run():
    """Policy, environment's instants, and the messages that equal them, by stamp."""
    policy = load_policy("random", seed=2)
    instants = replay(load_policy("random", seed=2), 1, STEPS)
    messages = {stamp: messages_of(instant) for stamp, instant in instants.items()}
    return policy, instants, *({stamp: each[i] for stamp, each in messages.items()} for i in range(3))


def test_equal_messages_are_equal(run) -> None:
    result = compare(*run)
    assert (result.states, result.commands, result.difference) == (STEPS + 1, STEPS + 1, None)


def nudge(values, index):
    values[index] = math.nextafter(values[index], math.inf)


@pytest.mark.parametrize(
    ("tamper", "field"),
    [
        (lambda joints, _, __: nudge(joints.position, 2), "joint_states position of hip_2"),
        (lambda joints, _, __: nudge(joints.velocity, 7), "joint_states velocity of ankle_4"),
        (lambda joints, _, __: joints.name.reverse(), "joint_states name"),
        (lambda _, odom, __: setattr(odom.pose.pose.position, "x", 9.0), "odom position [0]"),
        (lambda _, odom, __: setattr(odom.pose.pose.orientation, "z", 0.001), "odom orientation (wxyz) [3]"),
        (lambda _, odom, __: setattr(odom.twist.twist.linear, "y", 9.0), "odom linear velocity [1]"),
        (lambda _, odom, __: setattr(odom.twist.twist.angular, "z", 9.0), "odom angular velocity [2]"),
        (lambda _, __, command: nudge(command.effort, 0), "joint_commands effort of hip_4"),
        (lambda _, __, command: command.name.reverse(), "joint_commands effort of hip_4"),
    ],
)
def test_the_first_difference_is_named_with_its_step(run, tamper, field) -> None:
    tamper(*(kept[AT] for kept in run[2:]))
    difference = compare(*run).difference
    assert (difference.step, difference.field) == (3, field)
    assert difference.reference != difference.ros
    assert str(difference).startswith(f"step 3, {field}: reference ")


def test_differences_of_cards_go_by_field() -> None:
    card = default_card("sac")
    assert card_differences(card, card) == []
    first, second, *rest = card.joints.names
    joints = replace(card.joints, names=(second, first, *rest))
    other = replace(card, control_period=0.02, joints=joints, action=replace(card.action, offset={first: 0.5}))
    assert card_differences(card, other) == [
        ("control_period", 0.05, 0.02),
        ("joints.names[0]", first, second),
        ("joints.names[1]", second, first),
        ("action.offset", None, {first: 0.5}),
    ]
