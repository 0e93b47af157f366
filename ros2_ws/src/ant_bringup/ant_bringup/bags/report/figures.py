"""The figures of a report, as data: `bag_png` and `bag_html` draw them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bags.analysis import Series, efforts_by_joint, jumps, latency, seconds, topic_periods
from ant_bringup.bags.bag import Bag
from ant_bringup.bags.episodes import Episode
from ant_bringup.bags.report.summary import clock_name
from ant_policy.card.card import Card
from ant_sim.task import FALL_HEIGHT, JUMP_HEIGHT, REWARD_FULL

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
"""Okabe and Ito's palette, which colour-blind people can tell apart; grey for its yellow, hard to see on white."""

TIME = "time of the states' stamps [s]"


@dataclass(frozen=True)
class Curve:
    """One entry of the legend: y over x, each (n,)."""

    label: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    style: Literal["line", "dots", "steps"] = "line"


@dataclass(frozen=True)
class Figure:
    """Curves over one pair of axes.

    Attributes:
        name: of its file.
        levels: horizontal lines: what they mean, and where.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]
    levels: dict[str, float] = field(default_factory=dict)
    log_y: bool = False


def figures(bag: Bag, episodes: Sequence[Episode], card: Card) -> list[Figure]:
    """All figures that there is something to show in."""
    drawn = [_height(episodes), _returns(episodes), _efforts(bag, card), _latency(bag), _periods(bag, card)]
    return [figure for figure in drawn if any(len(curve.x) for curve in figure.curves)]


def _join(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """One array with a break of the line between the parts."""
    return np.concatenate([piece for part in parts for piece in (part, [np.nan])]) if parts else np.zeros(0)


def _height(episodes: Sequence[Episode]) -> Figure:
    found = [jump for each in episodes for jump in jumps(each.stamps_ns, each.observations[:, 0])]
    offs = np.array([jump.take_off for jump in found if jump.take_off is not None])
    landings = np.array([jump.landing for jump in found if jump.landing is not None])
    return Figure(
        "height",
        "Height of the torso and jumps",
        TIME,
        "height of the torso [m]",
        [
            Curve(
                "torso",
                _join([seconds(e.stamps_ns) for e in episodes]),
                _join([e.observations[:, 0] for e in episodes]),
            ),
            Curve(
                "apex of a jump",
                np.array([jump.apex_time for jump in found]),
                np.array([jump.apex for jump in found]),
                "dots",
            ),
            Curve("take-off", offs, np.full(len(offs), JUMP_HEIGHT), "dots"),
            Curve("landing", landings, np.full(len(landings), JUMP_HEIGHT), "dots"),
        ],
        {
            f"full reward ({REWARD_FULL:g} m)": REWARD_FULL,
            f"a jump ({JUMP_HEIGHT:g} m)": JUMP_HEIGHT,
            f"a fall ({FALL_HEIGHT:g} m)": FALL_HEIGHT,
        },
    )


def _returns(episodes: Sequence[Episode]) -> Figure:
    return Figure(
        "return",
        "Return of each episode, as it adds up",
        TIME,
        "sum of rewards [1]",
        [
            Curve(
                "return so far",
                _join([seconds(e.stamps_ns)[1:] for e in episodes]),
                _join([e.running_return for e in episodes]),
            ),
            Curve(
                "return that the simulator reported",
                np.array([seconds(e.stamps_ns)[-1] for e in episodes if e.reported_return is not None]),
                np.array([e.reported_return for e in episodes if e.reported_return is not None]),
                "dots",
            ),
        ],
    )


def _efforts(bag: Bag, card: Card) -> Figure:
    series = efforts_by_joint(bag, card)
    limit = max(card.action.effort_scale.values())
    return Figure(
        "efforts",
        "Effort of each joint",
        TIME,
        "effort [N m]",
        [Curve(joint, each.times, each.values, "steps") for joint, each in series.items()],
        {"greatest effort": limit, "least effort": -limit},
    )


def _latency(bag: Bag) -> Figure:
    measured = latency(bag)

    def reported(key: str) -> Series:
        found = [(s.stamp_ns * 1e-9, value) for s in bag.statuses if (value := s.number(key)) is not None]
        return Series(np.array([time for time, _ in found]), np.array([value for _, value in found]))

    p50, p99 = reported("latency p50 [ms]"), reported("latency p99 [ms]")
    return Figure(
        "latency",
        f"Latency from a state to its command ({clock_name(bag)})",
        TIME,
        "latency [ms]",
        [
            Curve("each command", measured.times, measured.values * 1e3, "dots"),
            Curve("median that the simulator measured", p50.times, p50.values),
            Curve("99th percentile that the simulator measured", p99.times, p99.values),
        ],
        log_y=True,
    )


def _periods(bag: Bag, card: Card) -> Figure:
    return Figure(
        "periods",
        f"Time between messages ({clock_name(bag)})",
        TIME,
        "time since the message before [ms]",
        [
            Curve(topic, by_clock.times, by_clock.values * 1e3, "dots")
            for topic, (_, by_clock) in topic_periods(bag, card).items()
        ],
        log_y=True,
    )
