"""Reader of rosbag2 bags with the contract's topics, without ROS: MCAP or sqlite3, ours or `ros2 bag record`'s."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import yaml
from mcap.exceptions import McapError
from rosbags.rosbag2 import Reader, ReaderError
from rosbags.serde import SerdeError
from rosbags.typesys import Stores, get_typestore

from ant_bringup.bags.bag import MAX_LATENESS_NS, Bag, Command, JointState, Measurement, Status, Times, VelocityCommand
from ant_bringup.bags.mcap_file import Message, read_mcap
from ant_bringup.bags.topics import OTHER_TYPES, TOPICS
from ant_policy.observation.samples import BaseSample, ImuSample, JointSample

SUFFIXES = (".mcap", ".db3")
USED = ("joint_states", "odom", "imu", "cmd_vel", "joint_commands", "/diagnostics")
"""Topics whose content is read; other topics are only counted."""
INTERFACES = ("position", "velocity", "effort")
"""Fields of a command; one that fills several is none that a driver takes, and counts as the first."""


class BagReadError(Exception):
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
            bag.counts[message.topic] += 1
            bag.has_publish_times |= message.published_ns != message.logged_ns
            if message.topic.endswith(USED):
                messages.append((order, message))
    except (McapError, ReaderError, OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise BagReadError(f"'{path}' cannot be read: {' '.join(str(error).split())}") from error
    times_ns = [message.logged_ns for _, message in messages] or [0]
    bag.seconds = (max(times_ns) - min(times_ns)) * 1e-9
    bag.notes = [f"{note}: {bag.counts.total()} messages, {bag.seconds:.1f} s" for note in bag.notes]
    bag.namespace = _namespace(path, bag, namespace)
    names = {name if name.startswith("/") else f"{bag.namespace}/{name}": name for name in USED}
    typestore = get_typestore(Stores.ROS2_JAZZY)
    run, newest = 0, dict[tuple[str, ...], int]()
    for order, message in messages:
        name = names.get(message.topic)
        if name is None:
            continue
        if message.kind not in (TOPICS[name], OTHER_TYPES.get(name)):
            raise BagReadError(f"'{path}': topic '{message.topic}' has type {message.kind}; expected {TOPICS[name]}")
        try:
            content = typestore.deserialize_cdr(message.data, message.kind)
        except SerdeError as error:
            raise BagReadError(f"'{path}': a message of '{message.topic}' is broken: {error}") from error
        run += name == "joint_states" and _has_restarted(content, newest)
        clock_ns = message.published_ns if bag.has_publish_times else message.logged_ns
        _add(bag, name, Times(order, message.logged_ns, clock_ns, run), content)
    return bag


def _messages(path: Path, bag: Bag) -> Iterator[Message]:
    if not path.exists():
        raise BagReadError(f"'{path}' does not exist; expected the folder of a bag")
    for each in _parts(path):
        if each.is_dir() or each.suffix not in SUFFIXES:
            with Reader(each) as reader:
                for connection, logged_ns, data in reader.messages():
                    yield Message(connection.topic, connection.msgtype, logged_ns, logged_ns, data)
        elif not (yield from (read_mcap if each.suffix == ".mcap" else _read_sqlite3)(each)):
            bag.notes.append(
                f"'{each.name}' has no end (its recorder was killed, or it is damaged); read as far as it goes"
            )


def _read_sqlite3(path: Path) -> Generator[Message, None, bool]:
    """Read an sqlite3 file up to its end, or to where it is damaged; returns whether it is whole."""
    uri = f"{path.resolve().as_uri()}?immutable=1"
    with suppress(sqlite3.DatabaseError, KeyError), closing(sqlite3.connect(uri, uri=True)) as file:
        # A bag is untrusted input: its schema may call no function with side effects.
        file.execute("PRAGMA trusted_schema = OFF")
        # SQLite then opens a file that is shorter than it should be.
        file.execute("PRAGMA writable_schema = ON")
        topics = {key: (name, kind) for key, name, kind in file.execute("SELECT id, name, type FROM topics")}
        for key, logged_ns, data in file.execute("SELECT topic_id, timestamp, data FROM messages NOT INDEXED"):
            yield Message(*topics[key], logged_ns, logged_ns, data)
        return True
    return False


def _parts(path: Path) -> list[Path]:
    """Files of a bag in the order in which they were written; the folder itself if rosbag2 has compressed it."""
    metadata = path / "metadata.yaml"
    information = (
        yaml.safe_load(metadata.read_text(encoding="utf-8"))["rosbag2_bagfile_information"] if metadata.exists() else {}
    )
    if path.is_file() or information.get("compression_mode"):
        return [path]
    files = [file for file in path.rglob("*") if file.suffix in SUFFIXES]
    if not files:
        raise BagReadError(f"'{path}' holds no file of a bag; expected one that ends in {' or '.join(SUFFIXES)}")
    # bag_9 comes before bag_10.
    return sorted(files, key=lambda file: (len(file.name), file.name))


def _namespace(path: Path, bag: Bag, wanted: str | None) -> str:
    # The simulator's states for viewers are no second robot.
    topics = [topic for topic in sorted(bag.counts) if not topic.endswith("/view/joint_states")]
    found = [topic.removesuffix("/joint_states") for topic in topics if topic.endswith("/joint_states")]
    if wanted is not None:
        found = [each for each in found if each.strip("/") == wanted.strip("/")]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(each or "/" for each in found)
        raise BagReadError(f"'{path}' has joint_states of several robots; choose a namespace: {names} (--namespace)")
    where = f" in namespace '{wanted}'" if wanted is not None else ""
    names = ", ".join(topics[:20]) or "nothing"
    raise BagReadError("; ".join([f"'{path}' has no joint_states{where}; it has: {names}", *bag.notes]))


def _has_restarted(joints: Any, newest: dict[tuple[str, ...], int]) -> bool:
    """Keep the `newest` stamp [ns] of each publisher, identified by the joints it names; true if it jumps back."""
    names, stamp_ns = tuple(joints.name), _stamp_ns(joints)
    has_restarted = stamp_ns < newest.get(names, 0) - MAX_LATENESS_NS
    if has_restarted:
        newest.clear()
    newest[names] = max(newest.get(names, 0), stamp_ns)
    return has_restarted


def _stamp_ns(message: Any) -> int:
    return int(message.header.stamp.sec) * 1_000_000_000 + int(message.header.stamp.nanosec)


def _add(bag: Bag, topic: str, times: Times, message: Any) -> None:
    if topic == "cmd_vel":
        twist = getattr(message, "twist", message)
        bag.velocity_commands.append(VelocityCommand(times, (twist.linear.x, twist.linear.y, twist.angular.z)))
        return
    stamp_ns = _stamp_ns(message)
    match topic:
        case "joint_states":
            names, efforts = tuple(message.name), message.effort.tolist()
            joints = JointSample(stamp_ns, names, message.position.tolist(), message.velocity.tolist())
            bag.joints.append(JointState(times, joints, dict(zip(names, efforts, strict=False))))
        case "odom":
            pose, twist = message.pose.pose, message.twist.twist
            q, v, w = pose.orientation, twist.linear, twist.angular
            base = BaseSample(stamp_ns, pose.position.z, (q.w, q.x, q.y, q.z), (v.x, v.y, v.z), (w.x, w.y, w.z))
            bag.measurements[topic].append(Measurement(times, base))
        case "imu":
            q, w = message.orientation, message.angular_velocity
            quaternion = None if message.orientation_covariance[0] == -1.0 else (q.w, q.x, q.y, q.z)
            bag.measurements[topic].append(Measurement(times, ImuSample(stamp_ns, quaternion, (w.x, w.y, w.z))))
        case "joint_commands":
            interface = next((each for each in INTERFACES if len(getattr(message, each))), "effort")
            values = tuple(getattr(message, interface).tolist())
            bag.commands.append(Command(times, stamp_ns, tuple(message.name), interface, values))
        case "/diagnostics":
            for status in message.status:
                entries = {entry.key: entry.value for entry in status.values}
                bag.statuses.append(Status(times, stamp_ns, status.name, int(status.level), status.message, entries))
