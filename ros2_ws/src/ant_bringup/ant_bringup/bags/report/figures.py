"""Interactive figures of a report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ant_bringup.bags.analysis import Series, efforts_by_joint, jumps, latency, topic_periods
from ant_bringup.bags.bag import Bag
from ant_bringup.bags.episodes import Episode
from ant_bringup.bags.report.summary import clock_name
from ant_policy.card.card import Card
from ant_sim.task import FALL_HEIGHT, JUMP_HEIGHT, REWARD_FULL

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
"""Palette of Okabe and Ito, safe for colour-blind readers; grey replaces its yellow, hard to see on white."""
LEVEL_DASHES = ("dot", "dash", "dashdot")
MAX_SVG_POINTS = 10_000
"""Points of a curve beyond which it is drawn with WebGL, which is fast but not available everywhere."""


class Curve(NamedTuple):
    """One entry of the legend."""

    label: str
    series: Series
    style: Literal["line", "dots", "steps"] = "line"


def figures(bag: Bag, episodes: Sequence[Episode], card: Card) -> list[go.Figure]:
    """All figures that have data."""
    drawn = (_height(episodes), _returns(episodes), _efforts(bag, card), _latency(bag), _periods(bag, card))
    return [figure for figure in drawn if any(len(trace.x) for trace in figure.data)]


def _figure(
    title: str, y_label: str, curves: Sequence[Curve], levels: Mapping[str, float] | None = None, log_y: bool = False
) -> go.Figure:
    """Curves over the stamps, with horizontal lines at labelled levels."""
    figure = go.Figure()
    for curve, colour in zip(curves, COLOURS, strict=False):
        add = figure.add_scattergl if len(curve.series.times) > MAX_SVG_POINTS else figure.add_scatter
        add(
            x=curve.series.times,
            y=curve.series.values,
            name=curve.label,
            mode="markers" if curve.style == "dots" else "lines",
            line={"color": colour, "width": 1.5, "shape": "hv" if curve.style == "steps" else "linear"},
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
    return Series(*map(np.concatenate, zip(*pieces, strict=True)))


def _height(episodes: Sequence[Episode]) -> go.Figure:
    found = [jump for each in episodes for jump in jumps(each.stamps_ns, each.observations[:, 0])]
    take_offs = Series.of((jump.take_off, JUMP_HEIGHT) for jump in found if jump.take_off is not None)
    landings = Series.of((jump.landing, JUMP_HEIGHT) for jump in found if jump.landing is not None)
    return _figure(
        "Height of the torso and jumps",
        "height of the torso [m]",
        [
            Curve("torso", _broken_line((each.stamps_ns, each.observations[:, 0]) for each in episodes)),
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
    return _figure(
        "Cumulative return of each episode",
        "sum of rewards [1]",
        [
            Curve("return so far", _broken_line((e.stamps_ns[1:], np.cumsum(e.rewards)) for e in episodes)),
            Curve("return reported by the simulator", Series.of(ends), "dots"),
        ],
    )


def _efforts(bag: Bag, card: Card) -> go.Figure:
    limit = max(card.action.scale.values())
    curves = [Curve(name, each, "steps") for name, each in efforts_by_joint(bag, card).items()]
    return _figure("Effort of each joint", "effort [N m]", curves, {"maximum": limit, "minimum": -limit})


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
