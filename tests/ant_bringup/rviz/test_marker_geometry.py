"""Shapes say what the state is."""

import itertools

import numpy as np
import pytest

from ant_bringup.rviz.marker_geometry import (
    ARROW_LENGTH,
    HEIGHT,
    NEGATIVE,
    POSITIVE,
    REWARD,
    STALE,
    Colour,
    effort_marks,
    height_marks,
    legend_mark,
    reward_marks,
    status_mark,
)
from ant_bringup.rviz.robot_description import JointAxis
from ant_sim.tasks.jump import height_reward

JOINT = JointAxis("hip_1", "thigh_1", (0.0, 0.6, 0.8), 300.0, "N m")
STAMP = 5


def arrow(effort: float | None, fresh: bool = True):
    return effort_marks(3, JOINT, "ant1/thigh_1", STAMP, effort, fresh)[0]


def brightness(colour: Colour) -> float:
    """Relative luminance, as WCAG 2.2 defines it: what is left for those who see no colour at all."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.rgba[:3]]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("effort", [300.0, -300.0, 12.5, -120.0, 450.0])
def test_arrow_lies_along_the_axis_as_long_as_the_effort_is_strong(effort: float) -> None:
    mark = arrow(effort)
    begin, end = mark.points
    assert begin == (0.0, 0.0, 0.0)
    assert np.array(end) == pytest.approx(np.array(JOINT.axis) * effort / 300.0 * ARROW_LENGTH)
    assert mark.colour == (POSITIVE if effort > 0 else NEGATIVE)
    assert (mark.frame, mark.stamp_ns, mark.shown) == ("ant1/thigh_1", STAMP, True)


def test_effort_is_told_in_words_with_its_unit() -> None:
    label = effort_marks(3, JOINT, "thigh_1", STAMP, -120.04, True)[1]
    assert label.text == "hip_1 -120.0 N m"


def test_no_effort_has_no_arrow_and_an_unknown_one_no_words_either() -> None:
    assert not arrow(0.0).shown
    assert not arrow(2.9).shown
    assert [mark.shown for mark in effort_marks(3, JOINT, "thigh_1", STAMP, None, True)] == [False, False]


@pytest.mark.parametrize("height", [0.3, 0.6, 1.1, 8.24])
def test_bar_reaches_from_the_ground_to_the_torso(height: float) -> None:
    bar, label = height_marks("odom", STAMP, (1.0, 2.0, height), True)
    assert bar.position[2] - bar.size[2] / 2 == pytest.approx(0.0)
    assert bar.position[2] + bar.size[2] / 2 == pytest.approx(height)
    assert label.text == f"height {height:.2f} m\nreward {height_reward(height):.1f} of 10 a step"
    assert bar.stamp_ns == label.stamp_ns == STAMP


def test_reward_squares_are_where_the_reward_begins_and_is_full() -> None:
    marks = reward_marks("odom", (1.0, 2.0, 5.0))
    squares = {mark.points[0][2]: mark for mark in marks if mark.kind == "line"}
    labels = {mark.text for mark in marks if mark.kind == "text"}
    assert labels == {"0.6 m: reward begins", "1.6 m: full reward"}
    begins, full = sorted(squares)
    assert height_reward(begins) == 0.0 < height_reward(begins + 0.01)
    assert height_reward(full) == height_reward(full + 1.0) > height_reward(full - 0.01)
    for height, square in squares.items():
        assert {z for _, _, z in square.points} == {height}
        assert square.points[0] == square.points[-1]
        assert np.mean(square.points[:-1], axis=0)[:2] == pytest.approx((1.0, 2.0))


def test_stale_state_is_grey() -> None:
    assert arrow(300.0, fresh=False).colour == STALE
    assert {mark.colour for mark in height_marks("odom", STAMP, (0.0, 0.0, 1.0), False)} == {STALE}


def test_signs_and_staleness_are_told_apart_by_brightness_alone() -> None:
    for one, other in itertools.combinations((POSITIVE, NEGATIVE, STALE), 2):
        low, high = sorted((brightness(one), brightness(other)))
        assert (high + 0.05) / (low + 0.05) > 1.9, (one, other)


def test_legend_names_every_colour_and_unit() -> None:
    text = legend_mark("odom", (0.0, 0.0, 1.0), [JOINT], True).text
    assert all(colour.word in text for colour in (POSITIVE, NEGATIVE, STALE, HEIGHT, REWARD))
    assert "[N m]" in text
    assert max(map(len, text.splitlines())) < 50  # a longer line leaves the picture


def test_status_is_shown_only_if_there_is_one() -> None:
    assert status_mark("odom", (0.0, 0.0, 1.0), "stale").shown
    assert not status_mark("odom", (0.0, 0.0, 1.0), "").shown
