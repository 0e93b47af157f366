"""Write the tables of the documentation from what nodes, launch files and commands declare: `make reference`."""

import argparse
import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import rclpy
from commands import command_description, console_scripts, launch_arguments, make_targets
from node_interface import Named, NodeInterface
from rclpy.logging import LoggingSeverity, set_logger_level
from rclpy.node import Node
from rclpy.parameter import Parameter

from ant_bringup.fake_driver import FakeDriver
from ant_bringup.markers import MarkersNode
from ant_bringup.web.web_node import WebNode
from ant_policy.observation.terms import TERMS
from ant_policy.policy_node import PolicyNode
from ant_sim.sim_node import SimNode

NAMES = ("interface.md", "card.md", "rviz.md", "commands.md")
PAGES = [Path(__file__).parent.parent / name for name in NAMES]
CARDS = Path(__file__).parent / "cards"
"""Cards of policies that need every topic, one for each interface."""

OF_DRIVERS: list[dict[str, Any]] = [
    {"command_interface": "effort_controller"},
    {"command_interface": "position_controller", "robot": "quadruped"},
    {"command_interface": "velocity_controller", "model": str(Path(__file__).parent / "wheel.xml")},
    {},
]
"""Settings of a driver, one for each interface."""

NODES: dict[type[Node], list[dict[str, Any]]] = {
    SimNode: OF_DRIVERS,
    FakeDriver: OF_DRIVERS,
    PolicyNode: [*[{"policy": str(card)} for card in sorted(CARDS.glob("*.yaml"))], {"use_sim_time": True}],
    MarkersNode: [{}],
    WebNode: [{}],
}
"""Each node with the settings that show all of its topics; the last one has the defaults."""

TOPICS = {
    "joint_states": "name, position, velocity, applied effort; any order; frame_id: episode",
    "odom": "pose of the base link in `odom`; twist in its frame (REP-105)",
    "imu": "IMU at the base link (REP-145): +9.81 m/s² on z at rest",
    "cmd_vel": "velocity command; or TwistStamped (`command_input`)",
    "torso_height": "z of the Ant's torso [m]",
    "/clock": "simulation time from 1 s on; never goes back",
    "joint_commands": "name; effort, position or velocity; stamp of the state answered; frame_id: commander",
    "effort_controller/commands": "the same efforts in the order of `joints`",
    "position_controller/commands": "the same positions",
    "velocity_controller/commands": "the same velocities",
    "e_stop": "from anyone: true latches a stop, false releases",
    "e_stop_active": "the driver's latch, 10 Hz",
    "~/view/joint_states": "for `web`: at most 30 Hz",
    "~/view/odom": "likewise",
    "markers": "height, reward and efforts for RViz",
    "/diagnostics": "1 Hz, and at stops and ends of episodes",
}
"""Content of each topic, which nodes do not declare."""

SERVICES = {
    "~/reset": "start a new episode",
    "~/set_pause": "true: pause; false: resume",
    "~/step": "one control step while paused",
}


def interfaces() -> list[NodeInterface]:
    """Interface of each node, in all of its settings."""
    rclpy.init(args=[])
    set_logger_level("robot", LoggingSeverity.WARN)
    found = []
    for node_type, settings in NODES.items():
        found.append(NodeInterface())
        for setting in settings:
            overrides = [Parameter(name, value=value) for name, value in setting.items()]
            node = node_type(namespace="robot", parameter_overrides=overrides)
            if isinstance(node, PolicyNode):
                node.trigger_configure()
            found[-1].add(node)
            node.destroy_node()
    rclpy.shutdown()
    return found


def table(*rows: Sequence[str]) -> list[str]:
    """Lines of a table; the first row is the head."""
    lines = [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows]
    return [lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]


def ends(nodes: dict[str, dict[Named, str]], topic: Named) -> str:
    """The nodes at one end of a topic, with the marks of their reliability."""
    return ", ".join(f"`{name}`{topics[topic]}" for name, topics in nodes.items() if topic in topics)


def entry(name: str, default: object, choices: Sequence[str], text: str) -> str:
    """Line of a list: name, default with the other choices, meaning; the choices of a switch are known."""
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    others = [choice for choice in choices if choice not in (shown, "true", "false")]
    values = ", ".join(f"`{value}`" for value in (shown, *others))
    return f"- `{name}`{f' ({values})' if shown else ''}: {text.replace('<', '&lt;')}"


