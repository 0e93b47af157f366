"""Writes the tables of the documentation from what nodes, launch files and commands declare: `make reference`.

The nodes are made as they are on a robot and asked for their parameters, topics and services.
"""

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

import rclpy
from commands import command_description, console_scripts, make_targets
from launch_arguments import LAUNCH_FILE, launch_arguments
from node_interface import NodeInterface, interface_of
from rclpy.logging import LoggingSeverity, set_logger_level
from rclpy.node import Node
from rclpy.parameter import Parameter

from ant_bringup.fake_driver import FakeDriver
from ant_bringup.markers import MarkersNode
from ant_bringup.web.web_node import WebNode
from ant_policy.policy_node import PolicyNode
from ant_sim.sim_node import SimNode

PAGES = [Path(__file__).parent.parent / name for name in ("interface.md", "rviz.md", "web.md", "commands.md")]

NODES: dict[type[Node], list[dict[str, object]]] = {
    SimNode: [{}, {"command_interface": "effort_controller"}],
    FakeDriver: [{}, {"command_interface": "effort_controller"}],
    PolicyNode: [{"use_sim_time": True}],
    MarkersNode: [{}],
    WebNode: [{}],
}
"""Each node, and the settings in which it must be looked at to see all of its topics."""

TOPICS = {
    "joint_states": "name, position [rad], velocity [rad/s], applied effort [N m]; any order",
    "odom": "pose of `torso` in `odom`; twist in the torso frame (REP-105)",
    "imu": "torso IMU (REP-145): +9.81 m/s² on z at rest, about 0 in free flight",
    "torso_height": "z of the torso [m]",
    "/clock": "simulation time from 1 s on; it never goes back, not on a reset either",
    "joint_commands": "name and effort [N m]; stamp of the state that it answers; frame_id: who commands",
    "effort_controller/commands": "the same efforts in the order of parameter `joints` (ros2_control)",
    "e_stop": "from anybody: true stops, latched on both sides; false releases; motion then needs a fresh activation",
    "e_stop_active": "the driver's latch, 10 Hz",
    "~/view/joint_states": "for `web`: `joint_states`, 30 a second (steady clock) however fast the simulator runs",
    "~/view/odom": "`odom`, likewise",
    "markers": "height, reward lines and efforts for RViz",
    "/diagnostics": "1 Hz, at each stop, and at an episode's end (stamped with its last state)",
}
"""Content of each topic, which nodes do not declare."""

SERVICES = {
    "~/reset": "a new episode; on a driver: the robot is reset to standing",
    "~/set_pause": "true: time stands still; false: it goes on",
    "~/step": "one control step, only while paused; it returns when the step is done",
}


def interfaces() -> list[NodeInterface]:
    """Interface of each node, in all of its settings."""
    rclpy.init(args=[])
    set_logger_level("robot", LoggingSeverity.WARN)
    found = []
    for node_type, settings in NODES.items():
        seen: list[NodeInterface] = []
        for setting in settings:
            overrides = [Parameter(name, value=value) for name, value in setting.items()]
            node = node_type(namespace="robot", parameter_overrides=overrides)
            seen.append(interface_of(node))
            node.destroy_node()
        found.append(seen[0].merged(seen[1:]))
    rclpy.shutdown()
    return found


def row(*cells: str) -> str:
    """One line of a table."""
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def named(nodes: dict[str, dict[tuple[str, str], str]], end: tuple[str, str]) -> str:
    """The nodes that have a topic of that type, with what is special about its quality of service."""
    return ", ".join(f"`{name}`{ends[end]}" for name, ends in nodes.items() if end in ends)


