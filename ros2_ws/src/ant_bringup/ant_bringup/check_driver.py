"""Check of a driver against the contract: `ros2 run ant_bringup check_driver --policy sac --seconds 10`.

Listens to any driver (simulator, fake_driver, a real robot's) and prints a table of what passes, what fails and what
could not be observed. Exit code 0: nothing failed, 1: something did, 2: bad arguments.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import rclpy
from rclpy.qos import QoSCompatibility, QoSProfile, qos_check_compatible
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from ant_bringup.bags.topics import TOPICS
from ant_bringup.checks.command_timeout import check_timeout, describe
from ant_bringup.checks.driver import check_recording, needed_topics
from ant_bringup.checks.gains import model_gains
from ant_bringup.checks.listener import STATES, Listener
from ant_bringup.checks.recording import Recording, Row, Verdict
from ant_policy import Card, PolicyError, load_policy
from ant_ros.arguments import split_ros_arguments
from ant_ros.qos import RELIABLE
from ant_ros.start import start_ros
from ant_sim.physics.robot import Robot, load_robot

COLOURS: dict[Verdict, str] = {"pass": "green", "warning": "yellow", "fail": "bold red", "not observed": "cyan"}


def check_topics(listener: Listener, card: Card) -> list[Row]:
    """Check types and qualities of service of the driver's publishers and subscribers."""
    rows = []
    needed = (*needed_topics(card), "e_stop_active")
    for topic in STATES:
        expected = TOPICS[topic]
        infos = listener.get_publishers_info_by_topic(listener.resolve_topic_name(topic))
        types = sorted({info.topic_type for info in infos} - {expected})
        found: tuple[Verdict, str]
        if not infos:
            found = "fail" if topic in needed else "not observed", f"no publisher{_elsewhere(listener, f'/{topic}')}"
        elif types:
            found = "fail", f"{', '.join(types)}; expected {expected}"
        elif len(infos) > 1:
            merged = "the policy merges their messages by joint name (see joint names)"
            why = merged if topic == "joint_states" else "expected one driver"
            found = "warning", f"{len(infos)} publishers; {why}"
        else:
            found = "pass", f"{expected}, {infos[0].qos_profile.reliability.name}"
        rows.append(Row(f"{topic} topic", *found))
    for topic in (f"joint_commands or {card.action.interface}_controller/commands", "e_stop"):
        names = map(listener.resolve_topic_name, topic.split(" or "))
        infos = [info for name in names for info in listener.get_subscriptions_info_by_topic(name)]
        infos = [info for info in infos if info.node_name not in ("policy_node", "check_driver")]
        refused = [why for why in (_incompatible(RELIABLE, info.qos_profile) for info in infos) if why]
        if not infos:
            found = "fail", "the driver does not listen"
        elif refused:
            found = "fail", f"{refused[0]}; expected one that takes RELIABLE, VOLATILE"
        else:
            found = "pass", f"'{infos[0].node_name}' listens"
        rows.append(Row(f"{topic} subscriber", *found))
    return rows


def _elsewhere(node: Listener, end: str) -> str:
    """Hint at the namespaces that have a publisher of a topic with this end; empty if there is none."""
    names = [name for name, _ in node.get_topic_names_and_types() if node.count_publishers(name)]
    found = [name.removesuffix(end) or "/" for name in names if name.endswith(end) and "/view/" not in name]
    return f"; found in {', '.join(found)}: give the namespace as --ros-args -r __ns:={found[0]}" if found else ""


def _incompatible(publisher: QoSProfile, subscriber: QoSProfile) -> str:
    # Deadline and lease are left out: the graph reports infinite ones as numbers that rmw takes for finite.
    wanted = QoSProfile(depth=1, reliability=subscriber.reliability, durability=subscriber.durability)
    compatibility, reason = qos_check_compatible(publisher, wanted)
    return str(reason) if compatibility == QoSCompatibility.ERROR else ""


def table(rows: Sequence[Row]) -> Table:
    """Format the rows as a table."""
    shown = Table("check", "result", "found", title="Driver")
    for row in rows:
        shown.add_row(row.check, f"[{COLOURS[row.verdict]}]{row.verdict}[/]", escape(row.detail))
    return shown


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m ant_bringup.check_driver", description=__doc__.splitlines()[0])
    parser.add_argument("--policy", default="sac", help="policy whose card the driver must match (default: sac)")
    parser.add_argument(
        "--model",
        default="",
        help="MJCF file of the robot, for its joints' ranges and gears (default: the card's envelope)",
    )
    parser.add_argument("--gains", default="", metavar="CARD", help="card whose gains the model's actuators have")
    parser.add_argument("--seconds", type=float, default=10.0, help="duration of the recording [s] (default: 10)")
    parser.add_argument("--effort", type=float, default=1.0, help="effort of the timeout test [N m] (default: 1)")
    parser.add_argument("--no-command", action="store_true", help="never command the robot")
    parser.add_argument("--yes", action="store_true", help="run the timeout test without asking: the robot may move")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args(split_ros_arguments(parser, argv)[0])
    if not 0.5 <= arguments.seconds <= 3600.0:
        parser.error(f"--seconds is {arguments.seconds:g}; expected 0.5 to 3600")
    return arguments


def may_command(arguments: argparse.Namespace, card: Card) -> bool:
    """Decide if the robot may be moved; asks on a terminal."""
    if arguments.no_command or arguments.yes or not sys.stdin.isatty():
        return arguments.yes and not arguments.no_command
    print(describe(card, arguments.effort), file=sys.stderr)
    return input("Command it? [y/N] ").strip().lower() in ("y", "yes")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    arguments = parse(argv)
    try:
        card = load_policy(arguments.policy).card
        robot = load_robot(arguments.model, gains=arguments.gains) if arguments.model else None
        ranges = known_ranges(card) if robot is None else model_ranges(robot)
        of_model = [] if robot is None else [model_gains(robot, card)]
    except (PolicyError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    start_ros(argv)
    listener = Listener()
    try:
        listener.wait_for_driver()
        listener.recording = Recording(arguments.seconds)
        for _ in track(range(100), "listening", console=Console(stderr=True), transient=True):
            listener.listen(arguments.seconds / 100)
        rows = [*of_model, *check_topics(listener, card), *check_recording(listener.recording, card, ranges)]
        if may_command(arguments, card):
            rows.append(check_timeout(listener, card, arguments.effort))
        else:
            rows.append(Row("command timeout", "not observed", "commands nothing unless it may (--yes)"))
    except KeyboardInterrupt:
        return 130
    finally:
        listener.close()
        rclpy.try_shutdown()
    counts = Counter(row.verdict for row in rows)
    console = Console()
    if arguments.json:
        console.out(json.dumps([asdict(row) for row in rows], indent=1), highlight=False)
    else:
        console.print(table(rows))
        console.print(", ".join(f"{counts[name]} {name}" for name in COLOURS), highlight=False)
    return 1 if counts["fail"] else 0


def model_ranges(robot: Robot) -> dict[str, tuple[float, float]]:
    """Range of each limited joint of a model [rad]."""
    model = robot.model
    limited = [joint for joint in range(model.njnt) if model.jnt_limited[joint]]
    return {model.joint(joint).name: (*model.jnt_range[joint].tolist(),) for joint in limited}


def known_ranges(card: Card) -> dict[str, tuple[float, float]]:
    """Range of each joint that the policy has seen [rad]."""
    return card.envelope.joint_positions if card.envelope else {}


if __name__ == "__main__":
    raise SystemExit(main())
