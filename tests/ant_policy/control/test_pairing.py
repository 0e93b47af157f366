import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_policy.control.pairing import CAPACITY, StatePairing
from ant_policy.observation.samples import BaseSample, JointSample

MS = 1_000_000
TOLERANCE = 20 * MS


class Feed:
    """A pairing that notes the stamps [ms] of the pairs, as soon as they are complete."""

    def __init__(self, tolerance_ns=TOLERANCE):
        self.pairing = StatePairing(["odom"], tolerance_ns)
        self.pairs = []

    def joints(self, *stamps):
        for stamp in stamps:
            self.pairing.add_joints(JointSample(round(stamp * MS), (), (), ()))
            self._take()

    def base(self, *stamps):
        for stamp in stamps:
            self.pairing.add("odom", BaseSample(round(stamp * MS), 0.0, (1, 0, 0, 0), (0, 0, 0), (0, 0, 0)))
            self._take()

    def _take(self):
        self.pairs += [(joints.stamp_ns / MS, others["odom"].stamp_ns / MS) for joints, others in self.pairing.pairs()]


@pytest.fixture
def feed():
    return Feed()


def test_equal_stamps_are_a_pair_at_once(feed):
    feed.joints(100)
    assert feed.pairs == []
    feed.base(100)
    assert feed.pairs == [(100, 100)]


def test_odometry_may_come_first(feed):
    feed.base(100)
    assert feed.pairs == []
    feed.joints(100)
    assert feed.pairs == [(100, 100)]


def test_joint_states_wait_for_newer_odometry_before_they_take_the_nearest(feed):
    feed.base(90)
    feed.joints(100)
    assert feed.pairs == []
    feed.base(112)
    assert feed.pairs == [(100, 90)]


def test_nearest_odometry_is_taken_on_either_side(feed):
    feed.base(85)
    feed.joints(100)
    feed.base(105)
    assert feed.pairs == [(100, 105)]


@pytest.mark.parametrize(("offset", "pairs"), [(20, [(100, 120)]), (-20, [(100, 80)]), (20.001, []), (-20.001, [])])
def test_tolerance_is_inclusive(feed, offset, pairs):
    feed.base(100 + offset)
    feed.joints(100)
    feed.base(500)
    assert feed.pairs == pairs


def test_without_tolerance_only_equal_stamps_pair():
    feed = Feed(tolerance_ns=0)
    feed.joints(100)
    feed.base(101)
    feed.joints(102)
    feed.base(102)
    assert feed.pairs == [(102, 102)]


def test_joint_states_without_a_match_are_dropped_and_later_ones_go_on(feed):
    feed.joints(100, 105)
    feed.base(200)
    assert feed.pairs == []
    feed.joints(200)
    assert feed.pairs == [(200, 200)]


def test_slow_odometry_serves_several_joint_states(feed):
    feed.base(0)
    feed.joints(5, 10, 15, 20)
    assert feed.pairs == []
    feed.base(20)
    assert feed.pairs == [(5, 0), (10, 0), (15, 20), (20, 20)]


def test_repeated_joint_states_wait_once(feed):
    feed.joints(100, 100, 100)
    feed.base(100)
    assert feed.pairs == [(100, 100)]


def test_cleared_pairing_knows_nothing(feed):
    feed.joints(100)
    feed.pairing.clear()
    feed.base(100)
    feed.pairing.clear()
    feed.joints(100)
    assert feed.pairs == []


def test_only_the_newest_samples_wait(feed):
    stamps = range(1, CAPACITY + 51)
    feed.joints(*stamps)
    feed.base(*stamps)
    assert [joints for joints, _ in feed.pairs] == list(stamps)[50:]


def test_joint_states_of_a_restarted_source_do_not_wait_behind_those_of_its_former_life(feed):
    feed.joints(100_000)
    feed.joints(1000)
    feed.base(1000)
    assert feed.pairs == [(1000, 1000)]


def test_odometry_of_a_source_s_former_life_takes_no_joint_states(feed):
    feed.base(100_000)
    feed.base(995)
    feed.joints(1000)
    assert feed.pairs == []
    feed.base(1000)
    assert feed.pairs == [(1000, 1000)]


@given(order=st.lists(st.booleans(), min_size=1, max_size=CAPACITY))
def test_streams_with_equal_stamps_pair_one_to_one_however_they_interleave(order):
    feed = Feed()
    joints = bases = 0
    for is_joints in order:
        if is_joints:
            joints += 1
            feed.joints(5 * joints)
        else:
            bases += 1
            feed.base(5 * bases)
    complete = range(1, min(joints, bases) + 1)
    assert feed.pairs == [(5.0 * i, 5.0 * i) for i in complete]


stamps = st.lists(st.integers(0, 400), unique=True, max_size=40).map(sorted)


@given(joints=stamps, bases=stamps, data=st.data())
def test_pairs_are_in_order_near_and_never_two_of_one_joint_state(joints, bases, data):
    feed = Feed()
    waiting_joints, waiting_bases = list(joints), list(bases)
    while waiting_joints or waiting_bases:
        if waiting_joints and (not waiting_bases or data.draw(st.booleans())):
            feed.joints(waiting_joints.pop(0))
        else:
            feed.base(waiting_bases.pop(0))
    found = [joint for joint, _ in feed.pairs]
    assert found == sorted(set(found))
    for joint, base in feed.pairs:
        nearest = min(abs(other - joint) for other in bases)
        assert abs(joint - base) <= 20
        assert base in bases
        assert abs(joint - base) == nearest or max(bases) > joint