def tables(nodes: list[NodeInterface]) -> Iterator[tuple[str, list[str]]]:
    """Name and lines of each table.

    Raises:
        ValueError: for a topic or service that is described and that no node has, or the other way round.
    """
    writers = {node.name: node.published for node in nodes}
    readers = {node.name: node.subscribed for node in nodes}
    topics = set().union(*writers.values(), *readers.values())
    check({name for name, _ in topics}, TOPICS, "TOPICS")
    lines = [row("topic", "type", "published by", "read by", "content"), "|---|---|---|---|---|"]
    for topic, content in TOPICS.items():
        for end in sorted(end for end in topics if end[0] == topic):
            lines.append(row(f"`{topic}`", end[1], named(writers, end) or "anyone", named(readers, end), content))
    yield "topics", lines

    services = {entry for node in nodes for entry in node.services}
    check({name for name, _ in services}, SERVICES, "SERVICES")
    lines = [row("service", "type", "of", "what it does"), "|---|---|---|---|"]
    for service, content in SERVICES.items():
        for kind in sorted(kind for name, kind in services if name == service):
            owners = ", ".join(f"`{node.name}`" for node in nodes if (service, kind) in node.services)
            lines.append(row(f"`{service}`", kind, owners, content))
    yield "services", lines

    for node in nodes:
        lines = [row("parameter", "default", "range", "meaning"), "|---|---|---|---|"]
        lines += [row(f"`{p.name}`", p.default and f"`{p.default}`", p.range, p.meaning) for p in node.parameters]
        yield f"parameters of {node.name}", lines

    for file in ("jump.launch.py", "rviz.launch.py"):
        lines = [row("argument", "default", "choices", "meaning"), "|---|---|---|---|"]
        for name, default, choices, description in launch_arguments(LAUNCH_FILE.with_name(file)):
            lines.append(row(f"`{name}`", default and f"`{default}`", ", ".join(choices), description))
        yield f"arguments of {file}", lines

    lines = [row("command", "what it does"), "|---|---|"]
    for package, name, module in console_scripts():
        lines.append(row(f"`ros2 run {package} {name}`", command_description(module)))
    yield "commands", lines

    lines = [row("command", "what it does"), "|---|---|"]
    lines += [row(f"`{command}`", meaning) for command, meaning in make_targets()]
    yield "make targets", lines


def check(found: set[str], described: dict[str, str], where: str) -> None:
    """Compare what nodes have with what is described here.

    Raises:
        ValueError: if they differ.
    """
    for name in sorted(found - set(described)):
        raise ValueError(f"'{name}' is not described; add it to {where} in docs/reference/__main__.py")
    for name in sorted(set(described) - found):
        raise ValueError(f"no node has '{name}'; remove it from {where} in docs/reference/__main__.py")


def fill(pages: dict[str, str]) -> dict[str, str]:
    """The pages, text by name, with their tables as the code has them now.

    Raises:
        ValueError: if no page has a place for one of them.
    """
    filled = dict(pages)
    for name, lines in tables(interfaces()):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        page = next((page for page, text in filled.items() if end in text.partition(begin)[2]), None)
        if page is None:
            raise ValueError(f"no place for '{name}' in {' or '.join(pages)}: expected {begin} and {end}")
        before, rest = filled[page].split(begin)
        filled[page] = before + "\n".join([begin, *lines, end]) + rest.split(end, 1)[1]
    return filled


def main() -> int:
    """Write the pages, or say how they differ; exit code 0, 1 if they differ, 2 if they cannot be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 and a diff if they are not current"
    )
    arguments = parser.parse_args()
    pages = {f"docs/{path.name}": path.read_text(encoding="utf-8") for path in PAGES}
    try:
        current = fill(pages)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if not arguments.check:
        for path, text in zip(PAGES, current.values(), strict=True):
            path.write_text(text, encoding="utf-8")
        return 0
    difference = [
        line
        for name, page in pages.items()
        for line in difflib.unified_diff(page.splitlines(), current[name].splitlines(), name, "code", lineterm="")
    ]
    print("\n".join(difference) or f"{' and '.join(pages)} say what the code declares")
    return 1 if difference else 0


if __name__ == "__main__":
    raise SystemExit(main())
