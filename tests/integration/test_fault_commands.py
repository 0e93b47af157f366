"""Commands that are wrong in every way: refused and named, and the robot continues."""

import math
import os
import signal
import subprocess
import sys
import time
from array import array

from diagnostic_msgs.msg import DiagnosticArray
from faults import BAD, HUGE, record
from nav_msgs.msg import Odometry
from processes import Observer, repeating, stamp_ns, wait_until
from rclpy.qos import qos_profile_sensor_data
from robots import Robot
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Bool, Float64MultiArray
from std_srvs.srv import SetBool

from ant_bringup.checks.parity import compare
from ant_bringup.checks.reference import replay, run_loop
from ant_policy import load_policy
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.physics.robot import load_robot
from ant_sim.physics.shipped import find_model


def rejected(diagnostics: list[DiagnosticArray]) -> int:
    """Number of commands that a simulator or driver reports as refused."""
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


def test_commands_of_every_bad_kind_are_refused_while_the_policy_commands(
    start, observer: Observer, robot: Robot
) -> None:
    states = observer.collect(JointState, "joint_states")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    stranger = observer.node.create_publisher(JointState, "joint_commands", 10)
    sim = start("sim", seed=1, **robot.parameters)
    start("policy", policy=robot.policy)
    wait_until(lambda: len(states) > 10 and not robot.stopped(states[-1]), "the robot in motion")
    wait_until(lambda: stranger.get_subscription_count() >= 1, "the simulator listening")
    joints, count = list(robot.joints), len(robot.joints)
    bad = [
        robot.command([*[1.0] * i, value, *[1.0] * (count - 1 - i)]) for i in range(count) for value in (*BAD, 1e300)
    ]
    bad += [
        JointState(),
        robot.command([]),
        robot.command([1.0] * (count - 1)),
        robot.command(array("d", bytes(HUGE))),
        robot.command([1.0], ["x" * HUGE]),
        robot.command([1.0] * 2 * count, [*joints, *joints]),
        # Those of another kind of robot.
        JointState(name=joints, **{"position" if robot.interface == "effort" else "effort": [1.0] * count}),
    ]
    for command in bad:
        stranger.publish(command)
        # An answer from the simulator: it has looked at its queue, which is shorter than this list.
        observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=False))

    wait_until(lambda: rejected(diagnostics) >= len(bad), f"{len(bad)} refusals")
    count = len(states)
    wait_until(lambda: len(states) > count + 10 and not robot.stopped(states[-1]), "the robot in motion still")
    assert sim.stop() == 0
    assert "Traceback" not in sim.output
    fault = "commands that are not finite, of wrong length, empty or of 10 MB"
    record(robot, fault, f"{len(bad)} refused; the robot continues")


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


def test_lockstep_holds_under_10000_garbage_commands_a_second(
    start, observer: Observer, robot: Robot, domain: int
) -> None:
    steps = 60
    states = observer.collect(JointState, "joint_states")
    odometry = observer.collect(Odometry, "odom")
    inertial = observer.collect(Imu, "imu")
    commands = observer.collect(JointState, "joint_commands", 100)
    start("sim", seed=7, real_time_factor=0.0, command_timeout=20.0, **robot.parameters)
    wait_until(lambda: bool(states and odometry), "the simulator")
    environment = os.environ | {"ROS_DOMAIN_ID": str(domain)}
    with subprocess.Popen([sys.executable, "-c", GARBAGE], env=environment, stdout=subprocess.PIPE) as stranger:
        try:
            assert stranger.stdout is not None
            stranger.stdout.readline()
            wait_until(lambda: len(commands) > 1000, "garbage")
            start("policy", policy=robot.policy, state_timeout=20.0)
            policy = load_policy(robot.policy)
            end = FIRST_STAMP_NS + steps * round(policy.card.control_period * 1e9)
            topics = states, odometry, inertial
            wait_until(lambda: all(stamp_ns(topic[-1]) >= end for topic in topics), f"{steps} steps", 90)
        finally:
            stranger.terminate()
        rate = int(stranger.stdout.readline())
    kept = [{stamp_ns(message): message for message in list(messages)} for messages in topics]
    if robot.interface == "effort":
        result = compare(policy, replay(policy, 7, steps), *kept[:2], {})
    else:
        instants = run_loop(policy, load_robot(find_model(robot.name)), 7, steps)
        result = compare(policy, instants, *kept[:2], {}, kept[2])
    assert result.difference is None
    assert result.states >= 0.9 * steps
    record(
        robot,
        "10,000 garbage commands a second from a stranger",
        f"lockstep holds: the trajectory is that without ROS ({rate:,} a second were sent)",
    )


