"""Interactive figures of a report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ant_bringup.bags.analysis import (
    Series,
    command_limits,
    commands_by_joint,
    efforts_by_joint,
    jumps,
    latency,
    topic_periods,
)
from ant_bringup.bags.bag import Bag
from ant_bringup.bags.episodes import Episode
from ant_bringup.bags.report.summary import clock_name
from ant_policy.card.card import Card
from ant_sim.tasks.jump import FALL_HEIGHT, JUMP_HEIGHT, REWARD_FULL

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
"""Palette of Okabe and Ito, safe for colour-blind readers; grey replaces its yellow, hard to see on white."""
LEVEL_DASHES = ("dot", "dash", "dashdot")
CURVE_DASHES = ("solid", "dot", "dash", "longdash")
"""Of the curves of each round through the colours."""
UNITS = {"effort": "N m", "position": "rad", "velocity": "rad/s"}
"""Unit of a command by interface; of a slide joint it is N, m or m/s."""
MAX_SVG_POINTS = 10_000
"""Points of a curve beyond which it is drawn with WebGL, which is fast but not available everywhere."""


class Curve(NamedTuple):
    """One entry of the legend."""

    label: str
    series: Series
    style: Literal["line", "dots", "steps"] = "line"


def figures(bag: Bag, episodes: Sequence[Episode], card: Card) -> list[go.Figure]:
    """All figures that have data."""
    drawn = (
        _height(episodes),
        _returns(episodes),
        _commands(bag, card),
        _efforts(bag, card),
        _latency(bag),
        _periods(bag, card),
    )
    return [figure for figure in drawn if any(len(trace.x) for trace in figure.data)]


def _figure(
    title: str, y_label: str, curves: Sequence[Curve], levels: Mapping[str, float] | None = None, log_y: bool = False
) -> go.Figure:
    """Curves over the stamps, with horizontal lines at labelled levels."""
    figure = go.Figure()
    for number, curve in enumerate(curves):
        round_number, in_round = divmod(number, len(COLOURS))
        colour, dash = COLOURS[in_round], CURVE_DASHES[round_number % len(CURVE_DASHES)]
        add = figure.add_scattergl if len(curve.series.times) > MAX_SVG_POINTS else figure.add_scatter
        add(
            x=curve.series.times,
            y=curve.series.values,
            name=curve.label,
            mode="markers" if curve.style == "dots" else "lines",
            line={"color": colour, "dash": dash, "width": 1.5, "shape": "hv" if curve.style == "steps" else "linear"},
            marker={"color": colour, "size": 5},
        )
    for (label, level), dash in zip((levels or {}).items(), LEVEL_DASHES, strict=False):
        figure.add_hline(level, line={"color": "#666666", "dash": dash, "width": 1}, name=label, showlegend=True)
    return figure.update_layout(
        title=title,
        xaxis_title="time of the states' stamps [s]",
        yaxis_title=y_label,
        yaxis_type="log" if log_y else "linear",
        template="plotly_white",
        height=420,
        showlegend=True,
    )


def _broken_line(parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float64]]]) -> Series:
    """One series of parts given as stamps [ns] and values, with NaN after each, which breaks the line."""
    pieces = [(np.append(stamps_ns * 1e-9, np.nan), np.append(values, np.nan)) for stamps_ns, values in parts]
    return Series(*map(np.concatenate, zip(*pieces, strict=True))) if pieces else Series.of(())


def _height(episodes: Sequence[Episode]) -> go.Figure:
    heights = [(each.stamps_ns, each.heights) for each in episodes if each.heights is not None]
    found = [jump for stamps_ns, values in heights for jump in jumps(stamps_ns, values)]
    take_offs = Series.of((jump.take_off, JUMP_HEIGHT) for jump in found if jump.take_off is not None)
    landings = Series.of((jump.landing, JUMP_HEIGHT) for jump in found if jump.landing is not None)
    return _figure(
        "Height and jumps",
        "height [m]",
        [
            Curve("height", _broken_line(heights)),
            Curve("apex of a jump", Series.of((jump.apex_time, jump.apex) for jump in found), "dots"),
            Curve("take-off", take_offs, "dots"),
            Curve("landing", landings, "dots"),
        ],
        {
            f"full reward ({REWARD_FULL:g} m)": REWARD_FULL,
            f"a jump ({JUMP_HEIGHT:g} m)": JUMP_HEIGHT,
            f"a fall ({FALL_HEIGHT:g} m)": FALL_HEIGHT,
        },
    )


def _returns(episodes: Sequence[Episode]) -> go.Figure:
    ends = [(each.stamps_ns[-1] * 1e-9, each.reported_return) for each in episodes if each.reported_return is not None]
    rewards = [(each.stamps_ns[1:], each.rewards) for each in episodes if each.rewards is not None]
    return _figure(
        "Cumulative return of each episode",
        "sum of rewards [1]",
        [
            Curve("return so far", _broken_line((stamps_ns, np.cumsum(values)) for stamps_ns, values in rewards)),
            Curve("return reported by the simulator", Series.of(ends if rewards else ()), "dots"),
        ],
    )


def _commands(bag: Bag, card: Card) -> go.Figure:
    """Commands of servos; those of motors are the efforts."""
    interface = card.action.interface
    found = commands_by_joint(bag, card) if interface != "effort" else {}
    curves = [Curve(name, each, "steps") for name, each in found.items()]
    return _figure(f"Commanded {interface} of each joint", f"{interface} [{UNITS[interface]}]", curves)


def _efforts(bag: Bag, card: Card) -> go.Figure:
    curves = [Curve(name, each, "steps") for name, each in efforts_by_joint(bag, card).items()]
    limits = np.array(list(command_limits(card).values()))
    ends = {"maximum": float(limits.max()), "minimum": float(limits.min())}
    is_known = card.action.interface == "effort" and bool(np.isfinite(limits).all())
    return _figure("Effort of each joint", "effort [N m]", curves, ends if is_known else {})


def _latency(bag: Bag) -> go.Figure:
    def reported(key: str) -> Series:
        found = ((status.stamp_ns * 1e-9, status.number(key)) for status in bag.statuses)
        return Series.of((time, value) for time, value in found if value is not None)

    measured = latency(bag)
    return _figure(
        f"Latency from a state to its command ({clock_name(bag)})",
        "latency [ms]",
        [
            Curve("each command", Series(measured.times, measured.values * 1e3), "dots"),
            Curve("median reported by the simulator", reported("latency p50 [ms]")),
            Curve("99th percentile reported by the simulator", reported("latency p99 [ms]")),
        ],
        log_y=True,
    )


def _periods(bag: Bag, card: Card) -> go.Figure:
    by_clock = {topic: clock for topic, (_, clock) in topic_periods(bag, card).items()}
    return _figure(
        f"Time between messages ({clock_name(bag)})",
        "time since the previous message [ms]",
        [Curve(topic, Series(each.times, each.values * 1e3), "dots") for topic, each in by_clock.items()],
        log_y=True,
    )
