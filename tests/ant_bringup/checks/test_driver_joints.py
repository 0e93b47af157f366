"""Joint states by name, in one message or in pieces."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from recordings import CARD, MOVING, RANGES, every_joints, row, verdicts

from ant_bringup.checks.driver import check_recording
from ant_bringup.checks.joints import newest
from ant_bringup.checks.recording import JointMessage, Recording


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


@pytest.mark.parametrize("delay", [0.0, 0.002])
def test_states_in_pieces_that_complete_each_other_pass(delay: float) -> None:
    assert verdicts(in_pieces(MOVING, delay)) == verdicts(MOVING)
    detail = row(in_pieces(MOVING, delay), "joint names").detail
    assert detail == (
        "all 8, in pieces (4 + 4 joints) that complete each other within 20 ms (pairing_tolerance); ignored: elbow"
    )


def test_joint_that_the_card_lacks_is_a_warning_and_all_else_is_checked() -> None:
    def with_tail(message: JointMessage) -> JointMessage:
        values = {name: np.append(getattr(message, name), 0.0) for name in ("positions", "velocities", "efforts")}
        return replace(message, names=(*message.names, "tail"), **values)

    recording = replace(MOVING, joints=[with_tail(each) for each in MOVING.joints])
    assert verdicts(recording) == verdicts(MOVING) | {"joint names": "warning"}
    detail = "all 8; not on the card: tail: if driven, the driver refuses all commands"
    assert row(recording, "joint names").detail == detail


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
