"""Reader of rosbag2 bags with the contract's topics, without ROS: MCAP or sqlite3, ours or `ros2 bag record`'s."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from mcap.exceptions import McapError
from rosbags.rosbag2 import Reader, ReaderError
from rosbags.serde import SerdeError
from rosbags.typesys import Stores, get_typestore

from ant_bringup.bags.bag import Bag, Command, JointState, Odometry, Status, Times
from ant_bringup.bags.mcap_file import McapFile, Message
from ant_bringup.topics import TOPICS
from ant_policy.observation.builder import BaseSample, JointSample

SUFFIXES = (".mcap", ".db3")
USED = ("joint_states", "odom", "joint_commands", "/diagnostics")
"""Topics whose content is read; other topics are only counted."""


class BagReadError(ValueError):
    """A bag cannot be read; the message names it, and what was expected and found."""


def read_bag(path: Path, namespace: str | None = None) -> Bag:
    """Read a bag.

    Args:
        path: folder of the bag, or one of its files.
        namespace: of the robot; None finds the only one.

    Raises:
        BagReadError: if it is not a bag, or has no joint_states of the robot, or those of several robots.
    """
    bag = Bag()
    messages: list[tuple[int, Message]] = []
    try:
        for order, message in enumerate(_messages(path, bag)):
            bag.counts[message.topic] = bag.counts.get(message.topic, 0) + 1
            if message.topic.endswith(USED):
                messages.append((order, message))
    except BagReadError:
        raise
    except (McapError, ReaderError, OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise BagReadError(f"'{path}' cannot be read: {' '.join(str(error).split())}") from error
    bag.namespace = _namespace(path, bag.counts, namespace)
    handlers = _handlers(bag)
    typestore = get_typestore(Stores.ROS2_JAZZY)
    for order, message in messages:
        entry = handlers.get(message.topic)
        if entry is None:
            continue
        kind, handle = entry
        if message.kind != kind:
            raise BagReadError(f"'{path}': topic '{message.topic}' has type {message.kind}; expected {kind}")
        try:
            content = typestore.deserialize_cdr(message.data, kind)
        except SerdeError as error:
            raise BagReadError(f"'{path}': a message of '{message.topic}' is broken: {error}") from error
        handle(Times(order, message.logged_ns, message.published_ns), content)
    return bag


def _messages(path: Path, bag: Bag) -> Iterator[Message]:
    if not path.exists():
        raise BagReadError(f"'{path}' does not exist; expected the folder of a bag")
    if _is_compressed(path):
        yield from _library_messages(path)
        return
    files = _files(path)
    if not files:
        raise BagReadError(f"'{path}' holds no file of a bag; expected one that ends in {' or '.join(SUFFIXES)}")
    for each in files:
        if each.suffix != ".mcap":
            yield from _library_messages(each)
            continue
        file = McapFile(each)
        for message in file.messages():
            bag.has_publish_times |= message.published_ns != message.logged_ns
            yield message
        if not file.finished:
            bag.notes.append(
                f"'{each.name}' has no end (its recorder was killed, or it is damaged); read as far as it goes"
            )


def _library_messages(path: Path) -> Iterator[Message]:
    with Reader(path) as reader:
        for connection, logged_ns, data in reader.messages():
            yield Message(connection.topic, connection.msgtype, logged_ns, logged_ns, data)


def _is_compressed(path: Path) -> bool:
    metadata = path / "metadata.yaml"
    if not metadata.exists():
        return False
    return bool(yaml.safe_load(metadata.read_text())["rosbag2_bagfile_information"].get("compression_mode"))


def _files(path: Path) -> list[Path]:
    """Files of a bag in the order in which they were written."""
    if path.is_file():
        return [path]

    def number(file: Path) -> tuple[int, str]:
        tail = file.stem.rpartition("_")[2]
        return int(tail) if tail.isdecimal() else 0, file.name

    return sorted((file for file in path.rglob("*") if file.suffix in SUFFIXES), key=number)


def _namespace(path: Path, topics: dict[str, int], wanted: str | None) -> str:
    found = [topic.removesuffix("/joint_states") for topic in topics if topic.endswith("/joint_states")]
    if wanted is not None:
        found = [each for each in found if each.strip("/") == wanted.strip("/")]
    if len(found) == 1:
        return found[0]
    if found:
        raise BagReadError(
            f"'{path}' has joint_states of several robots; choose a namespace: {', '.join(sorted(found))}"
        )
    where = f" in namespace '{wanted}'" if wanted is not None else ""
    names = ", ".join(sorted(topics)[:20]) or "nothing"
    raise BagReadError(f"'{path}' has no joint_states{where}; it has: {names}")


def _handlers(bag: Bag) -> dict[str, tuple[str, Callable[[Times, Any], None]]]:
    """Type and handler of each topic whose content is read."""
    readers: tuple[Callable[[Times, Any], None], ...] = (
        lambda times, m: bag.joints.append(_joints(times, m)),
        lambda times, m: bag.odometry.append(_odometry(times, m)),
        lambda times, m: bag.commands.append(_command(times, m)),
        lambda times, m: bag.statuses.extend(_statuses(times, m)),
    )
    return {
        name if name.startswith("/") else f"{bag.namespace}/{name}": (TOPICS[name], handle)
        for name, handle in zip(USED, readers, strict=True)
    }


def _stamp_ns(message: Any) -> int:
    return int(message.header.stamp.sec) * 1_000_000_000 + int(message.header.stamp.nanosec)


def _joints(times: Times, message: Any) -> JointState:
    names, efforts = tuple(message.name), message.effort.tolist()
    sample = JointSample(_stamp_ns(message), names, message.position.tolist(), message.velocity.tolist())
    return JointState(times, sample, dict(zip(names, efforts, strict=False)))


def _odometry(times: Times, message: Any) -> Odometry:
    pose, twist = message.pose.pose, message.twist.twist
    q, v, w = pose.orientation, twist.linear, twist.angular
    return Odometry(
        times,
        BaseSample(_stamp_ns(message), pose.position.z, (q.w, q.x, q.y, q.z), (v.x, v.y, v.z), (w.x, w.y, w.z)),
    )


def _command(times: Times, message: Any) -> Command:
    efforts = tuple(message.effort.tolist())
    return Command(times, _stamp_ns(message), tuple(message.name), efforts, message.header.frame_id)


def _statuses(times: Times, message: Any) -> list[Status]:
    return [
        Status(
            times,
            _stamp_ns(message),
            status.name,
            int(status.level),
            status.message,
            {entry.key: entry.value for entry in status.values},
        )
        for status in message.status
    ]
