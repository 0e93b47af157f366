"""QoS profiles of all topics, and publishers."""

from typing import Any

from rclpy.event_handler import PublisherEventCallbacks
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy

DEEP = 5000
"""Depth of the queues of those who need every message."""

RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
"""Publishers, and subscribers of commands and of the e-stop."""
RELIABLE_LATEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
"""Publishers of pictures of the state, each of which replaces the one before."""
RELIABLE_DEEP = QoSProfile(depth=DEEP, reliability=ReliabilityPolicy.RELIABLE)
"""Parity check and recorder, from reliable publishers."""
BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Subscribers of states: compatible with reliable and best-effort publishers."""
BEST_EFFORT_LATEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Viewers: no publisher waits for them, and a newer message overwrites one that was not read in time."""
BEST_EFFORT_DEEP = QoSProfile(depth=DEEP, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Checks and recorder, from any publisher."""


def advertise(node: Node, message_type: type, topic: str, qos: QoSProfile = RELIABLE) -> Publisher:
    """Create a publisher without rclpy's default event callbacks.

    The executor would wait on them in each cycle. They report incompatible subscribers, which report it themselves.
    """
    silent = PublisherEventCallbacks(use_default_callbacks=False)
    return node.create_publisher(message_type, topic, qos, event_callbacks=silent)


def publish_if_heard(publisher: Publisher, message: Any) -> None:
    """Publish a message, unless nobody has subscribed."""
    if publisher.get_subscription_count():
        publisher.publish(message)
