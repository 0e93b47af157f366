"""States that come late and in disorder, and a wall clock that jumps under the driver alone."""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults import Torque, every_round, record
from joystick import Joystick
from nav_msgs.msg import Odometry
from processes import Observer, stamp_ns, wait_until
from rclpy.qos import qos_profile_sensor_data
from robots import Robot
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
"""Debian's package libfaketime."""


@pytest.fixture
def faketime_tidied() -> Iterator[None]:
    """libfaketime leaves shared memory behind; processes that still use it keep theirs."""

    def files() -> set[Path]:
        return {*Path("/dev/shm").glob("faketime_shm_*"), *Path("/dev/shm").glob("sem.faketime_sem_*")}

    before = files()
    yield
    for file in files() - before:
        file.unlink(missing_ok=True)


@every_round
def test_states_late_and_in_disorder(start, observer: Observer, robot: Robot, number: int) -> None:
    succeeds = SKILLS[robot.skilled](observer)
    driver = start("driver", late_rate=0.5, late_by=0.05, seed=number, **robot.parameters)
    policy = start("policy", policy=robot.skilled)
    driver.wait_for("following them")
    wait_until(succeeds, "three jumps over 1.6 m, or a walk of 1 m")
    assert policy.stop() == 0
    assert "Traceback" not in policy.output + driver.output
    record(
        robot, "half of all states 50 ms late, so out of order", "the robot jumps or walks; older states are dropped"
    )


def jumps(observer: Observer) -> Callable[[], bool]:
    """Condition that a robot has jumped three times."""
    heights = observer.collect(Float64, "torso_height", qos_profile_sensor_data)

    def three_jumps() -> bool:
        pairs = itertools.pairwise([message.data for message in list(heights)])
        return sum(low < 1.6 <= high for low, high in pairs) >= 3

    return three_jumps


def walks(observer: Observer) -> Callable[[], bool]:
    """Let a robot walk; condition that it has come 1 m forward from where it was."""
    odometry = observer.collect(Odometry, "odom", qos_profile_sensor_data)
    joystick = Joystick(observer)
    joystick.command = (0.5, 0.0, 0.0)
    observer.node.create_timer(0.1, joystick.publish)
    return lambda: bool(odometry) and odometry[-1].pose.pose.position.x > 1.0


SKILLS = {"sac": jumps, "walk": walks}


def largest_step(states: list) -> float:
    """Largest step between the stamps of two states [s]."""
    stamps = [stamp_ns(message) * 1e-9 for message in list(states)]
    return max((after - before for before, after in itertools.pairwise(stamps)), key=abs, default=0.0)


@every_round
@pytest.mark.parametrize("jump", ["+3600", "-3600"])
def test_wall_clock_of_the_driver_jumps(
    faketime_tidied, start, observer: Observer, robot: Robot, tmp_path: Path, jump: str, number: int
) -> None:
    if not FAKETIME.exists():
        pytest.skip(f"{FAKETIME.name} is not installed (apt install libfaketime)")
    shift = tmp_path / "shift"
    shift.write_text("+0\n")
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        # It reads the file once a second, not at every look at a clock: there are 10,000 of these a second.
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    torque = Torque(observer, robot)
    states = observer.collect(JointState, "joint_states", qos_profile_sensor_data)
    driver = start("driver", defects=False, seed=number, environment=environment, **robot.parameters)
    policy = start("policy", policy=robot.policy)
    driver.wait_for("following them")
    torque.wait_for_motion()
    at = time.monotonic()
    latches = observer.collect(Bool, "e_stop_active")
    shift.write_text(f"{jump}\n")
    wait_until(lambda: abs(largest_step(states)) > 3000.0, "stamps that jump")
    wait_until(lambda: time.monotonic() > at + 1.0, "a second of it")
    torque.wait_for_motion()
    count = len(latches)
    wait_until(lambda: len(latches) > count + 1, "e_stop_active, which runs on the steady clock")
    # It would hang at its end or crash: the library fakes the clock under DDS too.
    driver.process.kill()
    driver.wait()
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    record(robot, f"driver's wall clock jumps by {jump} s", "the robot continues")
