import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.observation.samples import JointSample, StateError

MS = 1_000_000
JOINTS = ("a", "b", "c", "d")


class Merger(JointMerger):
    """Takes messages at stamps [ms], one value for all positions; gives (stamp [ms], positions) of states."""

    def __init__(self, velocities=None):
        super().__init__(JOINTS, 20 * MS, velocities)

    def hear(self, stamp, names, value=None):
        values = [float(stamp if value is None else value)] * len(names)
        merged = self.add(JointSample(stamp * MS, list(names), values, values), 0.0)
        return None if merged is None else (merged.stamp_ns / MS, list(merged.positions))


@pytest.fixture
def merger():
    return Merger()


def test_complete_message_passes_as_it_is(merger):
    sample = JointSample(MS, ["d", "x", "b", "a", "c"], [1.0] * 5, [2.0] * 5)
    assert merger.add(sample, 0.0) is sample
    assert merger.add(sample, 0.0) is sample


def test_state_has_the_joints_of_the_policy_and_the_newest_stamp(merger):
    assert merger.add(JointSample(100 * MS, ["d", "x"], [4.0, 9.0], [-4.0, 9.0]), 0.0) is None
    merged = merger.add(JointSample(90 * MS, ["c", "a", "b"], [3.0, 1.0, 2.0], [-3.0, -1.0, -2.0]), 0.0)
    assert merged == JointSample(100 * MS, list(JOINTS), [1.0, 2.0, 3.0, 4.0], [-1.0, -2.0, -3.0, -4.0])


@pytest.mark.parametrize(("apart", "completes"), [(0, True), (20, True), (21, False)])
def test_stamps_of_a_state_lie_within_the_tolerance(merger, apart, completes):
    merger.hear(100, "ab")
    assert (merger.hear(100 + apart, "cd") is not None) == completes


def test_messages_of_one_instant_are_not_mixed_with_those_of_the_one_before(merger):
    for stamp in range(100, 200, 5):
        assert merger.hear(stamp, "ab") is None
        assert merger.hear(stamp, "cd") == (stamp, [stamp] * 4)


def test_publishers_with_stamps_of_their_own_give_a_state_each_round(merger):
    for stamp in range(100, 200, 5):
        assert merger.hear(stamp, "ab") is None
        assert merger.hear(stamp + 2, "cd") == (stamp + 2, [stamp, stamp, stamp + 2, stamp + 2])


def test_fast_publisher_is_completed_by_the_last_values_of_a_slow_one(merger):
    merger.hear(1, "ab")
    merger.hear(1, "cd")
    found = [merger.hear(stamp, "ab") for stamp in (5, 10, 15)]
    assert found == [None, (5, [5, 5, 1, 1]), (10, [10, 10, 1, 1])]
    assert merger.hear(16, "cd") == (16, [15, 15, 16, 16])


def test_partial_message_completes_from_a_whole_one(merger):
    merger.hear(100, "abcd")
    assert merger.hear(110, "ab") == (110, [110, 110, 100, 100])
    assert merger.hear(125, "ab") is None


def test_lost_message_costs_one_state(merger):
    merger.hear(100, "ab")
    merger.hear(100, "cd")
    merger.hear(150, "ab")
    assert merger.hear(200, "ab") is None
    assert merger.hear(200, "cd") == (200, [200] * 4)


def test_message_that_comes_late_replaces_no_newer_one(merger):
    merger.hear(105, "ab")
    assert merger.hear(100, "ab", value=-1.0) is None
    assert merger.hear(105, "cd") == (105, [105] * 4)


def test_joint_of_two_publishers_is_taken_from_the_newest(merger):
    merger.hear(100, "ab")
    merger.hear(105, "bc")
    assert merger.hear(105, "d") == (105, [100, 105, 105, 105])


def test_source_that_restarts_is_merged_from_its_new_life_alone(merger):
    merger.hear(100_000, "ab")
    merger.hear(100_000, "cd")
    assert merger.hear(1000, "ab") is None
    assert merger.hear(1000, "cd") == (1000, [1000] * 4)


