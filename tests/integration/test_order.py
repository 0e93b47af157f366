"""Joints go by name: their order in a message does not matter, a missing one stops the robot."""

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from nav_msgs.msg import Odometry
from processes import NodeProcess, Observer, repeating, wait_until
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ant_sim import AntSimulator

NAMES = AntSimulator().joint_names


class Driver:
    """Publishes states as a robot's driver would, in any order of joints."""

    def __init__(self, observer: Observer) -> None:
        self._states = observer.node.create_publisher(JointState, "joint_states", 10)
        self._odometry = observer.node.create_publisher(Odometry, "odom", 10)
        self.commands = observer.collect(JointState, "joint_commands")
        self.arrays = observer.collect(Float64MultiArray, "effort_controller/commands")
        self._seconds = 10

    def wait_for_policy(self) -> None:
        wait_until(
            lambda: self._states.get_subscription_count() == 1 and self._odometry.get_subscription_count() == 1,
            "the policy node subscribing",
        )

    def send(self, names: list[str], positions: dict[str, float]) -> None:
        """Publish a state one second after the last one."""
        self._seconds += 1
        odom = Odometry()
        odom.header.stamp = Time(sec=self._seconds)
        odom.pose.pose.position.z = 0.8
        joints = JointState(name=names, position=[positions[n] for n in names], velocity=[positions[n] for n in names])
        joints.header.stamp = Time(sec=self._seconds)
        self._last = odom, joints
        self._publish()

    def _publish(self) -> None:
        odom, joints = self._last
        self._odometry.publish(odom)
        self._states.publish(joints)

    def answer(self, names: list[str], positions: dict[str, float]) -> dict[str, float]:
        """Publish a state until it is answered; returns the efforts by joint name."""
        count = len(self.commands)
        self.send(names, positions)
        # States are best effort: one is sent again until it is answered, as a simulator that waits does.
        with repeating(self._publish):
            wait_until(lambda: len(self.commands) > count and len(self.arrays) > count, "a command")
        command = self.commands[-1]
        assert command.header.stamp.sec == self._seconds
        assert list(self.arrays[-1].data) == list(command.effort)
        return dict(zip(command.name, command.effort, strict=True))


@pytest.fixture
def driver(observer: Observer) -> Driver:
    return Driver(observer)


def start_policy(start, driver: Driver, linear_policy, state_timeout: float = 60.0) -> NodeProcess:
    # This driver answers by hand: its states are as far apart as the test takes.
    policy = start("policy", policy=linear_policy, state_timeout=state_timeout)
    policy.wait_for("active")
    driver.wait_for_policy()
    return policy


def test_permuted_and_extra_joints_give_the_same_efforts(start, driver: Driver, linear_policy) -> None:
    start_policy(start, driver, linear_policy)
    rng = np.random.default_rng(3)
    positions = dict(zip([*NAMES, "gripper"], rng.uniform(-0.5, 0.5, 9).tolist(), strict=True))
    efforts = driver.answer(list(NAMES), positions)
    assert len(set(efforts.values())) == 8
    for _ in range(5):
        names = rng.permutation([*NAMES, "gripper"]).tolist()
        assert driver.answer(names, positions) == efforts


def test_joint_that_goes_missing_is_named_and_gives_zero_effort_until_it_is_back(
    start, driver: Driver, linear_policy
) -> None:
    policy = start_policy(start, driver, linear_policy, state_timeout=1.0)
    positions = dict.fromkeys(NAMES, 0.1)
    assert any(driver.answer(list(NAMES), positions).values())
    with repeating(lambda: driver.send([n for n in NAMES if n != "ankle_3"], positions)):
        policy.wait_for("joint_states: no message with joint 'ankle_3' for 1 s")
        wait_until(lambda: not any(driver.commands[-1].effort), "a zero command")
    assert any(driver.answer(list(NAMES), positions).values())


def test_joint_missing_in_the_first_state_needs_a_new_configuration(start, driver: Driver, linear_policy) -> None:
    policy = start_policy(start, driver, linear_policy, state_timeout=1.0)
    positions = dict.fromkeys(NAMES, 0.1)
    with repeating(lambda: driver.send(list(NAMES[:-1]), positions)):
        policy.wait_for("joint 'ankle_4' is missing; found: hip_1")
    count = len(driver.commands)
    for _ in range(3):
        driver.send(list(NAMES), positions)
    policy.stop()
    assert all(not any(command.effort) for command in driver.commands[count:])


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_number_that_is_not_finite_is_named_and_gives_zero_effort(start, driver: Driver, linear_policy, bad) -> None:
    policy = start_policy(start, driver, linear_policy)
    positions = dict.fromkeys(NAMES, 0.1)
    assert any(driver.answer(list(NAMES), positions).values())
    assert not any(driver.answer(list(NAMES), positions | {"hip_2": bad}).values())
    policy.wait_for("position of joint 'hip_2' is -?(nan|inf)")
    assert any(driver.answer(list(NAMES), positions).values())
    assert policy.output.count("hip_2") == 1


def test_states_that_stop_coming_give_one_zero_command_and_a_reason(start, driver: Driver, linear_policy) -> None:
    policy = start("policy", policy=linear_policy)
    policy.wait_for("active")
    driver.wait_for_policy()
    positions = dict.fromkeys(NAMES, 0.1)
    assert any(driver.answer(list(NAMES), positions).values())
    policy.wait_for("no joint_states for 0.2 s")
    wait_until(lambda: not any(driver.commands[-1].effort), "a zero command")
    assert any(driver.answer(list(NAMES), positions).values())
