"""Each way of breaking the contract is found by its check, and by no other."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from recordings import CARD, MOVING, RANGES, RESTING, every_base, every_joints, record, verdicts

from ant_bringup.checks.driver import check_recording
from ant_bringup.checks.recording import BaseMessage, Recording
from ant_bringup.fake_robot.robot import Defects
from ant_policy import load_policy
from ant_policy.card.observation import Observation, Term


def test_moving_robot_passes_all_that_motion_shows() -> None:
    assert verdicts(MOVING) == dict.fromkeys(verdicts(MOVING), "pass") | {
        "imu gravity": "not observed",
        "envelope of the card": "not observed",
    }


def test_resting_robot_passes_the_rest_and_motion_is_not_observed() -> None:
    found = verdicts(RESTING)
    assert found["imu gravity"] == "pass"
    assert {name for name, verdict in found.items() if verdict == "not observed"} == {
        "twist.linear",
        "twist.angular",
        "imu angular velocity",
        "joint velocities",
        "envelope of the card",
    }


def test_default_defects_still_fit_the_contract() -> None:
    found = verdicts(record(Defects(), effort=20.0))
    assert "fail" not in found.values()
    assert found["twist.linear"] == found["joint velocities"] == "pass"


def test_noise_of_encoders_at_rest_is_no_motion() -> None:
    rng = np.random.default_rng(0)
    noisy = every_joints(RESTING, positions=lambda m: m.positions + rng.normal(0.0, 0.008, m.positions.shape))
    assert verdicts(noisy)["joint velocities"] == "not observed"


UNITS = ("joint positions", "joint velocities")
"""Checks that are not made where joint names are not sound."""


def in_odom(message: BaseMessage, vector) -> np.ndarray:
    w, x, y, z = message.quaternion
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    return rotation @ vector


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (replace(MOVING, joints=MOVING.joints[::60]), {"joint_states rate", "joint velocities"}),
        (replace(MOVING, joints=MOVING.joints[:200] + MOVING.joints[300:]), {"joint_states rate"}),
        (every_joints(MOVING, names=lambda m: ("knee", *m.names[1:])), {"joint names", "joint units", *UNITS}),
        (every_joints(MOVING, positions=lambda m: m.positions[:7]), {"joint names", "joint units", *UNITS}),
        (every_joints(MOVING, positions=lambda m: np.degrees(m.positions)), {"joint positions", "joint velocities"}),
        (every_joints(MOVING, velocities=lambda m: -m.velocities), {"joint velocities"}),
        (every_joints(MOVING, velocities=lambda m: np.degrees(m.velocities)), {"joint velocities"}),
        (every_joints(MOVING, stamp=lambda m: 0.0), {"joint_states stamps", "paired stamps", "joint velocities"}),
        (every_joints(MOVING, received=lambda m: m.received + 1.0), {"joint_states stamps"}),
        (every_base(MOVING, received=lambda m: m.received - 1.0), {"odom stamps", "torso_height"}),
        (every_joints(MOVING, stamp=lambda m: m.stamp - 100.0), {"joint_states stamps", "paired stamps"}),
        (every_base(MOVING, frame=lambda m: "map"), {"frame ids"}),
        (every_base(MOVING, child_frame=lambda m: "base_link"), {"frame ids"}),
        (every_base(MOVING, quaternion=lambda m: 1.1 * m.quaternion), {"orientation"}),
        (every_base(MOVING, velocity=lambda m: in_odom(m, m.velocity)), {"twist.linear"}),
        (every_base(MOVING, angular_velocity=lambda m: in_odom(m, m.angular_velocity)), {"twist.angular"}),
        (replace(RESTING, imus=[replace(m, acceleration=0.0 * m.acceleration) for m in RESTING.imus]), {"imu gravity"}),
        (replace(RESTING, imus=[replace(m, acceleration=-m.acceleration) for m in RESTING.imus]), {"imu gravity"}),
        (replace(RESTING, imus=[replace(m, frame="imu_link") for m in RESTING.imus]), {"frame ids"}),
        (replace(MOVING, heights=[(at, z + 0.5) for at, z in MOVING.heights]), {"torso_height"}),
        (replace(MOVING, e_stops=[]), {"e_stop_active"}),
        (replace(MOVING, e_stops=MOVING.e_stops[::10]), {"e_stop_active"}),
    ],
)
def test_broken_contract_is_found(broken: Recording, check: set[str]) -> None:
    sound = verdicts(RESTING if broken.bases[0].position[2] < 1.0 else MOVING)
    found = verdicts(broken)
    changed = {name for name in {*found, *sound} if found.get(name) != sound.get(name)}
    assert changed <= check
    assert "fail" in {verdicts(broken).get(name) for name in check}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("field", ["position", "quaternion", "velocity", "angular_velocity"])
def test_odometry_that_is_not_finite_is_found(field: str, value: float) -> None:
    bases = list(MOVING.bases)
    spoilt = getattr(bases[7], field).copy()
    spoilt[1] = value
    bases[7] = replace(bases[7], **{field: spoilt})
    assert verdicts(replace(MOVING, bases=bases))["finite values"] == "fail"


def test_imu_without_orientation_is_no_fault_unless_the_policy_reads_it() -> None:
    blind = replace(RESTING, imus=[replace(each, quaternion=np.array([])) for each in RESTING.imus])
    found = verdicts(blind)
    assert "imu orientation" not in found
    assert "fail" not in found.values()
    terms = (Term("projected_gravity", source="imu"),)
    rows = check_recording(blind, replace(CARD, observation=Observation(terms)), RANGES)
    assert [row.verdict for row in rows if row.check == "imu orientation"] == ["fail"]


@pytest.mark.parametrize("silent", ["joints", "bases"])
def test_silent_driver_fails_at_once(silent: str) -> None:
    assert verdicts(replace(MOVING, **{silent: []})) == {"messages": "fail"}


def test_position_that_the_policy_has_never_seen_is_a_warning() -> None:
    card = load_policy("sac").card
    far = every_joints(RESTING, positions=lambda m: m.positions + 0.9)
    rows = {row.check: row for row in check_recording(far, card, RANGES)}
    assert rows["envelope of the card"].verdict == "warning"
    assert "hip_1" in rows["envelope of the card"].detail
