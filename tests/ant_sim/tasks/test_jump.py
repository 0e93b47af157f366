from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_sim.tasks.jump import JumpTask, has_fallen, height_reward, height_rewards, jump_spans

heights = st.floats(-5.0, 5.0)


@pytest.mark.parametrize(
    ("height", "reward"), [(0.0, 0.0), (0.6, 0.0), (0.61, 0.1), (1.1, 5.0), (1.6, 10.0), (3.0, 10.0), (-1.0, 0.0)]
)
def test_reward_is_ten_a_metre_from_0_6_to_1_6(height, reward):
    assert height_reward(height) == pytest.approx(reward)


@given(heights)
def test_reward_is_never_outside_0_to_10(height):
    assert 0.0 <= height_reward(height) <= 10.0


@given(heights, heights)
def test_higher_is_never_worth_less(a, b):
    low, high = sorted((a, b))
    assert height_reward(low) <= height_reward(high)


@given(st.lists(heights, min_size=1))
def test_rewards_of_many_are_those_of_each(many):
    assert height_rewards(np.array(many)).tolist() == [height_reward(height) for height in many]


@pytest.mark.parametrize(("height", "fallen"), [(0.199, True), (0.2, False), (0.5, False), (-0.1, True)])
def test_fall_is_below_0_2_metres(height, fallen):
    assert has_fallen(height) is fallen


def count(torso_heights):
    task = JumpTask()
    for height in torso_heights:
        task.step(SimpleNamespace(base_height=height))
    return task.jumps, task.highest


def test_no_state_is_no_jump():
    assert count([]) == (0, 0.0)


def test_each_time_above_one_metre_is_one_jump():
    assert count([0.5, 1.1, 1.8, 1.2, 0.9, 1.05, 0.5]) == (2, 1.8)


def test_exactly_one_metre_is_no_jump():
    assert count([0.5, 1.0, 0.5]) == (0, 1.0)


@given(st.lists(heights))
def test_jumps_are_the_runs_above_one_metre(torso_heights):
    marks = "".join("^" if height > 1.0 else " " for height in torso_heights)
    assert count(torso_heights) == (len(marks.split()), max([0.0, *torso_heights]))


def test_jump_spans_are_the_runs_above_the_jump_height_also_at_the_edges() -> None:
    assert jump_spans(np.array([1.5, 0.5, 1.0, 1.2, 1.3, 0.9, 2.0])) == [(0, 1), (3, 5), (6, 7)]
    assert jump_spans(np.array([0.5, 1.0])) == []
    assert jump_spans(np.array([])) == []
