"""Jumps, efforts, latency, periods, gaps and stops of a recorded run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bags.bag import MAX_LATENESS_NS, Bag, Measurement
from ant_bringup.bags.episodes import MAX_PERIODS, Episode
from ant_bringup.bags.states import WholeJoints, first_answers, joint_states
from ant_policy.card.card import Card
from ant_policy.control.commands import CommandMaker
from ant_policy.control.config import PolicyConfig
from ant_policy.observation.terms import IMU, ODOM
from ant_sim.tasks.jump import JUMP_HEIGHT, jump_spans

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Jump:
    """One period with the base above `JUMP_HEIGHT`, and its highest state; times [s] are stamps, heights [m].

    Take-off and landing are interpolated; None if the record begins or ends above `JUMP_HEIGHT`.
    """

    take_off: float | None
    apex_time: float
    apex: float
    landing: float | None

    @property
    def air_time(self) -> float | None:
        """Time from take-off to landing [s]."""
        return None if self.take_off is None or self.landing is None else self.landing - self.take_off


def jumps(stamps_ns: NDArray[np.int64], heights: Floats) -> list[Jump]:
    """Jumps in the heights (n,) [m] of the base at `stamps_ns` (n,)."""
    times = stamps_ns * 1e-9

    def crossing(k: int) -> float | None:
        """Time of passing `JUMP_HEIGHT` between states k and k + 1, by linear interpolation."""
        if not 0 <= k < len(heights) - 1:
            return None
        part = (JUMP_HEIGHT - heights[k]) / (heights[k + 1] - heights[k])
        return float(times[k] + part * (times[k + 1] - times[k]))

    found = []
    for begin, end in jump_spans(heights):
        apex = begin + int(heights[begin:end].argmax())
        found.append(Jump(crossing(begin - 1), float(times[apex]), float(heights[apex]), crossing(end - 1)))
    return found


@dataclass(frozen=True)
class Series:
    """Values (n,) at times (n,) [s], stamps of the states."""

    times: Floats
    values: Floats

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]]) -> "Series":
        """Series of points (time [s], value)."""
        return cls(*np.array(list(points), dtype=np.float64).reshape(-1, 2).T)


def latency(bag: Bag) -> Series:
    """Time [s] from each state to the first command that answers it.

    Measured between publications, by the wall clock, where the bag has them; otherwise between receipts, by the bag's
    clock. The answer to the first state is left out: that state had to wait until a policy was there.
    """
    asked = {(each.times.run, each.sample.stamp_ns): each.times.clock_ns for each in reversed(bag.joints)}
    answered = {key: command.times.clock_ns for key, command in first_answers(bag).items()}
    both = sorted(asked.keys() & answered.keys())[1:]
    return Series.of((key[1] * 1e-9, (answered[key] - asked[key]) * 1e-9) for key in both)


def periods(messages: Iterable[tuple[int, int]]) -> tuple[Series, Series]:
    """Time [s] between consecutive messages, given as (stamp [ns], clock [ns]), by their stamps and by the clock.

    Repeated stamps and late messages are left out; a restart of the source begins a new sequence.
    """
    new: list[tuple[int, int]] = []
    for stamp_ns, at_ns in messages:
        if not new or not new[-1][0] - MAX_LATENESS_NS <= stamp_ns <= new[-1][0]:
            new.append((stamp_ns, at_ns))
    found = [(after[0], after[0] - before[0], after[1] - before[1]) for before, after in pairwise(new)]
    rows = np.array([row for row in found if row[1] > 0], dtype=np.float64).reshape(-1, 3)
    times, by_stamp, by_clock = rows.T * 1e-9
    return Series(times, by_stamp), Series(times, by_clock)


def topic_periods(bag: Bag, card: Card) -> dict[str, tuple[Series, Series]]:
    """`periods` of the stamped topics that were recorded; those of joint_states count states with all joints."""
    sources: dict[str, Sequence[WholeJoints | Measurement]] = {
        "joint_states": list(joint_states(bag, card)),
        ODOM: bag.measurements[ODOM],
    }
    if IMU in card.sources:
        sources[IMU] = bag.measurements[IMU]
    messages = {
        topic: [(each.sample.stamp_ns, each.times.clock_ns) for each in found] for topic, found in sources.items()
    }
    messages["joint_commands"] = [(each.stamp_ns, each.times.clock_ns) for each in bag.commands]
    return {topic: periods(each) for topic, each in messages.items() if len(each) > 1}


class Gap(NamedTuple):
    """Period without new messages: its end, by the stamps, and its length [s]."""

    end: float
    length: float


def gaps(by_stamp: Series) -> list[Gap]:
    """Periods longer than `MAX_PERIODS` medians."""
    if not len(by_stamp.values):
        return []
    late = by_stamp.values > MAX_PERIODS * np.median(by_stamp.values)
    return list(map(Gap, by_stamp.times[late].tolist(), by_stamp.values[late].tolist()))


@dataclass(frozen=True)
class Stop:
    """Warning or error that a node reported from `begin` to `end` [s]."""

    begin: float
    end: float
    node: str
    reason: str


def stops(bag: Bag) -> list[Stop]:
    """Warnings and errors on /diagnostics; one that is repeated is one stop."""
    found: list[Stop] = []
    last: dict[str, int | None] = {}
    for status in bag.statuses:
        at, known = status.stamp_ns * 1e-9, last.get(status.name)
        if not status.level:
            last[status.name] = None
        elif known is not None and status.message == found[known].reason:
            found[known] = replace(found[known], end=at)
        else:
            last[status.name] = len(found)
            found.append(Stop(at, at, status.name, status.message))
    return found


def at_limit(episodes: Sequence[Episode], card: Card) -> dict[str, int]:
    """Number of commands at the limits of the card, by joint."""
    limits = command_limits(card)
    low, high = np.array([limits[name] for name in card.action.joints]).T
    commands = np.concatenate([episode.commands for episode in episodes])
    counts = ((commands <= low) | (commands >= high)).sum(axis=0)
    return dict(zip(card.action.joints, counts.tolist(), strict=True))


def command_limits(card: Card) -> dict[str, tuple[float, float]]:
    """Range of the commands that the policy node sends, by joint; infinite without a limit."""
    maker = CommandMaker(card, PolicyConfig())
    return dict(zip(maker.joints, zip(maker.low.tolist(), maker.high.tolist(), strict=True), strict=True))


def commands_by_joint(bag: Bag, card: Card) -> dict[str, Series]:
    """Commands in the card's interface, by joint."""
    commands = (each for each in bag.commands if each.interface == card.action.interface)
    return _by_joint(((each.stamp_ns, dict(each.by_joint)) for each in commands), card.action.joints)


def efforts_by_joint(bag: Bag, card: Card) -> dict[str, Series]:
    """Efforts [N m] or [N] by joint: those applied, from joint_states, or else those commanded."""
    applied = [(m.sample.stamp_ns, m.efforts) for m in bag.joints]
    if card.action.interface == "effort" and not any(efforts for _, efforts in applied):
        return commands_by_joint(bag, card)
    return _by_joint(applied, card.joints.names)


def _by_joint(messages: Iterable[tuple[int, Mapping[str, float]]], joints: Sequence[str]) -> dict[str, Series]:
    """Series of each joint, of messages given as stamp [ns] and values by joint; of one stamp the last counts."""
    by_stamp: dict[int, dict[str, float]] = {}
    for stamp_ns, values in messages:
        by_stamp.setdefault(stamp_ns, {}).update(values)
    return {
        name: Series.of((stamp * 1e-9, values[name]) for stamp, values in by_stamp.items() if name in values)
        for name in joints
    }
