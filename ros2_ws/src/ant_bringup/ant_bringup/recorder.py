"""Recorder of the contract's topics, without `ros2 bag`: `ros2 run ant_bringup recorder bags/first`.

The bag is a rosbag2 folder of MCAP files, for `ros2 bag info|play` and `bag_report`. SIGINT, SIGTERM and a full disk
finish it. Exit code 0, 1 if the recording ended early (disk full), or 2 if it could not begin.
"""

import argparse
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message
from rclpy.subscription import Subscription
from rosgraph_msgs.msg import Clock as ClockMessage

from ant_bringup.bags.background_writer import BackgroundWriter
from ant_bringup.bags.mcap_file import Message
from ant_bringup.bags.topics import HEARS, OTHER_TYPES, TOPICS
from ant_bringup.bags.writer import DEFAULT_FILE_SIZE, BagError, BagWriter
from ant_ros.arguments import split_ros_arguments
from ant_ros.messages import to_ns
from ant_ros.qos import BEST_EFFORT_DEEP, DEEP, RELIABLE_DEEP
from ant_ros.run_node import ros

ADAPT_PERIOD = 0.1
"""Period [s] of adapting to the publishers' qualities of service, as in `ros2 bag record`."""
MAX_DRAIN = 1.0
"""Time [s] after the end in which messages still queued in DDS are taken."""
DRAIN_SILENCE = 0.02
"""Silence [s] after which the queues count as empty."""
NICENESS = 5
"""Added to the process's niceness: the control loop comes first."""


