"""Publishers of the policy node's commands."""

import secrets

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ant_policy.control.commands import Command
from ant_policy.control.controller import Controller
from ant_policy.ros.messages import CommandMessages
from ant_ros.qos import advertise


class CommandPublisher:
    """Publishes commands on joint_commands and, as far as it can say them, on ros2_control's topic."""

    def __init__(self, node: Node) -> None:
        """Advertise joint_commands."""
        self._node = node
        self._messages = CommandMessages(f"{node.get_fully_qualified_name()}/{secrets.token_hex(4)}")
        self._by_name = advertise(node, JointState, "joint_commands")
        self._in_order: Publisher | None = None

    def open(self, interface: str) -> None:
        """Advertise the topic of ros2_control for an interface."""
        self._in_order = advertise(self._node, Float64MultiArray, f"{interface}_controller/commands")

    def close(self) -> None:
        """Withdraw the topic of ros2_control."""
        if self._in_order is not None:
            self._node.destroy_publisher(self._in_order)

    def publish(self, command: Command, controller: Controller) -> None:
        """Publish a command of the controller."""
        self._by_name.publish(self._messages.by_name(command))
        if self._in_order is None or not self._in_order.get_subscription_count():
            return
        in_order = controller.commands.in_own_interface(command, controller.last_joints)
        if in_order is not None:
            self._in_order.publish(self._messages.in_order(in_order))

    def flush(self) -> None:
        """Give the driver a moment to receive the last command."""
        self._by_name.wait_for_all_acked(Duration(seconds=0.1))
