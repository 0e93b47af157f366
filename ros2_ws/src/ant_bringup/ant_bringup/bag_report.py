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
from rich.markup import escape
from rich.table import Table

from ant_bringup.bags.bag import Bag, JointState, Measurement
from ant_bringup.bags.episodes import MAX_PERIODS, Episode, episodes
from ant_bringup.bags.reader import BagReadError, read_bag
from ant_bringup.bags.report.summary import overview, summarise
from ant_bringup.bags.states import states
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


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m ant_bringup.bag_report", description=__doc__.splitlines()[0])
    parser.add_argument("bag", type=Path, help="folder of a bag, or one of its files")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write the report into")
    parser.add_argument("--namespace", help="namespace of the robot, if the bag has several")
    parser.add_argument("--policy", help="recorded policy, or its card.yaml (default: an Ant's card)")
    parser.add_argument("--episodes", type=Path, metavar="NPZ", help="also write the episodes, for training from logs")
    return parser.parse_args(argv)


def missing(bag: Bag, card: Card) -> str:
    """Reason why a bag has no complete state of the card's robot."""
    found = sum(1 for _ in states(bag, card))
    heard = {name for message in bag.joints for name in message.sample.names}
    absent = [name for name in card.joints.names if name not in heard]
    if absent:
        names = ", ".join(sorted(heard)[:20]) or "none"
        return f"joint '{absent[0]}' of the card is not in joint_states; found: {names}; --policy names the policy"
    topics: dict[str, Sequence[JointState | Measurement]] = {"joint_states": bag.joints}
    topics |= {topic: messages for topic, messages in bag.measurements.items() if topic in card.sources}
    if min(map(len, topics.values())) < 2:
        numbers = " and ".join(str(len(messages)) for messages in topics.values())
        return f"expected {' and '.join(topics)} of at least two states, found {numbers} messages"
    if bag.faults:
        why, stamps = max(bag.faults.items(), key=lambda fault: len(fault[1]))
        return f"{why} ({len(stamps)} of {len(bag.joints)} states)"
    if found > 1:
        return f"its {found} states are more than {MAX_PERIODS * card.control_period:g} s apart; expected one a period"
    times = {topic: [each.sample.stamp_ns * 1e-9 for each in messages] for topic, messages in topics.items()}
    spans = ", ".join(f"{topic} {min(each):.2f} to {max(each):.2f} s" for topic, each in times.items())
    return f"the topics have no stamps in common: {spans}"


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
    table = Table(title="Report", show_header=False)
    for row in overview(summary).items():
        table.add_row(*map(escape, row))
    Console().print(table)
    for note in summary["notes"]:
        print(f"note: {note}")
    print(f"written: {arguments.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
