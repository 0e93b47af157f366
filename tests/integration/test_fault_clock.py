"""States that come late and in disorder, and a wall clock that jumps under the driver alone."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import Torque, every_round, record
from processes import Observer, stamp_ns, wait_until
from rclpy.qos import qos_profile_sensor_data
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
def test_states_late_and_in_disorder(start, observer: Observer, number: int) -> None:
    heights = observer.collect(Float64, "torso_height", qos_profile_sensor_data)
    driver = start("driver", late_rate=0.5, late_by=0.05, seed=number)
    policy = start("policy", policy="sac")
    driver.wait_for("following them")

    def jumps() -> int:
        pairs = itertools.pairwise([message.data for message in list(heights)])
        return sum(low < 1.6 <= high for low, high in pairs)

    wait_until(lambda: jumps() >= 3, "three jumps over 1.6 m")
    assert policy.stop() == 0
    assert "Traceback" not in policy.output + driver.output
    record("half of all states 50 ms late, so out of order", "the robot jumps; older states are dropped")


def largest_step(states: list) -> float:
    """Largest step between the stamps of two states [s]."""
    stamps = [stamp_ns(message) * 1e-9 for message in list(states)]
    return max((after - before for before, after in itertools.pairwise(stamps)), key=abs, default=0.0)


@every_round
@pytest.mark.parametrize("jump", ["+3600", "-3600"])
def test_wall_clock_of_the_driver_jumps(
    faketime_tidied, start, observer: Observer, tmp_path: Path, jump: str, number: int
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
    torque = Torque(observer)
    states = observer.collect(JointState, "joint_states", qos_profile_sensor_data)
    driver = start("driver", defects=False, seed=number, environment=environment)
    policy = start("policy", policy="random")
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
    record(f"driver's wall clock jumps by {jump} s", "the robot continues")
