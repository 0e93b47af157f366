"""What happened in a recorded run: jumps, efforts, latency, jitter and gaps, as plain numbers."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bags.bag import Bag, Times
from ant_bringup.bags.episodes import GAP, Episode
from ant_bringup.bags.states import LATEST_NS, restart_orders
from ant_policy.card.card import Card
from ant_sim.task import JUMP_HEIGHT

Floats = NDArray[np.float64]


def seconds(stamps_ns: NDArray[np.int64]) -> Floats:
    """Stamps (n,) in seconds."""
    return stamps_ns.astype(np.float64) * 1e-9


@dataclass(frozen=True)
class Jump:
    """A time with the torso above `JUMP_HEIGHT`; times [s] are those of the stamps.

    Attributes:
        take_off: when the torso rose through `JUMP_HEIGHT`, interpolated; None if the record begins above it.
        apex_time: of the highest state.
        apex: height of the torso in it [m].
        landing: when the torso fell through `JUMP_HEIGHT`, interpolated; None if the record ends above it.
    """

    take_off: float | None
    apex_time: float
    apex: float
    landing: float | None

    @property
    def air_time(self) -> float | None:
        """From take-off to landing [s]."""
        return None if self.take_off is None or self.landing is None else self.landing - self.take_off


def jumps(stamps_ns: NDArray[np.int64], heights: Floats) -> list[Jump]:
    """Jumps in the heights (n,) [m] of the torso at `stamps_ns` (n,)."""
    times = seconds(stamps_ns)
    up = np.concatenate([[False], heights > JUMP_HEIGHT, [False]])
    edges = np.flatnonzero(up[1:] != up[:-1])
    found = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        apex = begin + int(heights[begin:end].argmax())
        found.append(
            Jump(
                take_off=_crossing(times, heights, begin - 1) if begin > 0 else None,
                apex_time=float(times[apex]),
                apex=float(heights[apex]),
                landing=_crossing(times, heights, end - 1) if end < len(heights) else None,
            )
        )
    return found


def _crossing(times: Floats, heights: Floats, k: int) -> float:
    """When the height passed `JUMP_HEIGHT` between states k and k + 1."""
    part = (JUMP_HEIGHT - heights[k]) / (heights[k + 1] - heights[k])
    return float(times[k] + part * (times[k + 1] - times[k]))


@dataclass(frozen=True)
class Series:
    """Values (n,) at times (n,) [s], those of the states' stamps."""

    times: Floats
    values: Floats


def latency(bag: Bag) -> Series:
    """Time [s] from each state to the first command that answers it.

    Between the publications, by the machines' wall clock, where the bag has them; else between the receipts, by the
    bag's clock. The answer to the first state is left out: that one had waited for somebody to answer it.
    """
    restarts = restart_orders(bag)

    def key(times: Times, stamp_ns: int) -> tuple[int, int]:
        return bisect(restarts, times.order), stamp_ns

    asked: dict[tuple[int, int], int] = {}
    for state in bag.joints:
        asked.setdefault(key(state.times, state.sample.stamp_ns), clock_ns(bag, state.times))
    answered: dict[tuple[int, int], int] = {}
    for command in bag.commands:
        answered.setdefault(key(command.times, command.stamp_ns), clock_ns(bag, command.times))
    both = [each for each in answered if each in asked][1:]
    return Series(
        np.array([stamp_ns * 1e-9 for _, stamp_ns in both]),
        np.array([(answered[each] - asked[each]) * 1e-9 for each in both]),
    )


def clock_ns(bag: Bag, times: Times) -> int:
    """Publication, where the bag has it, or receipt [ns]."""
    return times.published_ns if bag.has_publish_times else times.logged_ns


