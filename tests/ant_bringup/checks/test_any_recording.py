"""Whatever a driver sends gives rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from recordings import CARD, RANGES

from ant_bringup.checks.driver import check_recording
from ant_bringup.checks.recording import BaseMessage, ImuMessage, JointMessage, Recording

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
    rows = check_recording(recording, CARD, RANGES)
    assert rows
    assert len({row.check for row in rows}) == len(rows)
    assert all(row.detail for row in rows)
    if not recording.joints or not recording.bases:
        assert [row.check for row in rows] == ["messages"]
