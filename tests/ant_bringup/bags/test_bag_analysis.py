"""Jumps, latency, jitter and gaps are those that were put in."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ant_bringup.bags.analysis import (
    Stop,
    at_limit,
    efforts_by_joint,
    gaps,
    jumps,
    latency,
    periods,
    stops,
    topic_periods,
)
from ant_bringup.bags.bag import Bag, JointState, Status, Times
from ant_bringup.bags.episodes import episodes
from ant_bringup.bags.reader import read_bag
from ant_policy import default_card
from ant_policy.observation.samples import JointSample
from ant_sim.tasks.jump import JumpTask

CARD = default_card("sac")
PERIOD_NS = 50_000_000
GRAVITY = 9.81


def flight(take_off: float, speed: float, times: np.ndarray) -> np.ndarray:
    """Height [m] of a body that leaves 1 m at `take_off` with `speed` [m/s] upwards."""
    since = times - take_off
    return 1.0 + speed * since - 0.5 * GRAVITY * since**2


def test_jump_is_that_of_a_body_in_free_flight() -> None:
    stamps_ns = np.arange(100) * PERIOD_NS
    heights = flight(1.013, 6.0, stamps_ns * 1e-9)
    (jump,) = jumps(stamps_ns, heights)
    assert jump.take_off == pytest.approx(1.013, abs=2e-3)
    assert jump.landing == pytest.approx(1.013 + 2 * 6.0 / GRAVITY, abs=2e-3)
    assert jump.air_time == pytest.approx(2 * 6.0 / GRAVITY, abs=3e-3)
    assert jump.apex == pytest.approx(1.0 + 6.0**2 / (2 * GRAVITY), abs=4e-3)
    assert jump.apex_time == pytest.approx(1.013 + 6.0 / GRAVITY, abs=0.025)


def test_as_many_jumps_as_the_simulator_counts() -> None:
    heights = np.random.default_rng(0).uniform(0.3, 1.7, 500)
    task = JumpTask()
    for height in heights:
        task.step(SimpleNamespace(base_height=height))
    found = jumps(np.arange(500) * PERIOD_NS, heights)
    assert len(found) == task.jumps
    assert max(jump.apex for jump in found) == task.highest


def test_jump_at_the_edge_of_the_record_has_no_beginning_or_end() -> None:
    first, last = jumps(np.arange(6) * PERIOD_NS, np.array([2.0, 1.5, 0.5, 0.5, 1.5, 2.0]))
    assert (first.take_off, first.air_time) == (None, None)
    assert first.landing == pytest.approx(0.075)
    assert (last.landing, last.air_time) == (None, None)


def test_latency_is_from_publication_to_publication(bag_folder: Path) -> None:
    found = latency(read_bag(bag_folder))
    assert len(found.values) == 49, "the answer to the first state is left out"
    assert found.values == pytest.approx(0.002)


def test_latency_of_a_repeated_state_counts_from_its_first_publication(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    again = bag.joints[3]
    later = replace(again.times, clock_ns=again.times.clock_ns + 1_000_000)
    bag.joints.insert(4, replace(again, times=later))
    assert latency(bag).values == pytest.approx(0.002)


def test_latency_without_publish_times_is_by_the_bags_clock(new_run, tmp_path: Path) -> None:
    run = new_run().simulate([30])
    run.messages = [replace(each, published_ns=each.logged_ns) for each in run.messages]
    bag = read_bag(run.write(tmp_path / "untimed"))
    assert not bag.has_publish_times
    assert latency(bag).values == pytest.approx(0.0), "lockstep: simulation time stands still meanwhile"


def test_periods_and_gaps() -> None:
    stamps = [0, 10, 20, 20, 30, 60, 70]
    by_stamp, by_clock = periods((stamp * 1_000_000, (stamp + stamp % 20) * 1_000_000) for stamp in stamps)
    assert by_stamp.values == pytest.approx([0.010, 0.010, 0.010, 0.030, 0.010])
    assert by_clock.values == pytest.approx([0.020, 0.0, 0.020, 0.020, 0.020])
    (gap,) = gaps(by_stamp)
    assert (gap.end, gap.length) == pytest.approx((0.060, 0.030))


def test_restart_is_no_period() -> None:
    second = 1_000_000_000
    by_stamp, _ = periods([(10 * second, 0), (11 * second, 1), (1 * second, 2), (3 * second, 3)])
    assert by_stamp.values == pytest.approx([1.0, 2.0])


def test_late_message_is_no_period() -> None:
    by_stamp, _ = periods((stamp * 1_000_000, 0) for stamp in (1000, 1050, 1020, 1100))
    assert by_stamp.values == pytest.approx([0.05, 0.05])


def test_periods_of_each_stamped_topic(bag_folder: Path) -> None:
    found = topic_periods(read_bag(bag_folder), CARD)
    assert set(found) == {"joint_states", "odom", "joint_commands"}
    assert found["joint_states"][0].values == pytest.approx(0.05)


def split(message: JointState, at_ns: int, names: Sequence[str]) -> JointState:
    """The part of a message that has these joints, with another stamp."""
    sample = message.sample
    rows = [list(sample.names).index(name) for name in names]
    values = ([each[row] for row in rows] for each in (sample.positions, sample.velocities))
    return replace(message, sample=JointSample(at_ns, tuple(names), *values))


@pytest.mark.parametrize("skew_ns", [0, 8_000_000])
def test_states_in_pieces_and_other_robots_have_the_periods_of_whole_ones(bag_folder: Path, skew_ns: int) -> None:
    bag = read_bag(bag_folder)
    names = list(bag.joints[0].sample.names)
    pieces = []
    for message in bag.joints:
        stamp_ns = message.sample.stamp_ns
        arm = JointSample(stamp_ns + 20_000_000, ("shoulder",), [0.0], [0.0])
        pieces += [
            split(message, stamp_ns, names[:3]),
            split(message, stamp_ns + skew_ns, names[3:]),
            replace(message, sample=arm),
        ]
    bag.joints = pieces
    by_stamp, _ = topic_periods(bag, CARD)["joint_states"]
    assert by_stamp.values == pytest.approx(0.05)
    assert gaps(by_stamp) == []


def test_publisher_that_pauses_is_a_gap_although_the_others_go_on(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    names = list(bag.joints[0].sample.names)
    bag.joints = [
        split(message, message.sample.stamp_ns, part)
        for number, message in enumerate(bag.joints)
        for part in ((names[:3], names[3:]) if number not in (10, 11) else (names[:3],))
    ]
    (gap,) = gaps(topic_periods(bag, CARD)["joint_states"][0])
    assert gap.length == pytest.approx(0.15)


def test_efforts_go_by_name(two_episodes, bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    applied = efforts_by_joint(bag, CARD)
    column = CARD.action.joints.index("ankle_3")
    expected = [300.0 * float(action[column]) for action in two_episodes.rollouts[0].actions]
    assert applied["ankle_3"].values[1:31].tolist() == expected
    bag.joints = [replace(each, efforts={}) for each in bag.joints]
    assert efforts_by_joint(bag, CARD)["ankle_3"].values[:30].tolist() == expected, "commanded, where nobody measures"


def test_commands_at_the_limit_are_counted_by_joint(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    command = bag.commands[2]
    efforts = [-300.0 if name == "hip_2" else 299.0 for name in command.names]
    bag.commands[2] = replace(command, values=tuple(efforts))
    assert at_limit(list(episodes(bag)), CARD) == {name: int(name == "hip_2") for name in CARD.action.joints}


def test_each_stop_is_told_once_with_its_reason() -> None:
    def status(at: int, node: str, reason: str) -> Status:
        return Status(Times(at, 0, 0), at * 1_000_000_000, node, 1 if reason else 0, reason or "running", {})

    told = [(1, "sim", ""), (2, "sim", "e_stop"), (2, "policy", "e_stop"), (3, "sim", "e_stop"), (4, "sim", "")]
    told += [(5, "sim", "no command"), (6, "sim", "e_stop")]
    assert stops(Bag(statuses=[status(*each) for each in told])) == [
        Stop(2.0, 3.0, "sim", "e_stop"),
        Stop(2.0, 2.0, "policy", "e_stop"),
        Stop(5.0, 5.0, "sim", "no command"),
        Stop(6.0, 6.0, "sim", "e_stop"),
    ]
