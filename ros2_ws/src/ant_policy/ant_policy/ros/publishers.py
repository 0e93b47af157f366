"""Publishers and qualities of service; much as `ant_sim.ros.publishers`: the packages do not import each other."""

from rclpy.event_handler import PublisherEventCallbacks
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy

RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
ANY_DRIVER = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
"""For subscribers of states: it fits publishers of either kind."""


def advertise(node: Node, message_type: type, topic: str) -> Publisher:
    """Create a publisher without rclpy's default event callbacks, which the executor would wait on each time.

    They tell of subscribers with other types or qualities of service, and those say so themselves.
    """
    silent = PublisherEventCallbacks(use_default_callbacks=False)
    return node.create_publisher(message_type, topic, RELIABLE, event_callbacks=silent)