class Recorder(Node):
    """Passes each message to a bag, still serialised.

    Attributes:
        lost: number of messages that were published but not received, by topic.
    """

    def __init__(self, writer: BackgroundWriter, use_sim_time: bool) -> None:
        """Subscribe to all topics; with `use_sim_time`, the newest /clock is each message's time of receipt."""
        super().__init__("recorder", start_parameter_services=False, enable_rosout=False)
        self.lost: Counter[str] = Counter()
        self._writer = writer
        self._use_sim_time = use_sim_time
        self._received = 0
        self._now_ns = 0
        # Messages before the first /clock.
        self._early: deque[Message] = deque(maxlen=DEEP)
        self._offered: dict[str, tuple[dict[str, Any], ...]] = {}
        self._last_number: dict[str, int] = {}
        self._heard: set[str] = set()
        self._kinds = dict(TOPICS)
        self._subscribers = {topic: self._subscribe(topic, RELIABLE_DEEP) for topic in TOPICS}
        self._timer = self.create_timer(ADAPT_PERIOD, self._adapt, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def drain(self, executor: SingleThreadedExecutor) -> None:
        """Take what is still queued in DDS."""
        self._timer.cancel()
        deadline = time.monotonic() + MAX_DRAIN
        before = -1
        while before != self._received and time.monotonic() < deadline:
            before = self._received
            executor.spin_once(timeout_sec=DRAIN_SILENCE)

    def _subscribe(self, topic: str, qos: QoSProfile) -> Subscription:
        package, _, name = self._kinds[topic].split("/")
        return self.create_subscription(
            getattr(import_module(f"{package}.msg"), name),
            topic,
            partial(self._on_message, topic, self.resolve_topic_name(topic)),
            qos,
            event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
            raw=True,
        )

    def _adapt(self) -> None:
        """Request what the publishers offer: the type, and reliable unless one of them is best effort."""
        for topic, subscription in self._subscribers.items():
            offers = self._offered[topic] = self._offers(topic)
            best_effort = any(offer["reliability"] == "best_effort" for offer in offers)
            wanted = BEST_EFFORT_DEEP if best_effort else RELIABLE_DEEP
            kind = self._kind(topic)
            if offers and (subscription.qos_profile.reliability, self._kinds[topic]) != (wanted.reliability, kind):
                self._kinds[topic] = kind
                self.destroy_subscription(subscription)
                self._subscribers[topic] = self._subscribe(topic, wanted)
            elif topic not in self._heard and subscription.get_publisher_count():
                self._heard.add(topic)
                # Unbuffered, as Python would fail to flush at its end if the parent process had ended.
                with suppress(BrokenPipeError):
                    os.write(sys.stdout.fileno(), f"{HEARS}{self.resolve_topic_name(topic)}\n".encode())

    def _offers(self, topic: str) -> tuple[dict[str, Any], ...]:
        infos = self.get_publishers_info_by_topic(self.resolve_topic_name(topic))
        return tuple(qos_fields(info.qos_profile) for info in infos)

    def _kind(self, topic: str) -> str:
        """Type to subscribe to; in a bag a topic has one."""
        infos = self.get_publishers_info_by_topic(self.resolve_topic_name(topic))
        if topic in self._last_number or {info.topic_type for info in infos} != {OTHER_TYPES.get(topic)}:
            return self._kinds[topic]
        return OTHER_TYPES[topic]

    def _on_message(self, topic: str, name: str, data: bytes, info: dict[str, int]) -> None:
        self._received += 1
        if not self._offered.get(topic):
            self._offered[topic] = self._offers(topic)
        self._count_lost(topic, info["publication_sequence_number"])
        if not self._use_sim_time:
            self._now_ns = info["received_timestamp"]
        elif topic == "/clock":
            self._now_ns = max(self._now_ns, to_ns(deserialize_message(data, ClockMessage).clock))
        self._early.append(
            Message(name, self._kinds[topic], self._now_ns, info["source_timestamp"], data, self._offered[topic])
        )
        while self._now_ns and self._early:
            message = replace(self._early.popleft(), logged_ns=self._now_ns)
            if not self._writer.put(message) and self._writer.dropped == 1 and self._writer.error is None:
                say("the disk is too slow and the queue full: messages are being dropped")

    def _count_lost(self, topic: str, number: int) -> None:
        # Sequence numbers are per publisher, and a message does not name its own.
        if len(self._offered[topic]) == 1:
            self.lost[topic] += max(0, number - self._last_number.get(topic, number) - 1)
        self._last_number[topic] = number


def qos_fields(offer: QoSProfile) -> dict[str, Any]:
    """Spell a quality of service as rosbag2 does."""

    def span(duration: Duration) -> dict[str, int]:
        sec, nsec = divmod(duration.nanoseconds, 1_000_000_000)
        return {"sec": sec, "nsec": nsec}

    return {
        "history": offer.history.name.lower(),
        "depth": offer.depth,
        "reliability": offer.reliability.name.lower(),
        "durability": offer.durability.name.lower(),
        "deadline": span(offer.deadline),
        "lifespan": span(offer.lifespan),
        "liveliness": offer.liveliness.name.lower(),
        "liveliness_lease_duration": span(offer.liveliness_lease_duration),
        "avoid_ros_namespace_conventions": offer.avoid_ros_namespace_conventions,
    }


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, but for ROS arguments."""
    parser = argparse.ArgumentParser(prog="python -m ant_bringup.recorder", description=__doc__.splitlines()[0])
    unnamed = Path(datetime.now().strftime("rosbag2_%Y_%m_%d-%H_%M_%S"))
    parser.add_argument(
        "bag", nargs="?", type=Path, default=unnamed, help="folder to make (default: rosbag2_<date and time>)"
    )
    size_help = "size of a file after which the next one begins (default: 512 MiB)"
    parser.add_argument("--max-bag-size", type=int, default=DEFAULT_FILE_SIZE, metavar="BYTES", help=size_help)
    parser.add_argument("--use-sim-time", action="store_true", help="stamp messages with /clock")
    arguments = parser.parse_args(split_ros_arguments(parser, argv)[0])
    if arguments.max_bag_size < 1:
        parser.error(f"--max-bag-size is {arguments.max_bag_size}; expected at least 1 byte")
    return arguments


def say(text: str) -> None:
    """Print one line for the user."""
    print(f"recorder: {text}", file=sys.stderr, flush=True)


def record(bag: BagWriter, use_sim_time: bool, stop: threading.Event) -> BackgroundWriter:
    """Record until `stop` is set or the disk is full."""
    writer = BackgroundWriter(bag, stop.set)
    node = Recorder(writer, use_sim_time)
    try:
        with SingleThreadedExecutor() as executor:
            executor.add_node(node)
            say(f"recording into '{bag.folder}'")
            while not stop.is_set():
                executor.spin_once()
            node.drain(executor)
    finally:
        writer.finish()
        node.destroy_node()
    if lost := +node.lost:
        say(f"lost before they came: {', '.join(f'{count} of {topic}' for topic, count in lost.items())}")
    return writer


def main(argv: Sequence[str] | None = None) -> int:
    """Record until SIGINT or SIGTERM."""
    arguments = parse(argv)
    os.nice(NICENESS)
    with ros(argv) as stop:
        try:
            bag = BagWriter(arguments.bag, arguments.max_bag_size)
        except BagError as error:
            print(f"recorder: error: {error}", file=sys.stderr)
            return 2
        writer = record(bag, arguments.use_sim_time, stop)
    if writer.dropped:
        say(f"{writer.dropped} messages were dropped")
    if writer.error is not None:
        say(f"ended early: {writer.error.strerror}; '{bag.folder}' holds the {bag.messages} messages before that")
        return 1
    say(f"{bag.messages} messages in '{bag.folder}'")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
