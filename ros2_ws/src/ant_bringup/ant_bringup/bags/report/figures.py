"""Interactive figures of a report."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ant_bringup.bags.analysis import Series, efforts_by_joint, jumps, latency, seconds, topic_periods
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
    """One entry of the legend: y over x, each (n,)."""

    label: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
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
        add = figure.add_scattergl if len(curve.x) > MAX_SVG_POINTS else figure.add_scatter
        add(
            x=curve.x,
            y=curve.y,
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


def _join(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """One array, with NaN between the parts, which breaks the line."""
    return np.concatenate([piece for part in parts for piece in (part, [np.nan])]) if parts else np.zeros(0)


def _height(episodes: Sequence[Episode]) -> go.Figure:
    found = [jump for each in episodes for jump in jumps(each.stamps_ns, each.observations[:, 0])]
    offs = np.array([jump.take_off for jump in found if jump.take_off is not None])
    landings = np.array([jump.landing for jump in found if jump.landing is not None])
    times, heights = (_join([seconds(e.stamps_ns) for e in episodes]), _join([e.observations[:, 0] for e in episodes]))
    apex_times, apexes = (np.array([getattr(jump, name) for jump in found]) for name in ("apex_time", "apex"))
    return _figure(
        "Height of the torso and jumps",
        "height of the torso [m]",
        [
            Curve("torso", times, heights),
            Curve("apex of a jump", apex_times, apexes, "dots"),
            Curve("take-off", offs, np.full(len(offs), JUMP_HEIGHT), "dots"),
            Curve("landing", landings, np.full(len(landings), JUMP_HEIGHT), "dots"),
        ],
        {
            f"full reward ({REWARD_FULL:g} m)": REWARD_FULL,
            f"a jump ({JUMP_HEIGHT:g} m)": JUMP_HEIGHT,
            f"a fall ({FALL_HEIGHT:g} m)": FALL_HEIGHT,
        },
    )


def _returns(episodes: Sequence[Episode]) -> go.Figure:
    times = _join([seconds(e.stamps_ns)[1:] for e in episodes])
    reported = [e for e in episodes if e.reported_return is not None]
    ends = np.array([seconds(e.stamps_ns)[-1] for e in reported])
    return _figure(
        "Cumulative return of each episode",
        "sum of rewards [1]",
        [
            Curve("return so far", times, _join([e.running_return for e in episodes])),
            Curve("return reported by the simulator", ends, np.array([e.reported_return for e in reported]), "dots"),
        ],
    )


def _efforts(bag: Bag, card: Card) -> go.Figure:
    limit = max(card.action.scale.values())
    curves = [Curve(name, each.times, each.values, "steps") for name, each in efforts_by_joint(bag, card).items()]
    return _figure("Effort of each joint", "effort [N m]", curves, {"maximum": limit, "minimum": -limit})


def _latency(bag: Bag) -> go.Figure:
    def reported(key: str) -> Series:
        found = [(s.stamp_ns * 1e-9, value) for s in bag.statuses if (value := s.number(key)) is not None]
        return Series(np.array([time for time, _ in found]), np.array([value for _, value in found]))

    measured, p50, p99 = latency(bag), reported("latency p50 [ms]"), reported("latency p99 [ms]")
    return _figure(
        f"Latency from a state to its command ({clock_name(bag)})",
        "latency [ms]",
        [
            Curve("each command", measured.times, measured.values * 1e3, "dots"),
            Curve("median reported by the simulator", p50.times, p50.values),
            Curve("99th percentile reported by the simulator", p99.times, p99.values),
        ],
        log_y=True,
    )


def _periods(bag: Bag, card: Card) -> go.Figure:
    by_clock = {topic: clock for topic, (_, clock) in topic_periods(bag, card).items()}
    return _figure(
        f"Time between messages ({clock_name(bag)})",
        "time since the previous message [ms]",
        [Curve(topic, each.times, each.values * 1e3, "dots") for topic, each in by_clock.items()],
        log_y=True,
    )
