"""Messages that are wrong in every way: refused, named, and forgotten as soon as sound ones come."""

import math
import os
import random
import subprocess
import sys
from array import array
from collections.abc import Callable

import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from faults import record
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from nav_msgs.msg import Odometry
from processes import Observer, repeating, stamp_ns, wait_until
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64MultiArray
from std_srvs.srv import SetBool, Trigger

from ant_bringup.parity import PERIOD_NS, compare, replay
from ant_policy import load_policy
from ant_sim import AntSimulator
from ant_sim.control_loop import FIRST_STAMP_NS

NAMES = list(AntSimulator().joint_names)
BAD = (math.nan, math.inf, -math.inf)
HUGE = 10 * 2**20
"""Size of a huge message [bytes]."""


class HandDriver:
    """A driver whose every message is the test's; each state comes one second after the last one."""

    def __init__(self, observer: Observer) -> None:
        self._joints = observer.node.create_publisher(JointState, "joint_states", 10)
        self._odometry = observer.node.create_publisher(Odometry, "odom", 10)
        self.commands = observer.collect(JointState, "joint_commands")
        self.second = 10

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


def rejected(diagnostics: list[DiagnosticArray]) -> int:
    """How many commands a simulator or driver has refused, as it says."""
    return max(
        (
            int(item.value)
            for message in list(diagnostics)
            for status in message.status
            for item in status.values
            if item.key == "commands rejected"
        ),
        default=0,
    )


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
    record("NaN, +inf, -inf in each of 27 numbers of a state", "zero effort at once; goes on with the next sound state")