def periods(messages: Iterable[tuple[int, int]]) -> tuple[Series, Series]:
    """Times [s] between new messages: by their stamps, and by the clock.

    Args:
        messages: (stamp [ns], clock [ns]) of each; one that repeats a stamp or comes late is not new, and the first
            after a restart of its source has none before it.
    """
    first: list[tuple[int, int]] = []
    by_stamp, by_clock, at = [], [], []
    for stamp_ns, at_ns in messages:
        if not first or not first[-1][0] - LATEST_NS <= stamp_ns <= first[-1][0]:
            first.append((stamp_ns, at_ns))
    for (stamp_0, clock_0), (stamp_1, clock_1) in pairwise(first):
        if stamp_1 > stamp_0:
            at.append(stamp_1 * 1e-9)
            by_stamp.append((stamp_1 - stamp_0) * 1e-9)
            by_clock.append((clock_1 - clock_0) * 1e-9)
    times = np.array(at)
    return Series(times, np.array(by_stamp)), Series(times, np.array(by_clock))


def topic_periods(bag: Bag) -> dict[str, tuple[Series, Series]]:
    """`periods` of the stamped topics that were recorded."""
    messages = {
        "joint_states": [(m.sample.stamp_ns, clock_ns(bag, m.times)) for m in bag.joints],
        "odom": [(m.sample.stamp_ns, clock_ns(bag, m.times)) for m in bag.odometry],
        "joint_commands": [(m.stamp_ns, clock_ns(bag, m.times)) for m in bag.commands],
    }
    return {topic: periods(each) for topic, each in messages.items() if len(each) > 1}


@dataclass(frozen=True)
class Gap:
    """A time [s] without new messages, and when it ended by the stamps [s]."""

    end: float
    length: float


def gaps(by_stamp: Series) -> list[Gap]:
    """Periods that are `GAP` times as long as usual."""
    if not len(by_stamp.values):
        return []
    late = by_stamp.values > GAP * np.median(by_stamp.values)
    return [Gap(float(t), float(p)) for t, p in zip(by_stamp.times[late], by_stamp.values[late], strict=True)]


@dataclass(frozen=True)
class Stop:
    """Why there was no effort, in the words of the node that stopped: from when to when it said so [s]."""

    begin: float
    end: float
    node: str
    reason: str


def stops(bag: Bag) -> list[Stop]:
    """Warnings and errors on /diagnostics, each once for as long as it lasted."""
    found: list[Stop] = []
    lasting: dict[str, Stop | None] = {}
    for status in bag.statuses:
        at, before = status.stamp_ns * 1e-9, lasting.get(status.name)
        if before is not None and status.level and status.message == before.reason:
            lasting[status.name] = found[found.index(before)] = replace(before, end=at)
        elif status.level:
            lasting[status.name] = Stop(at, at, status.name, status.message)
            found.append(Stop(at, at, status.name, status.message))
        else:
            lasting[status.name] = None
    return found


def at_limit(episodes: Sequence[Episode], card: Card) -> dict[str, int]:
    """Commands at the limit of the joint's effort, by joint."""
    scale = np.array([card.action.effort_scale[name] for name in card.action.joints])
    counts = sum((np.abs(episode.efforts) >= scale).sum(axis=0) for episode in episodes)
    return {name: int(n) for name, n in zip(card.action.joints, np.broadcast_to(counts, len(scale)), strict=True)}


def efforts_by_joint(bag: Bag, card: Card) -> dict[str, Series]:
    """Applied efforts [N m] as joint_states give them, or else the commanded ones, by joint."""
    applied = [(m.sample.stamp_ns, m.efforts) for m in bag.joints]
    if not any(efforts for _, efforts in applied):
        applied = [(c.stamp_ns, dict(zip(c.names, c.efforts, strict=False))) for c in bag.commands]
    by_stamp: dict[int, dict[str, float]] = {}
    for stamp_ns, efforts in applied:
        by_stamp.setdefault(stamp_ns, {}).update(efforts)
    return {
        name: Series(
            np.array([stamp * 1e-9 for stamp, efforts in by_stamp.items() if name in efforts]),
            np.array([efforts[name] for efforts in by_stamp.values() if name in efforts]),
        )
        for name in card.observation.joints
    }
