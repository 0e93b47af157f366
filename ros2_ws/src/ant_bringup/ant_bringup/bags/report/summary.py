"""Content of `summary.json`: a recorded run in numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ant_bringup.bags.analysis import Series, at_limit, efforts_by_joint, gaps, jumps, latency, stops, topic_periods
from ant_bringup.bags.bag import Bag
from ant_bringup.bags.episodes import Episode
from ant_policy.card.card import Card


def summarise(bag: Bag, episodes: Sequence[Episode], card: Card) -> dict[str, Any]:
    """Plain data with the unit in each key; times are stamps [s]."""
    between = topic_periods(bag, card)
    return {
        "namespace": bag.namespace,
        "notes": notes(bag, episodes),
        "messages": dict(sorted(bag.counts.items())),
        "episodes": [_episode(each) for each in episodes],
        "jumps": [
            asdict(jump) | {"air_time": jump.air_time, "episode": episode.number}
            for episode in episodes
            for jump in jumps(episode.stamps_ns, episode.observations[:, 0])
        ],
        "efforts_Nm": {joint: _effort(series) for joint, series in efforts_by_joint(bag, card).items()},
        "commands_at_limit": at_limit(episodes, card),
        "commands_clamped_by_policy_node": int(max((s.number("clamped") or 0.0 for s in bag.statuses), default=0.0)),
        "stops": [asdict(stop) for stop in stops(bag)],
        "clock": clock_name(bag),
        "latency_ms": _spread(latency(bag), 1e3),
        "period_ms": {
            topic: {"by_stamps": _spread(stamps, 1e3), "by_clock": _spread(clock, 1e3)}
            for topic, (stamps, clock) in between.items()
        },
        "gaps_s": {topic: [asdict(gap) for gap in gaps(stamps)] for topic, (stamps, _) in between.items()},
    }


def clock_name(bag: Bag) -> str:
    """Clock by which latencies and periods are measured."""
    return "wall clock, at publication" if bag.has_publish_times else "the bag's clock, at receipt"


def notes(bag: Bag, episodes: Sequence[Episode]) -> list[str]:
    """Faults of the record."""
    found = list(bag.notes)
    for each in episodes:
        if each.is_whole is False:
            found.append(f"episode {each.number}: {len(each)} of {each.reported_steps} steps are in the bag")
        elif each.is_whole and each.episode_return != each.reported_return:
            found.append(
                f"episode {each.number}: return {each.episode_return}, by the simulator {each.reported_return}"
            )
    return found


def _episode(episode: Episode) -> dict[str, Any]:
    begin, end = episode.stamps_ns[[0, -1]] * 1e-9
    return {
        "number": episode.number,
        "begin_s": float(begin),
        "end_s": float(end),
        "steps": len(episode),
        "return": episode.episode_return,
        "outcome": episode.outcome,
        "reported_return": episode.reported_return,
        "reported_steps": episode.reported_steps,
    }


def _effort(series: Series) -> dict[str, float | None]:
    magnitude = np.abs(series.values)
    if not len(magnitude):
        return {"mean": None, "rms": None, "max": None}
    rms = float(np.sqrt(np.mean(np.square(magnitude))))
    return {"mean": float(magnitude.mean()), "rms": rms, "max": float(magnitude.max())}


def _spread(series: Series, scale: float) -> dict[str, float | int | None]:
    values = series.values * scale
    if not len(values):
        return {"count": 0, "mean": None, "std": None, "p50": None, "p99": None, "max": None}
    p50, p99 = np.percentile(values, [50, 99])
    return {
        "count": len(values),
        "mean": float(values.mean()),
        "std": float(values.std()),
        "p50": float(p50),
        "p99": float(p99),
        "max": float(values.max()),
    }