@pytest.mark.parametrize(
    ("what", "spoil"),
    [
        ("no joints", lambda joints, _: setattr(joints, "name", [])),
        ("7 positions", lambda joints, _: joints.position.pop()),
        ("no velocities", lambda joints, _: setattr(joints, "velocity", array("d"))),
        ("a joint twice", lambda joints, _: joints.name.__setitem__(1, "hip_1")),
        ("a huge message", lambda joints, _: setattr(joints, "position", array("d", bytes(HUGE)))),
        ("a huge name", lambda joints, _: joints.name.__setitem__(0, "x" * HUGE)),
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
    record(f"state with {what}", "zero effort at once; goes on with the next sound state")


def test_commands_of_every_bad_kind_are_refused_while_the_policy_commands(start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    stranger = observer.node.create_publisher(JointState, "joint_commands", 10)
    sim = start("sim", seed=1)
    start("policy", policy="random")
    wait_until(lambda: len(states) > 10 and any(states[-1].effort), "the robot in motion")
    wait_until(lambda: stranger.get_subscription_count() >= 1, "the simulator listening")
    bad = [
        JointState(name=NAMES, effort=[*[1.0] * i, value, *[1.0] * (7 - i)])
        for i in range(8)
        for value in (*BAD, 1e300)
    ]
    bad += [
        JointState(),
        JointState(name=NAMES),
        JointState(name=NAMES, effort=[1.0] * 7),
        JointState(name=NAMES, effort=array("d", bytes(HUGE))),
        JointState(name=["x" * HUGE] * 1, effort=[1.0]),
        JointState(name=[*NAMES, *NAMES], effort=[1.0] * 16),
    ]
    for command in bad:
        stranger.publish(command)
        # An answer from the simulator: it has looked at its queue, which is shorter than this list.
        observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=False))

    wait_until(lambda: rejected(diagnostics) >= len(bad), f"{len(bad)} refusals")
    count = len(states)
    wait_until(lambda: len(states) > count + 10 and any(states[-1].effort), "the robot in motion still")
    assert sim.stop() == 0
    assert "Traceback" not in sim.output
    record(f"{len(bad)} commands that are not finite, of wrong length, empty or of 10 MB", "refused; the robot goes on")


GARBAGE = """
import rclpy, signal, time
from sensor_msgs.msg import JointState
rclpy.init()
node = rclpy.create_node("stranger", start_parameter_services=False)
publisher = node.create_publisher(JointState, "joint_commands", 10)
garbage = JointState(name=["hip_9"], effort=[float("nan")])
garbage.header.frame_id = "stranger"
print("ready", flush=True)
begin, sent, ended = time.monotonic(), 0, []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
while not ended:
    for _ in range(100):
        publisher.publish(garbage)
    sent += 100
    time.sleep(max(0.0, begin + sent / 10_000 - time.monotonic()))
print(round(sent / (time.monotonic() - begin)), flush=True)
"""


def test_lockstep_holds_under_10000_garbage_commands_a_second(start, observer: Observer, domain: int) -> None:
    steps = 60
    states = observer.collect(JointState, "joint_states")
    odometry = observer.collect(Odometry, "odom")
    commands = observer.collect(JointState, "joint_commands", 100)
    start("sim", seed=7, real_time_factor=0.0, command_timeout=20.0)
    wait_until(lambda: bool(states and odometry), "the simulator")
    environment = os.environ | {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    with subprocess.Popen([sys.executable, "-c", GARBAGE], env=environment, stdout=subprocess.PIPE) as stranger:
        try:
            assert stranger.stdout is not None
            stranger.stdout.readline()
            wait_until(lambda: len(commands) > 1000, "garbage")
            start("policy", policy="random", state_timeout=20.0)
            end = FIRST_STAMP_NS + steps * PERIOD_NS
            wait_until(lambda: stamp_ns(states[-1]) >= end and stamp_ns(odometry[-1]) >= end, f"{steps} steps", 90)
        finally:
            stranger.terminate()
        rate = int(stranger.stdout.readline())
    policy = load_policy("random")
    kept = [{stamp_ns(message): message for message in list(messages)} for messages in (states, odometry)]
    result = compare(policy, replay(policy, 7, steps), *kept, {})
    assert result.difference is None
    assert result.states >= 0.9 * steps
    record(
        "10,000 garbage commands a second from a stranger",
        f"lockstep holds: the trajectory is the environment's ({rate:,} a second were sent)",
    )


def test_driver_says_that_a_stranger_sends_garbage_without_chatter(start, observer: Observer) -> None:
    garbage = observer.node.create_publisher(JointState, "joint_commands", 10)
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    driver = start("driver", defects=False)
    start("policy", policy="random")
    driver.wait_for("following them")
    with repeating(lambda: garbage.publish(JointState(name=["hip_9"], effort=[math.nan])), 0.01):
        wait_until(lambda: rejected(diagnostics) >= 150, "150 refusals")
    lines = driver.output.splitlines()
    assert sum("following them" in line for line in lines) == 1
    assert 1 <= sum("command rejected: expected each of" in line for line in lines) <= 10
    assert driver.stop() == 0
    assert "Traceback" not in driver.output
    record("garbage commands to the driver between the policy's", "refused and said once a second; the robot goes on")


def test_transitions_in_any_order_never_end_the_node(start, observer: Observer) -> None:
    policy = start("policy", policy="zero", autostart=False)
    rng = random.Random(5)
    transitions = [
        Transition.TRANSITION_CONFIGURE,
        Transition.TRANSITION_ACTIVATE,
        Transition.TRANSITION_DEACTIVATE,
        Transition.TRANSITION_CLEANUP,
        Transition.TRANSITION_CREATE,
        Transition.TRANSITION_DESTROY,
        200,
    ]
    allowed = {
        ("unconfigured", Transition.TRANSITION_CONFIGURE): "inactive",
        ("inactive", Transition.TRANSITION_ACTIVATE): "active",
        ("inactive", Transition.TRANSITION_CLEANUP): "unconfigured",
        ("active", Transition.TRANSITION_DEACTIVATE): "inactive",
    }
    state = "unconfigured"
    for _ in range(60):
        request = ChangeState.Request()
        request.transition.id = rng.choice(transitions)
        expected = allowed.get((state, request.transition.id))
        assert observer.call(ChangeState, "policy_node/change_state", request).success == (expected is not None)
        state = expected or state
        found = observer.call(GetState, "policy_node/get_state", GetState.Request()).current_state.label
        assert found == state
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    record("60 lifecycle transitions in random order", "invalid ones are refused, the node lives on")


def test_1000_resets_lose_nothing(start, observer: Observer) -> None:
    ends = observer.collect(DiagnosticArray, "/diagnostics")
    sim = start("sim", seed=1, sync=False)
    start("policy", policy="random")
    client = observer.node.create_client(Trigger, "sim_node/reset")
    assert client.wait_for_service(30.0)
    for _ in range(1000):
        future = client.call_async(Trigger.Request())
        wait_until(future.done, "a reset")
        assert future.result().success

    def episodes() -> set[str]:
        return {
            item.value
            for message in list(ends)
            for status in message.status
            if status.name == "/sim_node: episode"
            for item in status.values
            if item.key == "episode"
        }

    wait_until(lambda: len(episodes()) >= 1000, "1000 ends of episodes")
    assert sim.stop() == 0
    assert "Traceback" not in sim.output
    record("1,000 resets", "1,000 episodes, each reported")


def test_switches_and_arrays_that_mean_nothing_change_nothing(start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states")
    arrays = observer.node.create_publisher(Float64MultiArray, "effort_controller/commands", 10)
    release = observer.node.create_publisher(Bool, "e_stop", 10)
    sim = start("sim", command_interface="effort_controller")
    wait_until(lambda: arrays.get_subscription_count() == 1 and states, "the simulator listening")
    for data in ([], [1.0] * 7, [1.0] * 9, [math.nan] * 8, [0.0] * (HUGE // 8)):
        arrays.publish(Float64MultiArray(data=array("d", data)))
    release.publish(Bool(data=False))
    sim.wait_for("command rejected")
    count = len(states)
    wait_until(lambda: len(states) > count + 3, "states still being published")
    assert {stamp_ns(message) for message in states} == {FIRST_STAMP_NS}
    assert sim.stop() == 0
    assert "Traceback" not in sim.output