def test_cleared_merger_knows_nothing(merger):
    merger.hear(100, "abcd")
    merger.clear()
    assert merger.hear(100, "ab") is None


@pytest.mark.parametrize(
    ("sample", "refusal"),
    [
        (JointSample(0, ["a"], [1.0], [1.0]), "joint_states: stamp is 0"),
        (JointSample(MS, ["a", "b"], [1.0], [1.0, 1.0]), "1 entries in 'position' for 2 names"),
        (JointSample(MS, ["a", "b"], [1.0, 1.0], [1.0]), "1 entries in 'velocity' for 2 names"),
        (JointSample(MS, ["a", "b", "a"], [1.0] * 3, [1.0] * 3), "joint 'a' is listed 2 times"),
        (JointSample(MS, ["a", "b"], [1.0, math.nan], [1.0, 1.0]), "position of joint 'b' is nan"),
        (JointSample(MS, ["a", "b"], [1.0, 1.0], [1.0, -math.inf]), "velocity of joint 'b' is -inf"),
        (JointSample(MS, ["a", "b"], [1.0, 1.0], [1.0, math.nan]), "velocity of joint 'b' is nan; publish it, or set"),
        (JointSample(MS, list("dabc"), [1.0] * 4, []), "velocity of joint 'a' is missing .*velocity_from_positions"),
    ],
)
def test_message_that_cannot_be_used_is_refused_and_forgotten(merger, sample, refusal):
    merger.hear(1, "ab")
    with pytest.raises(StateError, match=refusal):
        merger.add(sample, 0.0)
    assert merger.hear(1, "cd") == (1, [1] * 4)


def test_other_joints_of_a_message_may_have_any_values(merger):
    merger.hear(1, "ab")
    sample = JointSample(MS, ["x", "c", "d"], [math.nan, 1.0, 1.0], [math.inf, 1.0, 1.0])
    assert merger.add(sample, 0.0).positions == [1.0] * 4
    whole = JointSample(2 * MS, ["x", *JOINTS], [math.nan, *[1.0] * 4], [math.nan, *[1.0] * 4])
    assert merger.add(whole, 0.0) is whole


def test_huge_finite_numbers_are_finite(merger):
    sample = JointSample(MS, list(JOINTS), [1e308] * 4, [1e308] * 4)
    assert merger.add(sample, 0.0) is sample


def test_velocities_are_estimated_for_each_joint_from_its_own_stamps():
    merger = Merger(VelocityEstimator(200 * MS))
    for i in range(1, 4):
        merger.add(JointSample(i * 10 * MS, ["a", "b"], [0.1 * i, 0.0], [math.nan, 5.0]), 0.0)
        merged = merger.add(JointSample((i * 10 + 1) * MS, ["c", "d"], [0.2 * i, -0.2 * i], []), 0.0)
        assert (merged is None) == (i == 1)
    assert merged.velocities == pytest.approx([10.0, 5.0, 20.0, -20.0])


@given(messages=st.lists(st.tuples(st.integers(1, 100), st.sets(st.sampled_from([*JOINTS, "x"]))), max_size=30))
def test_every_state_is_of_values_that_were_published_within_the_tolerance(messages):
    merger, published = Merger(), set()
    for stamp, names in messages:
        published |= {(name, stamp) for name in names}
        found = merger.hear(stamp, sorted(names))
        if found is not None and set(JOINTS) - names:
            newest, stamps = found
            assert newest == max(stamps)
            assert newest - min(stamps) <= 20
            assert published >= set(zip(JOINTS, stamps, strict=True))


def test_any_number_of_layouts_is_merged(merger):
    for stamp in range(1, 200):
        assert merger.hear(stamp, ["a", "b", f"x{stamp}"]) is None
        assert merger.hear(stamp, ["c", "d", f"y{stamp}"]) == (stamp, [stamp] * 4)
