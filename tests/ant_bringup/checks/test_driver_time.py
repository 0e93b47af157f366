"""Rates and the passing of time."""

from dataclasses import replace

import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from recordings import CARD, MOVING, RANGES, RESTING, row, verdicts

from ant_bringup.checks.driver import check_recording
from ant_bringup.checks.recording import Recording


def test_rates_are_judged_by_the_control_period_of_the_card() -> None:
    """The robot publishes 200 joint_states and 100 odom a second."""
    rows = check_recording(MOVING, replace(CARD, control_period=0.008), RANGES)
    found = {row.check: row.verdict for row in rows}
    assert (found["joint_states rate"], found["odom rate"]) == ("pass", "fail")


def standing(recording: Recording, count: int) -> Recording:
    """The first messages of each topic, all of one time: a simulator that waits repeats its state."""
    return replace(
        recording,
        joints=[replace(recording.joints[0], received=1.0, stamp=1.0)] * count,
        bases=[replace(recording.bases[0], received=1.0, stamp=1.0)] * count,
        imus=[replace(recording.imus[0], received=1.0, stamp=1.0)] * count,
        heights=[(1.0, recording.heights[0][1])] * count,
    )


@pytest.mark.parametrize("count", [2, 20])
def test_time_that_stands_still_is_one_failure_that_says_so(count: int) -> None:
    rows = {row.check: row for row in check_recording(standing(RESTING, count), CARD, RANGES)}
    assert rows["clock"].detail.startswith("time stands still at 1.00 s")
    assert [name for name, row in rows.items() if row.verdict == "fail"] == ["clock"]
    assert rows["joint_states rate"].verdict == rows["odom rate"].verdict == "not observed"


def test_one_message_is_too_few_and_none_is_silence() -> None:
    one, none = verdicts(standing(RESTING, 1)), verdicts(standing(RESTING, 0))
    assert one["joint_states rate"] == one["odom rate"] == "fail"
    assert none == {"messages": "fail"}


def test_time_that_jumps_back_is_named() -> None:
    joints = [replace(RESTING.joints[0], received=5.0), replace(RESTING.joints[1], received=2.0)]
    assert row(replace(RESTING, joints=joints), "clock").detail.startswith("time jumped back from 5.00 to 2.00 s")
