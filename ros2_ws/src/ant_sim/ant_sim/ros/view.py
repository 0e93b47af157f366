"""The robot's state for viewers, at a limited rate."""

from time import monotonic

from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import JointState

from ant_ros.qos import advertise
from ant_sim.ros.messages import StateMessages

MIN_PERIOD = 1.0 / 30.0
"""Shortest time [s, steady clock] between two states."""


class ViewPublisher:
    """Publishes at most 30 states a second on `~/view/joint_states` and `~/view/odom`.

    At full speed each subscriber of `joint_states` slows the loop down by some percent. The loop repeats a state that
    stands still, so that the last one is not left out.
    """

    def __init__(self, node: Node) -> None:
        """Advertise; before the contract's topics, so that whoever discovers those has discovered these."""
        self._joints = advertise(node, JointState, "~/view/joint_states")
        self._odometry = advertise(node, Odometry, "~/view/odom")
        self._published_at = 0.0

    def publish(self, messages: StateMessages) -> None:
        """Publish a state, unless the last one is too recent."""
        now = monotonic()
        if now - self._published_at >= MIN_PERIOD:
            self._published_at = now
            self._odometry.publish(messages.odometry)
            self._joints.publish(messages.joints)
