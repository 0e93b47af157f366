"""States that come late and in disorder, and a wall clock that jumps under the driver alone."""

import itertools
import time
from pathlib import Path

import pytest
from faults import Torque, every_round, record
from processes import Observer, wait_until
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Float64

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
"""Debian's package libfaketime."""


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
    record("half of all states 50 ms late, hence in disorder", "the robot jumps; older states are dropped")


@every_round
@pytest.mark.parametrize(("jump", "outcome"), [("+3600", "the robot goes on"), ("-3600", "limp; goes on by itself")])
def test_wall_clock_of_the_driver_jumps(
    start, observer: Observer, tmp_path: Path, jump: str, outcome: str, number: int
) -> None:
    if not FAKETIME.exists():
        pytest.skip(f"{FAKETIME.name} is not installed (apt install libfaketime)")
    shift = tmp_path / "shift"
    shift.write_text("+0\n")
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    torque = Torque(observer)
    start("driver", defects=False, seed=number, environment=environment)
    policy = start("policy", policy="random")
    torque.wait_for_motion()
    at = time.monotonic()
    shift.write_text(f"{jump}\n")
    if jump.startswith("-"):
        # Every state is older than the newest one now, until the policy takes the source for restarted.
        policy.wait_for("states are back|no joint_states|older")
    wait_until(lambda: time.monotonic() > at + 1.0, "a second of it")
    torque.wait_for_motion()
    # How the driver ends is not looked at: it runs on a library that fakes the clock under DDS too.
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    record(f"wall clock of the driver jumps by {jump} s", outcome)
