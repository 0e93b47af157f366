"""States that are wrong in every way: zero effort, and forgotten as soon as sound ones come."""

from array import array
from collections.abc import Callable

import pytest
from builtin_interfaces.msg import Time
from faults import BAD, HUGE, record
from nav_msgs.msg import Odometry
from processes import Observer, repeating, wait_until
from sensor_msgs.msg import JointState

from ant_sim import AntSimulator

NAMES = list(AntSimulator().joint_names)


class HandDriver:
    """A driver whose every message is the test's; each state comes one second after the last one."""

    def __init__(self, observer: Observer) -> None:
        self._joints = observer.node.create_publisher(JointState, "joint_states", 10)
        self._odometry = observer.node.create_publisher(Odometry, "odom", 10)
        self.commands = observer.collect(JointState, "joint_commands")
        self.second = 10

    def send_joints(self, joints: JointState) -> None:
        """Publish joint states of the newest instant."""
        joints.header.stamp = Time(sec=self.second)
        self._joints.publish(joints)

    def wait_for_policy(self) -> None:
        wait_until(
            lambda: self._joints.get_subscription_count() == 1 and self._odometry.get_subscription_count() == 1,
            "the policy node subscribing",
        )

    def answer(self, spoil: Callable[[JointState, Odometry], None] = lambda joints, odometry: None) -> JointState:
        """Publish the next state, spoilt, until it is answered; returns the answer."""
        self.second += 1
        joints = JointState(name=list(NAMES), position=[0.1] * 8, velocity=[0.0] * 8)
        odometry = Odometry()
        odometry.pose.pose.position.z = 0.8
        spoil(joints, odometry)
        joints.header.stamp = odometry.header.stamp = Time(sec=self.second)

        def publish() -> None:
            self._odometry.publish(odometry)
            self._joints.publish(joints)

        def answers() -> list[JointState]:
            return [command for command in list(self.commands) if command.header.stamp.sec == self.second]

        publish()
        with repeating(publish):
            wait_until(lambda: bool(answers()), f"an answer to state {self.second}")
        return answers()[-1]


def fields_of_a_state() -> list[tuple[str, Callable[[JointState, Odometry, float], None]]]:
    """Every number that the policy acts on, by name, and how to set it."""
    fields: list[tuple[str, Callable[[JointState, Odometry, float], None]]] = []
    for i, name in enumerate(NAMES):
        fields.append((f"position of {name}", lambda joints, _, value, i=i: joints.position.__setitem__(i, value)))
        fields.append((f"velocity of {name}", lambda joints, _, value, i=i: joints.velocity.__setitem__(i, value)))
    fields.append(("height", lambda _, odom, value: setattr(odom.pose.pose.position, "z", value)))
    for axis in "wxyz":
        fields.append(
            (f"orientation {axis}", lambda _, odom, value, a=axis: setattr(odom.pose.pose.orientation, a, value))
        )
    for axis in "xyz":
        fields.append((f"linear {axis}", lambda _, odom, value, a=axis: setattr(odom.twist.twist.linear, a, value)))
        fields.append((f"angular {axis}", lambda _, odom, value, a=axis: setattr(odom.twist.twist.angular, a, value)))
    return fields


def test_every_number_of_a_state_that_is_not_finite_means_zero_effort(start, observer: Observer) -> None:
    driver = HandDriver(observer)
    policy = start("policy", policy="random", state_timeout=60.0)
    driver.wait_for_policy()
    assert any(driver.answer().effort)
    for name, set_value in fields_of_a_state():
        for value in BAD:
            answer = driver.answer(lambda joints, odom, s=set_value, v=value: s(joints, odom, v))
            assert not any(answer.effort), f"{name} = {value} moved the robot"
            assert any(driver.answer().effort), f"after {name} = {value} the robot did not go on"
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    record("NaN, +inf, -inf in each of 27 numbers of a state", "zero effort at once; resumes with the next good state")


@pytest.mark.parametrize(
    ("what", "spoil"),
    [
        ("7 positions", lambda joints, _: joints.position.pop()),
        ("no velocities", lambda joints, _: setattr(joints, "velocity", array("d"))),
        ("a joint twice", lambda joints, _: joints.name.__setitem__(1, "hip_1")),
        ("a huge message", lambda joints, _: setattr(joints, "position", array("d", bytes(HUGE)))),
    ],
)
def test_state_of_the_wrong_shape_means_zero_effort(start, observer: Observer, what: str, spoil) -> None:
    driver = HandDriver(observer)
    policy = start("policy", policy="random", state_timeout=60.0)
    driver.wait_for_policy()
    assert any(driver.answer().effort)
    assert not any(driver.answer(spoil).effort)
    assert any(driver.answer().effort)
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    assert max(map(len, policy.output.splitlines())) < 1000
    record(what, "zero effort at once; resumes with the next good state")


def test_messages_of_other_joints_and_of_none_are_no_news(start, observer: Observer) -> None:
    driver = HandDriver(observer)
    policy = start("policy", policy="random", state_timeout=60.0)
    driver.wait_for_policy()
    assert any(driver.answer().effort)
    for names in ([], ["gripper"], ["x" * HUGE]):
        driver.send_joints(JointState(name=names))
        assert any(driver.answer().effort), "the state after it is answered"
    assert all(any(command.effort) for command in driver.commands)
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    record("joint_states without any of the policy's joints", "ignored; the robot continues")


def test_joint_whose_name_is_huge_is_missing(start, observer: Observer) -> None:
    driver = HandDriver(observer)
    policy = start("policy", policy="random", state_timeout=0.5)
    driver.wait_for_policy()
    names = ["x" * HUGE, *NAMES[1:]]
    with repeating(lambda: driver.send_joints(JointState(name=names, position=[0.1] * 8, velocity=[0.0] * 8))):
        policy.wait_for("joint 'hip_1' is missing; found: x")
    assert max(map(len, policy.output.splitlines())) < 1000
    assert not any(any(command.effort) for command in driver.commands)
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
