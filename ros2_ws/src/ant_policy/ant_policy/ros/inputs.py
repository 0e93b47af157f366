"""Subscriptions of the policy node to what a policy's card needs."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import Imu, JointState

from ant_policy.card.card import Card
from ant_policy.control.commands import Command
from ant_policy.control.controller import Controller
from ant_policy.observation.samples import StateError
from ant_policy.observation.terms import CMD_VEL, IMU, JOINT_STATES, ODOM
from ant_policy.ros.messages import base_sample, imu_sample, joint_sample, velocity_command
from ant_ros.qos import BEST_EFFORT

Act = Callable[[Callable[[Controller], list[Command]]], None]


def subscribe(node: Node, card: Card, command_input: str, act: Act) -> list[Subscription]:
    """Subscribe to the sources of the card's terms, joint_states last.

    Args:
        node: owner of the subscriptions.
        card: of the policy.
        command_input: twist or twist_stamped.
        act: called with what a message makes the controller do.
    """

    def on_velocity_command(controller: Controller, message: Any) -> list[Command]:
        try:
            controller.velocity_input.set(velocity_command(message), monotonic())
        except StateError as error:
            node.get_logger().warning(f"{error}: the velocity command is zero", throttle_duration_sec=1.0)
        return []

    joints, others_are_said = set(card.joints.names), False

    def on_joint_states(controller: Controller, message: JointState) -> list[Command]:
        nonlocal others_are_said
        if not (others_are_said or joints.issuperset(message.name) or joints.isdisjoint(message.name)):
            others_are_said = True
            others = ", ".join(name for name in message.name if name not in joints)[:200]
            node.get_logger().info(
                f"joint_states: joints that the policy's card lacks: {others}; a driver that drives them refuses the "
                "policy's commands, which must name all driven joints"
            )
        return controller.on_joint_states(joint_sample(message), monotonic())

    kinds: dict[str, tuple[type, Callable[[Controller, Any], list[Command]]]] = {
        ODOM: (Odometry, lambda controller, m: controller.on_sample(ODOM, base_sample(m), monotonic())),
        IMU: (Imu, lambda controller, m: controller.on_sample(IMU, imu_sample(m), monotonic())),
        CMD_VEL: (Twist if command_input == "twist" else TwistStamped, on_velocity_command),
        JOINT_STATES: (JointState, on_joint_states),
    }

    def subscription(topic: str) -> Subscription:
        kind, handle = kinds[topic]
        return node.create_subscription(
            kind, topic, lambda message: act(lambda controller: handle(controller, message)), BEST_EFFORT
        )

    return [subscription(topic) for topic in (*card.sources, JOINT_STATES)]
