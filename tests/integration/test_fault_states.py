"""States that are wrong in every way: a stop, and forgotten as soon as sound ones come."""

from array import array
from collections.abc import Callable

from builtin_interfaces.msg import Time
from faults import BAD, HUGE, record
from nav_msgs.msg import Odometry
from processes import Observer, repeating, wait_until
from robots import Robot
from sensor_msgs.msg import Imu, JointState

Base = Odometry | Imu
Spoil = Callable[[JointState, Base], None]


class HandDriver:
    """A driver whose every message is the test's; each state comes one second after the last one."""

    def __init__(self, observer: Observer, robot: Robot) -> None:
        self._robot = robot
        self._kind, topic = {"odom": (Odometry, "odom"), "imu": (Imu, "imu")}[robot.base_topic]
        self._joints = observer.node.create_publisher(JointState, "joint_states", 10)
        self._base = observer.node.create_publisher(self._kind, topic, 10)
        self.commands = observer.collect(JointState, "joint_commands")
        self.second = 10

    @property
    def moves(self) -> bool:
        """Every command so far is one of motion."""
        return not any(map(self._robot.is_stop, self.commands))

    def send_joints(self, joints: JointState) -> None:
        """Publish joint states of the newest instant."""
        joints.header.stamp = Time(sec=self.second)
        self._joints.publish(joints)

    def wait_for_policy(self) -> None:
        wait_until(
            lambda: self._joints.get_subscription_count() == 1 and self._base.get_subscription_count() == 1,
            "the policy node subscribing",
        )

    def answer(self, spoil: Spoil = lambda joints, base: None) -> bool:
        """Publish the next state, spoilt, until it is answered; returns whether the answer is one of motion."""
        self.second += 1
        count = len(self._robot.joints)
        joints = JointState(name=list(self._robot.joints), position=[0.1] * count, velocity=[0.0] * count)
        base = self._kind()
        if isinstance(base, Odometry):
            base.pose.pose.position.z = 0.8
        spoil(joints, base)
        joints.header.stamp = base.header.stamp = Time(sec=self.second)

        def publish() -> None:
            self._base.publish(base)
            self._joints.publish(joints)

        def answers() -> list[JointState]:
            return [command for command in list(self.commands) if command.header.stamp.sec == self.second]

        publish()
        with repeating(publish):
            wait_until(lambda: bool(answers()), f"an answer to state {self.second}")
        return not self._robot.is_stop(answers()[-1])


def fields_of_a_state(robot: Robot) -> list[tuple[str, Callable[[JointState, Base, float], None]]]:
    """Every number that the policy acts on, by name, and how to set it."""
    fields: list[tuple[str, Callable[[JointState, Base, float], None]]] = []
    for i, name in enumerate(robot.joints):
        fields.append((f"position of {name}", lambda joints, _, value, i=i: joints.position.__setitem__(i, value)))
        fields.append((f"velocity of {name}", lambda joints, _, value, i=i: joints.velocity.__setitem__(i, value)))
    if robot.base_topic == "odom":
        fields.append(("height", lambda _, odom, value: setattr(odom.pose.pose.position, "z", value)))
        vectors = {
            "orientation": ("wxyz", lambda odom: odom.pose.pose.orientation),
            "linear": ("xyz", lambda odom: odom.twist.twist.linear),
            "angular": ("xyz", lambda odom: odom.twist.twist.angular),
        }
    else:
        vectors = {
            "orientation": ("wxyz", lambda imu: imu.orientation),
            "angular": ("xyz", lambda imu: imu.angular_velocity),
        }
    for name, (axes, of) in vectors.items():
        for axis in axes:
            fields.append((f"{name} {axis}", lambda _, base, value, a=axis, of=of: setattr(of(base), a, value)))
    return fields


def test_every_number_of_a_state_that_is_not_finite_means_a_stop(start, observer: Observer, robot: Robot) -> None:
    driver = HandDriver(observer, robot)
    policy = start("policy", policy=robot.policy, state_timeout=60.0)
    driver.wait_for_policy()
    assert driver.answer()
    for name, set_value in fields_of_a_state(robot):
        for value in BAD:
            moves = driver.answer(lambda joints, base, s=set_value, v=value: s(joints, base, v))
            assert not moves, f"{name} = {value} moved the robot"
            assert driver.answer(), f"after {name} = {value} the robot did not go on"
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    record(robot, "NaN, +inf, -inf in each number of a state", "a stop at once; resumes with the next good state")


def test_state_of_the_wrong_shape_means_a_stop(start, observer: Observer, robot: Robot) -> None:
    driver = HandDriver(observer, robot)
    policy = start("policy", policy=robot.policy, state_timeout=60.0)
    driver.wait_for_policy()
    assert driver.answer()
    shapes: dict[str, Spoil] = {
        "a position too few": lambda joints, _: joints.position.pop(),
        "no velocities": lambda joints, _: setattr(joints, "velocity", array("d")),
        "a joint twice": lambda joints, _: joints.name.__setitem__(1, joints.name[0]),
        "a huge message": lambda joints, _: setattr(joints, "position", array("d", bytes(HUGE))),
    }
    for what, spoil in shapes.items():
        assert not driver.answer(spoil), what
        assert driver.answer(), f"after {what} the robot did not go on"
        record(robot, what, "a stop at once; resumes with the next good state")
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    assert max(map(len, policy.output.splitlines())) < 1000


def test_messages_of_other_joints_and_of_none_are_no_news(start, observer: Observer, robot: Robot) -> None:
    driver = HandDriver(observer, robot)
    policy = start("policy", policy=robot.policy, state_timeout=60.0)
    driver.wait_for_policy()
    assert driver.answer()
    for names in ([], ["gripper"], ["x" * HUGE]):
        driver.send_joints(JointState(name=names))
        assert driver.answer(), "the state after it is answered"
    assert driver.moves
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    record(robot, "joint_states without any of the policy's joints", "ignored; the robot continues")


def test_joint_whose_name_is_huge_is_missing(start, observer: Observer, robot: Robot) -> None:
    driver = HandDriver(observer, robot)
    policy = start("policy", policy=robot.policy, state_timeout=0.5)
    driver.wait_for_policy()
    names, zeros = ["x" * HUGE, *robot.joints[1:]], [0.0] * len(robot.joints)
    with repeating(lambda: driver.send_joints(JointState(name=names, position=zeros, velocity=zeros))):
        policy.wait_for(f"joint '{robot.joints[0]}' is missing; found: x")
    assert max(map(len, policy.output.splitlines())) < 1000
    assert all(map(robot.is_stop, driver.commands))
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
