"""The robot's state for those who only look, at a rate that costs the loop nothing however fast it runs."""

from time import monotonic

from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import JointState

from ant_ros.qos import advertise
from ant_sim.ros.messages import StateMessages

PERIOD = 1.0 / 30.0
"""Steady time [s] between two states at least."""


class ViewPublisher:
    """Publishes states on `~/view/joint_states` and `~/view/odom`, those that come too soon after another left out.

    At full speed each subscriber of `joint_states` costs the loop some per cent. A state that stays is published again
    and again by the loop, so that the one that counts is not left out.
    """

    def __init__(self, node: Node) -> None:
        """Advertise; before the contract's topics, so that who finds those has found these."""
        self._joints = advertise(node, JointState, "~/view/joint_states")
        self._odometry = advertise(node, Odometry, "~/view/odom")
        self._published_at = 0.0

    def publish(self, messages: StateMessages) -> None:
        """Publish a state unless another has just been."""
        now = monotonic()
        if now - self._published_at >= PERIOD:
            self._published_at = now
            self._odometry.publish(messages.odometry)
            self._joints.publish(messages.joints)