def test_driver_says_that_a_stranger_sends_garbage_without_chatter(start, observer: Observer, robot: Robot) -> None:
    garbage = observer.node.create_publisher(JointState, "joint_commands", 10)
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    driver = start("driver", defects=False, **robot.parameters)
    start("policy", policy=robot.policy)
    driver.wait_for("following them")
    begin = time.monotonic()
    with repeating(lambda: garbage.publish(JointState(name=["hip_9"], effort=[math.nan])), 0.01):
        wait_until(lambda: rejected(diagnostics) >= 150, "150 refusals")
    seconds = time.monotonic() - begin
    # A busy machine may hold the policy up; then, and only then, the driver says that commands come again.
    assert driver.output.count("following them") <= 1 + driver.output.count("no command for")
    assert 1 <= driver.output.count("command rejected: expected each of") <= seconds + 2.0
    assert driver.stop() == 0
    assert "Traceback" not in driver.output
    fault = "garbage commands to the driver between the policy's"
    record(robot, fault, "refused, logged once a second; the robot continues")


def test_commands_that_waited_while_the_driver_hung_move_nothing(start, observer: Observer, robot: Robot) -> None:
    states = observer.collect(JointState, "joint_states", qos_profile_sensor_data)
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    commands = observer.node.create_publisher(JointState, "joint_commands", 10)
    driver = start("driver", defects=False, **robot.parameters)
    wait_until(lambda: commands.get_subscription_count() == 1 and states, "the driver")

    def answer(state: JointState, value: float, field: str = robot.interface) -> JointState:
        command = JointState(name=state.name, **{field: [value] * len(state.name)})
        command.header.stamp = state.header.stamp
        return command

    # The driver knows of this publisher only when it has heard it: best effort, nothing before that is kept.
    with repeating(lambda: commands.publish(answer(states[-1], 0.0, "effort")), 0.01):
        driver.wait_for("following them")
    driver.wait_for("no command for")
    driver.process.send_signal(signal.SIGSTOP)
    command = answer(states[-1], 1.0)
    for _ in range(5):
        commands.publish(command)
    wait_until(lambda: time.time() > stamp_ns(command) * 1e-9 + 0.3, "the commands to be old")
    resumed = time.time()
    driver.process.send_signal(signal.SIGCONT)
    driver.wait_for("command rejected: its stamp is .* s old; expected at most 0.2 s")
    wait_until(lambda: rejected(diagnostics) == 5, "five refusals")
    wait_until(lambda: stamp_ns(states[-1]) * 1e-9 > resumed + 0.3, "states measured since then")
    stopped = [message for message in states if stamp_ns(message) * 1e-9 > resumed]
    assert all(map(robot.stopped, stopped))
    assert driver.stop() == 0


def test_switches_and_arrays_that_mean_nothing_change_nothing(start, observer: Observer, robot: Robot) -> None:
    states = observer.collect(JointState, "joint_states")
    controller, count = f"{robot.interface}_controller", len(robot.joints)
    arrays = observer.node.create_publisher(Float64MultiArray, f"{controller}/commands", 10)
    release = observer.node.create_publisher(Bool, "e_stop", 10)
    sim = start("sim", command_interface=controller, **robot.parameters)
    wait_until(lambda: arrays.get_subscription_count() == 1 and states, "the simulator listening")
    bad = [Float64MultiArray(data=array("d", data)) for data in ([], [1.0] * (count - 1), [1.0] * (count + 1))]
    bad.append(Float64MultiArray(data=array("d", [math.nan] * count)))
    bad.append(Float64MultiArray(data=array("d", bytes(HUGE))))

    def send() -> None:
        for message in bad:
            arrays.publish(message)
        release.publish(Bool(data=False))

    with repeating(send):
        sim.wait_for("command rejected")
    count = len(states)
    wait_until(lambda: len(states) > count + 3, "states still being published")
    assert {stamp_ns(message) for message in states} == {FIRST_STAMP_NS}
    assert sim.stop() == 0
    assert "Traceback" not in sim.output
