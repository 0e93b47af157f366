"""Content of `summary.json`: a recorded run in numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bags.analysis import Series, at_limit, efforts_by_joint, gaps, jumps, latency, stops, topic_periods
from ant_bringup.bags.bag import Bag
from ant_bringup.bags.episodes import Episode, is_jump
from ant_policy.card.card import Card

STATISTICS: dict[str, Callable[[NDArray[np.float64]], Any]] = {
    "mean": np.mean,
    "std": np.std,
    "rms": lambda values: np.sqrt(np.mean(np.square(values))),
    "p50": lambda values: np.percentile(values, 50),
    "p99": lambda values: np.percentile(values, 99),
    "max": np.max,
}


def summarise(bag: Bag, episodes: Sequence[Episode], card: Card) -> dict[str, Any]:
    """Plain data with the unit in each key (efforts of slide joints: N); times are stamps [s].

    `jumps` is None unless the task is the jump.
    """
    between = topic_periods(bag, card)
    own = [status.values for status in bag.statuses if status.name.startswith(f"{bag.namespace}/")]
    reported = {key: value for values in own for key, value in values.items() if value}
    return {
        "namespace": bag.namespace,
        "policy": reported.get("policy"),
        "seed": reported.get("seed"),
        "duration_s": bag.seconds,
        "robot": card.robot,
        "interface": card.action.interface,
        "notes": notes(bag, episodes),
        "messages": dict(sorted(bag.counts.items())),
        "episodes": [
            {
                "number": each.number,
                "begin_s": float(each.stamps_ns[0] * 1e-9),
                "end_s": float(each.stamps_ns[-1] * 1e-9),
                "steps": len(each),
                "return": each.episode_return,
                "outcome": each.outcome,
                "reported_return": each.reported_return,
                "reported_steps": each.reported_steps,
            }
            for each in episodes
        ],
        "jumps": [
            asdict(jump) | {"air_time": jump.air_time, "episode": episode.number}
            for episode in episodes
            if episode.heights is not None
            for jump in jumps(episode.stamps_ns, episode.heights)
        ]
        if is_jump(bag, card)
        else None,
        "efforts_Nm": {
            joint: _statistics(np.abs(each.values), "mean", "rms", "max")
            for joint, each in efforts_by_joint(bag, card).items()
        },
        "commands_at_limit": at_limit(episodes, card),
        "commands_clamped_by_policy_node": int(max((s.number("clamped") or 0.0 for s in bag.statuses), default=0.0)),
        "stops": [asdict(stop) for stop in stops(bag)],
        "clock": clock_name(bag),
        "latency_ms": _spread_ms(latency(bag)),
        "period_ms": {
            topic: {"by_stamps": _spread_ms(stamps), "by_clock": _spread_ms(clock)}
            for topic, (stamps, clock) in between.items()
        },
        "gaps_s": {topic: [gap._asdict() for gap in gaps(stamps)] for topic, (stamps, _) in between.items()},
    }


def overview(summary: Mapping[str, Any]) -> dict[str, str]:
    """Rows of the table with which a report opens, by their name."""
    found, jumps, latency, stops = (summary[name] for name in ("episodes", "jumps", "latency_ms", "stops"))
    rows = {
        "policy": summary["policy"] or "not in the bag",
        "seed": summary["seed"] or "not in the bag",
        "duration": f"{summary['duration_s']:.1f} s",
        "episodes": f"{len(found)}, {sum(each['steps'] for each in found)} control steps in all",
    }
    if jumps is not None:
        best = max(jumps, key=itemgetter("apex"), default=None)
        rows["best return"] = f"{max(each['return'] for each in found):.1f}"
        of_best = f", the best {best['apex']:.2f} m high at {best['apex_time']:.2f} s" if best else ""
        rows["jumps"] = f"{len(jumps)}{of_best}"
    rows["stops"] = f"{len(stops)}" + "".join(f"; {stop['node']}: {stop['reason']}" for stop in stops[:1])
    rows["gaps in joint_states"] = f"{len(summary['gaps_s'].get('joint_states', []))}"
    if latency["count"]:
        rows["latency p50 / p99"] = f"{latency['p50']:.2f} / {latency['p99']:.2f} ms ({summary['clock']})"
    return rows


def clock_name(bag: Bag) -> str:
    """Clock by which latencies and periods are measured."""
    return "wall clock, at publication" if bag.has_publish_times else "the bag's clock, at receipt"


def notes(bag: Bag, episodes: Sequence[Episode]) -> list[str]:
    """Faults of the record."""
    found = list(bag.notes)
    if any(not message.sample.velocities for message in bag.joints):
        found.append("'velocity' of joint_states is empty: velocities are estimated from the positions")
    faults = sorted(bag.faults.items(), key=lambda fault: -len(fault[1]))
    found += [f"{len(stamps)} states left out: {why}" for why, stamps in faults[:5]]
    for each in episodes:
        if each.is_whole is False:
            found.append(f"episode {each.number}: {len(each)} of {each.reported_steps} steps are in the bag")
        elif each.is_whole and each.episode_return not in (None, each.reported_return):
            found.append(
                f"episode {each.number}: return {each.episode_return}, by the simulator {each.reported_return}"
            )
    return found


def _spread_ms(series: Series) -> dict[str, float | None]:
    values = series.values * 1e3
    return {"count": len(values), **_statistics(values, "mean", "std", "p50", "p99", "max")}


def _statistics(values: NDArray[np.float64], *names: str) -> dict[str, float | None]:
    return {name: float(STATISTICS[name](values)) if len(values) else None for name in names}
