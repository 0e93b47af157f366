"""Report of a recorded run: `ros2 run ant_bringup bag_report bags/first --out report`.

Reads any rosbag2 bag with the contract's topics (MCAP or sqlite3), without ROS; writes `index.html` with interactive
plots, and `summary.json`. Exit code 0, or 2 if there is nothing to report.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from ant_bringup.bags.bag import Bag
from ant_bringup.bags.episodes import Episode, episodes
from ant_bringup.bags.reader import BagReadError, read_bag
from ant_bringup.bags.report.summary import summarise
from ant_policy import Card, PolicyError, default_card, load_policy
from ant_policy.atomic import replacing
from ant_policy.optional import optional_libraries


def save_episodes(found: Sequence[Episode], path: Path) -> None:
    """Write all episodes into one `.npz` for offline learning, concatenated.

    `observations` (sum of T + 1, n), `actions` (sum of T, m), `rewards` (of the jump), `terminations`, `truncations`
    (sum of T,) and `lengths` (episodes,), the T of each.
    """
    rewards = [each.rewards for each in found if each.rewards is not None]
    lengths = np.array([len(each) for each in found])
    last = np.isin(np.arange(lengths.sum()), lengths.cumsum() - 1)
    terminated = np.repeat([each.terminated for each in found], lengths)
    with replacing(path) as (new,), new.open("wb") as file:
        np.savez_compressed(
            file,
            allow_pickle=False,
            observations=np.concatenate([each.observations for each in found]),
            actions=np.concatenate([each.actions for each in found]),
            **({"rewards": np.concatenate(rewards)} if rewards else {}),
            terminations=last & terminated,
            truncations=last & ~terminated,
            lengths=lengths,
        )


def overview(summary: dict[str, Any]) -> Table:
    """Summary of the run in a few rows."""
    table = Table(title="Report", show_header=False)
    found, jumps, latency = summary["episodes"], summary["jumps"], summary["latency_ms"]
    table.add_row("episodes", f"{len(found)} of {sum(each['steps'] for each in found)} control steps together")
    if jumps is not None:
        highest = max((jump["apex"] for jump in jumps), default=None)
        table.add_row("best return", f"{max(each['return'] for each in found):.1f}")
        table.add_row("jumps", f"{len(jumps)}" + ("" if highest is None else f", highest {highest:.2f} m"))
    table.add_row("gaps in joint_states", f"{len(summary['gaps_s'].get('joint_states', []))}")
    if latency["count"]:
        table.add_row("latency p50 / p99", f"{latency['p50']:.2f} / {latency['p99']:.2f} ms ({summary['clock']})")
    return table


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="bag_report", description=__doc__.splitlines()[0])
    parser.add_argument("bag", type=Path, help="folder of a bag, or one of its files")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write the report into")
    parser.add_argument("--namespace", help="namespace of the robot, if the bag has several")
    parser.add_argument("--policy", help="recorded policy, or its card.yaml (default: an Ant's card)")
    parser.add_argument("--episodes", type=Path, metavar="NPZ", help="also write the episodes, for training from logs")
    return parser.parse_args(argv)


def missing(bag: Bag, card: Card) -> str:
    """Reason why a bag has no complete state of the card's robot."""
    heard = {name for message in bag.joints for name in message.sample.names}
    absent = [name for name in card.joints.names if name not in heard]
    if absent:
        names = ", ".join(sorted(heard)[:20]) or "none"
        return f"joint '{absent[0]}' of the card is not in joint_states; found: {names}; --policy names the policy"
    counts = {"joint_states": len(bag.joints)} | {
        topic: len(messages) for topic, messages in bag.measurements.items() if topic in card.sources
    }
    return (
        f"expected {' and '.join(counts)} of at least two states, found "
        f"{' and '.join(map(str, counts.values()))} messages"
    )


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write all files; returns the summary.

    Raises:
        BagReadError: if the bag cannot be read, or no control step is in it.
        PolicyError: if the policy cannot be loaded.
        OSError: if a file cannot be written.
    """
    with optional_libraries():
        from ant_bringup.bags.report import figures, html
    card = load_policy(arguments.policy).card if arguments.policy else default_card("sac")
    bag = read_bag(arguments.bag, arguments.namespace)
    found = list(episodes(bag, card))
    if not found:
        raise BagReadError(f"'{arguments.bag}' has no control step: {missing(bag, card)}")
    summary = summarise(bag, found, card)
    drawn = figures.figures(bag, found, card)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with replacing(arguments.out / "summary.json", arguments.out / "index.html") as (numbers, page):
        numbers.write_text(json.dumps(summary, indent=1), encoding="utf-8")
        page.write_text(html.page(f"Report of {arguments.bag.name}", summary, drawn), encoding="utf-8")
    if arguments.episodes is not None:
        save_episodes(found, arguments.episodes)
    return summary


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    arguments = parse(argv)
    try:
        summary = report(arguments)
    except (BagReadError, PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    Console().print(overview(summary))
    for note in summary["notes"]:
        print(f"note: {note}")
    print(f"written: {arguments.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
