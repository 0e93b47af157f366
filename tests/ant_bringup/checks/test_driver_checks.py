"""Each way of breaking the contract is found by its check, and by no other."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from ant_bringup.check_driver import model_ranges
from ant_bringup.checks.driver import check_recording
from ant_bringup.checks.joints import newest
from ant_bringup.checks.recording import BaseMessage, ImuMessage, JointMessage, Recording, Row
from ant_bringup.fake_robot.robot import PERIOD, Defects, FakeRobot
from ant_policy import load_policy
from ant_policy.card.card import default_card
from ant_sim import MODEL_PATH
from ant_sim.physics.robot import load_robot

CARD = default_card("sac")
RANGES = model_ranges(str(MODEL_PATH))
EPOCH = 1_700_000_000.0
"""Start of the recording [s]."""


def imu_message(time: float, robot: FakeRobot, base: dict[str, np.ndarray]) -> ImuMessage:
    motion = np.array(robot.acceleration_b()), base["quaternion"], base["angular_velocity_b"]
    return ImuMessage(time + 0.003, time, robot.introduction["base_link"], *motion)


def record(defects: Defects, effort: float, seconds: float = 2.0) -> Recording:
    """Measurements of a fake robot while each motor is driven by a slow wave, or rests."""
    robot = FakeRobot(load_robot(MODEL_PATH), defects)
    for _ in range(round(2.0 / PERIOD)):
        robot.step()
    if effort:
        robot.simulator.data.qpos[2] += 3.0
        robot.simulator.data.qvel[3:6] = [3.0, -4.0, 2.0]
        robot.simulator.data.qvel[:3] = [1.0, 2.0, 0.0]
    recording = Recording(seconds)
    for tick in range(round(seconds / PERIOD)):
        time = EPOCH + tick * PERIOD
        if effort and tick % 25 == 0:
            wave = effort * np.sin(2.0 * np.pi * (2.0 * time + np.arange(8) / 8.0))
            robot.command("effort", dict(zip(robot.introduction["limits"], wave.tolist(), strict=True)))
        robot.step()
        if tick % 2 == 0:
            positions, velocities, efforts = (np.array(row) for row in robot.joints())
            recording.joints.append(JointMessage(time + 0.003, time, robot.joint_names, positions, velocities, efforts))
        if tick % 5 == 0:
            base = {name: np.array(values) for name, values in robot.base().items()}
            recording.bases.append(
                BaseMessage(
                    time + 0.003,
                    time,
                    "odom",
                    "torso",
                    base["position_w"],
                    base["quaternion"],
                    base["velocity_b"],
                    base["angular_velocity_b"],
                )
            )
            recording.imus.append(imu_message(time, robot, base))
            recording.heights.append((time + 0.003, float(base["position_w"][2])))
        if tick % 50 == 0:
            recording.e_stops.append((time, False))
    return recording


MOVING = record(Defects.none(), effort=20.0)
RESTING = record(Defects.none(), effort=0.0)


def verdicts(recording: Recording) -> dict[str, str]:
    return {row.check: row.verdict for row in check_recording(recording, CARD, RANGES)}


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


def every_joints(recording: Recording, **changes) -> Recording:
    changed = [replace(m, **{name: change(m) for name, change in changes.items()}) for m in recording.joints]
    return replace(recording, joints=changed)


def every_base(recording: Recording, **changes) -> Recording:
    changed = [replace(m, **{name: change(m) for name, change in changes.items()}) for m in recording.bases]
    return replace(recording, bases=changed)


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


def part(message: JointMessage, keep, delay: float = 0.0) -> JointMessage:
    """A message with the joints of another one whose names are to be kept, measured later by `delay` [s]."""
    kept = [i for i, name in enumerate(message.names) if keep(name)]
    values = {name: getattr(message, name)[kept] for name in ("positions", "velocities", "efforts")}
    return replace(message, stamp=message.stamp + delay, names=tuple(message.names[i] for i in kept), **values)


def in_pieces(recording: Recording, delay: float = 0.0) -> Recording:
    """Hips and ankles in messages of their own, and those of another robot between them."""
    pieces = [
        piece
        for each in recording.joints
        for piece in (
            part(each, lambda name: name.startswith("hip")),
            JointMessage(each.received, 0.0, ("elbow",), np.array([np.nan]), np.array([]), np.array([])),
            part(each, lambda name: name.startswith("ankle"), delay),
        )
    ]
    return replace(recording, joints=pieces)


def row(recording: Recording, check: str) -> Row:
    return next(row for row in check_recording(recording, CARD, RANGES) if row.check == check)


@pytest.mark.parametrize("delay", [0.0, 0.002])
def test_states_in_pieces_that_complete_each_other_pass(delay: float) -> None:
    assert verdicts(in_pieces(MOVING, delay)) == verdicts(MOVING)
    detail = row(in_pieces(MOVING, delay), "joint names").detail
    assert detail == (
        "all 8, in pieces (4 + 4 joints) that complete each other within 20 ms (pairing_tolerance); ignored: elbow"
    )


def test_pieces_whose_stamps_are_too_far_apart_fail() -> None:
    found = row(in_pieces(MOVING, delay=-0.1), "joint names")
    assert found.verdict == "fail"
    assert "0% of the messages" in found.detail
    assert "further apart" in found.detail


def test_joint_that_no_piece_has_fails() -> None:
    found = row(replace(MOVING, joints=[part(each, lambda n: n != "hip_3") for each in MOVING.joints]), "joint names")
    assert found.verdict == "fail"
    assert found.detail.startswith("'hip_3' is there 0 times; found: hip_1")


def test_joints_of_another_robot_alone_fail_with_both_names() -> None:
    (found,) = check_recording(every_joints(MOVING, names=lambda m: tuple("abcdefgh")), CARD, RANGES)
    assert (found.check, found.verdict) == ("joint names", "fail")
    assert found.detail.startswith("none of the policy's joints; found: a, b, c")


@pytest.mark.parametrize(
    ("velocities", "said"),
    [
        (lambda m: np.array([]), "'velocity' is empty, joint 'hip_1' has none; the policy refuses"),
        (lambda m: np.where(np.array(m.names) == "ankle_2", np.nan, m.velocities), "velocity of 'ankle_2' is nan"),
    ],
)
def test_velocity_that_is_missing_is_said_plainly_and_all_else_is_checked(velocities, said: str) -> None:
    broken = every_joints(MOVING, velocities=velocities)
    found = verdicts(broken)
    assert {name for name in found if found[name] != verdicts(MOVING)[name]} == {"joint velocities"}
    assert said in row(broken, "joint velocities").detail
    assert "velocity_from_positions" in row(broken, "joint velocities").detail


def test_efforts_in_pieces_are_those_of_the_newest_message_of_each_joint() -> None:
    names = ("a", "b")
    pieces = [
        JointMessage(0.0, 0.0, (name,), np.zeros(1), np.zeros(1), np.array([effort]))
        for name, effort in (("a", 0.0), ("b", 2.0), ("a", 0.0), ("x", 9.0))
    ]
    assert newest(pieces, names, "efforts") == {"a": 0.0, "b": 2.0}
    assert newest(pieces[:1], names, "efforts") == {"a": 0.0}
    assert newest(pieces[3:], names, "efforts") == {}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("field", ["position", "quaternion", "velocity", "angular_velocity"])
def test_odometry_that_is_not_finite_is_found(field: str, value: float) -> None:
    bases = list(MOVING.bases)
    spoilt = getattr(bases[7], field).copy()
    spoilt[1] = value
    bases[7] = replace(bases[7], **{field: spoilt})
    assert verdicts(replace(MOVING, bases=bases))["finite values"] == "fail"


@pytest.mark.parametrize("silent", ["joints", "bases"])
def test_silent_driver_fails_at_once(silent: str) -> None:
    assert verdicts(replace(MOVING, **{silent: []})) == {"messages": "fail"}


def test_rates_are_judged_by_the_control_period_of_the_card() -> None:
    """The robot publishes 200 joint_states and 100 odom a second."""
    rows = check_recording(MOVING, replace(CARD, control_period=0.008), RANGES)
    found = {row.check: row.verdict for row in rows}
    assert (found["joint_states rate"], found["odom rate"]) == ("pass", "fail")


def test_position_that_the_policy_has_never_seen_is_a_warning() -> None:
    card = load_policy("sac").card
    far = every_joints(RESTING, positions=lambda m: m.positions + 0.9)
    rows = {row.check: row for row in check_recording(far, card, RANGES)}
    assert rows["envelope of the card"].verdict == "warning"
    assert "hip_1" in rows["envelope of the card"].detail


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
    (row,) = [row for row in rows_of(replace(RESTING, joints=joints)) if row.check == "clock"]
    assert row.detail.startswith("time jumped back from 5.00 to 2.00 s")


def rows_of(recording: Recording) -> list[Row]:
    return check_recording(recording, CARD, RANGES)


TIMES = st.sampled_from([0.0, 1.0, 1.0, 1.01, 1.05, 1.3, 3.0])
VALUES = st.sampled_from([0.0, 0.1, 1.0, -2.0, 1e9, np.nan, np.inf])
NAMES = st.sampled_from([*CARD.joints.names, "gripper"])


def vectors(size: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(VALUES, min_size=size, max_size=size).map(np.array)


@st.composite
def joint_messages(draw: st.DrawFn) -> JointMessage:
    whole = draw(st.booleans())
    names = CARD.joints.names if whole else tuple(draw(st.lists(NAMES, max_size=10)))
    sizes = st.sampled_from([len(names), len(names), len(names), 0, 3])
    values = [draw(vectors(draw(sizes))) for _ in range(3)]
    return JointMessage(draw(TIMES), draw(TIMES), names, *values)


RECORDINGS = st.builds(
    Recording,
    seconds=st.just(1.0),
    joints=st.lists(joint_messages(), max_size=8),
    bases=st.lists(
        st.builds(
            BaseMessage,
            received=TIMES,
            stamp=TIMES,
            frame=st.sampled_from(["odom", "map", ""]),
            child_frame=st.sampled_from(["torso", ""]),
            position=vectors(3),
            quaternion=vectors(4),
            velocity=vectors(3),
            angular_velocity=vectors(3),
        ),
        max_size=8,
    ),
    imus=st.lists(
        st.builds(ImuMessage, TIMES, TIMES, st.just("torso"), vectors(3), vectors(4), vectors(3)), max_size=6
    ),
    heights=st.lists(st.tuples(TIMES, VALUES), max_size=3),
    e_stops=st.lists(st.tuples(TIMES, st.booleans()), max_size=3),
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning:numpy")
@given(RECORDINGS)
@settings(max_examples=300)
def test_any_recording_gives_rows_and_never_a_traceback(recording: Recording) -> None:
    rows = rows_of(recording)
    assert rows
    assert len({row.check for row in rows}) == len(rows)
    assert all(row.detail for row in rows)
    if not recording.joints or not recording.bases:
        assert [row.check for row in rows] == ["messages"]
