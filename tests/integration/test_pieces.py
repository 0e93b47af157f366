"""Joint states in several messages, beside those of other robots, and without velocities, over real DDS."""

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from faults import Torque, commands_of
from lifecycle_msgs.srv import GetState
from nav_msgs.msg import Odometry
from processes import Observer, repeating, stamp_ns, wait_until
from rclpy.publisher import Publisher
from robots import ant
from sensor_msgs.msg import JointState
from test_check_driver import check_driver, verdicts

from ant_sim import AntSimulator

NAMES = list(AntSimulator().joint_names)


def arm_state(second: int = 7) -> JointState:
    message = JointState(name=["shoulder", "elbow"], position=[0.1, 0.2])
    message.header.stamp = Time(sec=second)
    return message


@pytest.fixture
def arm(observer: Observer) -> Publisher:
    """Another robot's publisher on the same topic."""
    return observer.node.create_publisher(JointState, "joint_states", 10)


def lifecycle_state(observer: Observer) -> str:
    return observer.call(GetState, "policy_node/get_state", GetState.Request()).current_state.label


def test_states_in_two_messages_beside_another_robot_s_are_answered(start, observer: Observer, arm: Publisher) -> None:
    torque = Torque(observer, ant())
    states = observer.collect(JointState, "joint_states")
    with repeating(lambda: arm.publish(arm_state()), 0.01):
        start("driver", split_joint_states=True)
        policy = start("policy", policy="sac")
        torque.wait_for_motion()
        count = len(states)
        wait_until(lambda: len(states) > count + 400, "a second of motion")
    sizes = {len(message.name) for message in list(states)}
    assert max(sizes) < len(NAMES)
    assert lifecycle_state(observer) == "active"
    assert policy.stop() == 0
    assert "is missing" not in policy.output


def test_split_states_get_the_commands_of_whole_ones_bit_for_bit(start, observer: Observer, linear_policy) -> None:
    policy = start("policy", policy=linear_policy, state_timeout=60.0)
    joints = observer.node.create_publisher(JointState, "joint_states", 10)
    odometry = observer.node.create_publisher(Odometry, "odom", 10)
    commands = observer.collect(JointState, "joint_commands")
    policy.wait_for("active")
    wait_until(
        lambda: joints.get_subscription_count() == 1 and odometry.get_subscription_count() == 1,
        "the policy node subscribing",
    )
    rng = np.random.default_rng(0)

    def answer(second: int, positions: dict[str, float], groups: list[list[str]]) -> list[float]:
        base = Odometry()
        base.pose.pose.position.z = 0.8
        base.header.stamp = Time(sec=second)

        def publish() -> None:
            odometry.publish(base)
            for group in groups:
                values = [positions[name] for name in group]
                message = JointState(name=group, position=values, velocity=values)
                message.header.stamp = base.header.stamp
                joints.publish(message)
                joints.publish(arm_state())

        def answered() -> list[JointState]:
            return [command for command in list(commands) if stamp_ns(command) == second * 1_000_000_000]

        with repeating(publish):
            wait_until(lambda: bool(answered()), f"an answer to the state of second {second}")
        return list(answered()[-1].effort)

    for i in range(5):
        positions = dict(zip(NAMES, rng.uniform(-0.5, 0.5, 8).tolist(), strict=True))
        order = rng.permutation(NAMES).tolist()
        whole = answer(10 + 2 * i, positions, [NAMES])
        assert any(whole)
        assert answer(11 + 2 * i, positions, [order[:3], order[3:4], order[4:]]) == whole


def test_policy_whose_first_message_is_another_robot_s_stays_configured(
    start, observer: Observer, arm: Publisher
) -> None:
    commands = observer.collect(JointState, "joint_commands")
    policy = start("policy", policy="random")
    with repeating(lambda: arm.publish(arm_state()), 0.01):
        policy.wait_for("none of the policy's joints for 0.2 s; found: shoulder, elbow; expected: hip_1")
        assert lifecycle_state(observer) == "active"
        assert not commands
        start("sim")
        policy.wait_for("states are back")
        wait_until(lambda: len(commands) > 5 and any(commands[-1].effort), "commands")
    assert policy.output.count("none of the policy's joints") == 1


def test_one_of_two_publishers_that_dies_is_named_by_its_joints(start, observer: Observer) -> None:
    commands = commands_of(ant(), observer)
    policy = start("policy", policy="random")
    first, second = (observer.node.create_publisher(JointState, "joint_states", 10) for _ in range(2))
    odometry = observer.node.create_publisher(Odometry, "odom", 10)

    def publish(publishers: dict[Publisher, list[str]]) -> None:
        stamp = observer.node.get_clock().now().to_msg()
        base = Odometry()
        base.pose.pose.position.z = 0.8
        base.header.stamp = stamp
        odometry.publish(base)
        for publisher, names in publishers.items():
            message = JointState(name=names, position=[0.1] * len(names), velocity=[0.0] * len(names))
            message.header.stamp = stamp
            publisher.publish(message)

    both = {first: NAMES[:6], second: NAMES[6:]}
    with repeating(lambda: publish(both), 0.02):
        commands.wait_for_motion()
        del both[second]
        policy.wait_for("joint_states: no message with joints 'hip_4', 'ankle_4' for 0.2 s: zero effort")
        both[second] = NAMES[6:]
        policy.wait_for("states are back")
        commands.wait_for_motion()
    assert lifecycle_state(observer) == "active"


def test_empty_velocities_are_refused_by_name_and_estimated_if_asked_for(start, observer: Observer) -> None:
    torque = Torque(observer, ant())
    start("driver", omit_velocities=True)
    refusing = start("policy", policy="random")
    refusing.wait_for(
        r"velocity of joint '\w+_\d' is missing \('velocity' is empty\); publish it, or set velocity_from"
    )
    assert lifecycle_state(observer) == "active"
    assert refusing.stop() == 0
    estimating = start("policy", policy="random", velocity_from_positions=True)
    torque.wait_for_motion()
    assert estimating.stop() == 0
    assert "velocity of joint" not in estimating.output


@pytest.mark.alone
def test_check_driver_judges_states_in_pieces_and_without_velocities(start, domain: int, arm: Publisher) -> None:
    with repeating(lambda: arm.publish(arm_state()), 0.02):
        start("driver", split_joint_states=True).wait_for("waiting for a first command")
        whole = check_driver(domain, "--seconds", "2", "--yes")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "in pieces (4 + 4 joints)" in whole.stdout
    assert verdicts(whole)["command timeout"] == "pass"


def test_check_driver_says_that_velocities_are_missing(start, domain: int) -> None:
    start("driver", omit_velocities=True).wait_for("waiting for a first command")
    run = check_driver(domain, "--seconds", "1", "--no-command")
    assert run.returncode == 1
    assert verdicts(run)["joint velocities"] == "fail"
    assert verdicts(run)["joint names"] == "warning"
    assert "all 8; not on the card: gripper: if driven, the driver refuses all commands" in run.stdout
    assert "'velocity' is empty" in run.stdout