def tables(nodes: list[NodeInterface]) -> Iterator[tuple[str, list[str]]]:
    """Name and lines of each table or list."""
    writers = {node.name: node.published for node in nodes}
    readers = {node.name: node.subscribed for node in nodes}
    topics = set[Named]().union(*writers.values(), *readers.values())
    rows = [
        (f"`{topic[0]}`", topic[1], ends(writers, topic), ends(readers, topic), content)
        for topic, content in described(topics, TOPICS, "TOPICS")
    ]
    yield "topics", table(("topic", "type", "published by", "read by", "content"), *rows)
    services = {node.name: dict.fromkeys(node.services, "") for node in nodes}
    yield (
        "services",
        [
            f"- `{service[0]}` ({service[1]}; {ends(services, service)}): {content}"
            for service, content in described(set().union(*services.values()), SERVICES, "SERVICES")
        ],
    )
    # --help lists the parameters of the other nodes.
    contract = {node.name: node.parameters for node in nodes if node.name in ("sim_node", "policy_node")}
    for node, parameters in contract.items():
        yield f"parameters of {node}", [entry(name, *parameter) for name, parameter in parameters.items()]
    for file in ("robot.launch.py", "rviz.launch.py"):
        own = (row for row in launch_arguments(file) if not any(row[0] in known for known in contract.values()))
        yield f"arguments of {file}", [entry(name, default, choices, text) for name, default, text, choices in own]
    terms = [
        (f"`{name}`", kind.unit, _entries(kind.entries), _either(kind.sources), _either(kind.read))
        for name, kind in TERMS.items()
    ]
    yield "terms", table(("term", "unit", "values", "source", "frame"), *terms)
    scripts = console_scripts()
    lines = [f"- `{package} {name}`: {command_description(module)}" for package, name, module in scripts]
    targets = ", ".join(f"`{target}`" for target in make_targets() if target != "help")
    yield "commands", [*lines, f"- `make`, which explains them: {targets}"]


def _entries(names: tuple[str, ...] | str) -> str:
    return f"all {names}" if isinstance(names, str) else ", ".join(names)


def _either(names: Iterable[str]) -> str:
    return " or ".join(f"`{name}`" for name in names if name)


def described(found: set[Named], contents: dict[str, str], where: str) -> list[tuple[Named, str]]:
    """Topics or services of the nodes with their descriptions, in the order of the descriptions.

    Raises:
        ValueError: if a description is missing, or is of something that no node has.
    """
    names = {name for name, _ in found}
    if names != contents.keys():
        difference = ", ".join(sorted(names ^ contents.keys()))
        raise ValueError(f"{where} in docs/reference/__main__.py and the nodes differ: {difference}")
    return [(entry, content) for name, content in contents.items() for entry in sorted(found) if entry[0] == name]


def fill(pages: dict[Path, str]) -> dict[Path, str]:
    """The pages with their tables as the code has them now.

    Raises:
        ValueError: if no page has a place for one of them.
    """
    filled = dict(pages)
    for name, lines in tables(interfaces()):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        page = next((page for page, text in filled.items() if end in text.partition(begin)[2]), None)
        if page is None:
            raise ValueError(f"no page has a place for '{name}'; expected {begin} and {end}")
        before, rest = filled[page].split(begin)
        filled[page] = before + "\n".join([begin, *lines, end]) + rest.split(end, 1)[1]
    return filled


def main() -> int:
    """Write the pages, or show how they differ; exit code 0, 1 if they differ, 2 if they cannot be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 and a diff if a page is old")
    is_check = parser.parse_args().check
    pages = {path: path.read_text(encoding="utf-8") for path in PAGES}
    try:
        current = fill(pages)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path, text in current.items():
        if is_check:
            name = f"docs/{path.name}"
            old, new = pages[path].splitlines(keepends=True), text.splitlines(keepends=True)
            sys.stdout.writelines(difflib.unified_diff(old, new, name, "code"))
        else:
            path.write_text(text, encoding="utf-8")
    return int(is_check and current != pages)


if __name__ == "__main__":
    raise SystemExit(main())
