"""Processes that die, hang or come back: the robot stops, says why, and resumes by itself where it may."""

import signal
import time

from faults import Torque, commands_of, every_round, record
from processes import Observer, stamp_ns, wait_until
from robots import Robot
from sensor_msgs.msg import JointState

LIMIT = 0.2 + 0.3
"""Longest time until a stop [s], as its sender measures it: the timeout, and what a busy machine may add."""


@every_round
def test_policy_is_killed(start, observer: Observer, robot: Robot, number: int) -> None:
    torque = Torque(observer, robot)
    driver = start("driver", defects=False, seed=number, **robot.parameters)
    policy = start("policy", policy=robot.policy)
    driver.wait_for("commands come")  # before that, a robot that takes positions moves as well
    torque.wait_for_motion()
    at = time.time()
    policy.process.kill()
    seconds = torque.seconds_until_limp(at)
    policy.wait()
    assert seconds < LIMIT
    driver.wait_for(f"no command for 0.2 s: {robot.consequence} until one comes")
    start("policy", policy=robot.policy)
    torque.wait_for_motion()
    record(robot, "policy killed (SIGKILL)", "stopped; a new policy takes over", seconds)


@every_round
def test_policy_hangs_and_comes_back(start, observer: Observer, robot: Robot, number: int) -> None:
    torque = Torque(observer, robot)
    driver = start("driver", defects=False, seed=number, **robot.parameters)
    policy = start("policy", policy=robot.policy)
    driver.wait_for("commands come")  # before that, a robot that takes positions moves as well
    torque.wait_for_motion()
    at = time.time()
    policy.process.send_signal(signal.SIGSTOP)
    seconds = torque.seconds_until_limp(at)
    assert seconds < LIMIT
    driver.wait_for(f"no command for 0.2 s: {robot.consequence} until one comes")
    policy.process.send_signal(signal.SIGCONT)
    torque.wait_for_motion()
    record(robot, "policy hangs (SIGSTOP), then resumes (SIGCONT)", "stopped; resumes by itself", seconds)


@every_round
def test_driver_hangs_and_comes_back(start, observer: Observer, robot: Robot, number: int) -> None:
    torque = Torque(observer, robot)
    commands = commands_of(robot, observer)
    driver = start("driver", defects=False, seed=number, **robot.parameters)
    policy = start("policy", policy=robot.policy)
    torque.wait_for_motion()
    commands.wait_for_motion()
    driver.process.send_signal(signal.SIGSTOP)
    at = time.time()
    policy.wait_for("no (joint_states|odom|imu) for 0.2 s")
    seconds = commands.seconds_until_stop(at)
    assert seconds < LIMIT
    # What the robot measured meanwhile comes first.
    resumed = time.time()
    driver.process.send_signal(signal.SIGCONT)
    policy.wait_for("states are back")
    torque.wait_for_motion(since=resumed)
    record(
        robot, "driver hangs (SIGSTOP), then resumes (SIGCONT)", "policy commands a stop; resumes by itself", seconds
    )


@every_round
def test_driver_is_killed_and_restarted(start, observer: Observer, robot: Robot, number: int) -> None:
    commands = commands_of(robot, observer)
    torque = Torque(observer, robot)
    driver = start("driver", defects=False, seed=number, **robot.parameters)
    policy = start("policy", policy=robot.policy)
    torque.wait_for_motion()
    commands.wait_for_motion()
    at = time.time()
    driver.process.kill()
    policy.wait_for("no (joint_states|odom|imu) for 0.2 s")
    seconds = commands.seconds_until_stop(at)
    driver.wait()
    assert seconds < LIMIT
    start("driver", defects=False, seed=number, **robot.parameters)
    policy.wait_for("states are back")
    torque.wait_for_motion()
    record(robot, "driver killed and restarted", "policy commands a stop; resumes by itself", seconds)


@every_round
def test_simulator_is_killed_and_restarted(start, observer: Observer, robot: Robot, number: int) -> None:
    states = observer.collect(JointState, "joint_states")
    commands = commands_of(robot, observer)
    sim = start("sim", seed=number, **robot.parameters)
    policy = start("policy", policy=robot.policy)
    wait_until(lambda: len(states) > 5 and stamp_ns(states[-1]) > 2_000_000_000, "the robot in motion")
    commands.wait_for_motion()
    at = time.time()
    sim.process.kill()
    policy.wait_for("no (joint_states|odom|imu) for 0.2 s")
    seconds = commands.seconds_until_stop(at)
    sim.wait()
    assert seconds < LIMIT
    states.clear()
    start("sim", seed=number, **robot.parameters)
    policy.wait_for("states are back")
    wait_until(
        lambda: len(states) > 5 and not robot.stopped(states[-1]) and stamp_ns(states[-1]) > 1_500_000_000,
        "motion in the simulation that began anew, with its clock back at 1 s",
    )
    fault = "simulator killed and restarted (its clock jumps back)"
    record(robot, fault, "policy commands a stop; resumes by itself", seconds)
