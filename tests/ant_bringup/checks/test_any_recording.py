"""Whatever a driver sends gives rows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from quadruped_card import quadruped_card
from recordings import CARD, RANGES

from ant_bringup.checks.driver import check_recording, needed_topics
from ant_bringup.checks.recording import BaseMessage, ImuMessage, JointMessage, Recording
from ant_policy import Card

TIMES = st.sampled_from([0.0, 1.0, 1.0, 1.01, 1.05, 1.3, 3.0])
VALUES = st.sampled_from([0.0, 0.1, 1.0, -2.0, 1e9, np.nan, np.inf])
SERVOS = quadruped_card()
SERVOS = replace(SERVOS, action=replace(SERVOS.action, stiffness=dict.fromkeys(SERVOS.action.joints, 20.0)))


def vectors(size: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(VALUES, min_size=size, max_size=size).map(np.array)


@st.composite
def joint_messages(draw: st.DrawFn, joints: tuple[str, ...]) -> JointMessage:
    names = st.lists(st.sampled_from([*joints, "gripper"]), max_size=10)
    names = joints if draw(st.booleans()) else tuple(draw(names))
    sizes = st.sampled_from([len(names), len(names), len(names), 0, 3])
    values = [draw(vectors(draw(sizes))) for _ in range(3)]
    return JointMessage(draw(TIMES), draw(TIMES), names, *values)


def recordings(joints: tuple[str, ...]) -> st.SearchStrategy[Recording]:
    return st.builds(
        Recording,
        seconds=st.just(1.0),
        joints=st.lists(joint_messages(joints), max_size=8),
        commands=st.lists(joint_messages(joints), max_size=4),
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


@pytest.mark.parametrize("card", [CARD, SERVOS], ids=["motors", "servos"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning:numpy")
@pytest.mark.filterwarnings("ignore::RuntimeWarning:ant_bringup")
@given(data=st.data())
@settings(max_examples=300)
def test_any_recording_gives_rows_and_never_a_traceback(card: Card, data: st.DataObject) -> None:
    recording = data.draw(recordings(card.joints.names))
    rows = check_recording(recording, card, RANGES)
    assert rows
    assert len({row.check for row in rows}) == len(rows)
    assert all(row.detail for row in rows)
    if any(topic not in recording.topics for topic in needed_topics(card)):
        assert [row.check for row in rows] == ["messages"]
