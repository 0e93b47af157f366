"""Interface of a ROS 2 node, read from the node itself: parameters, topics with qualities of service, services."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo

OF_EVERY_NODE = ("rcl_interfaces/", "type_description_interfaces/", "lifecycle_msgs/")
"""Packages of the types that rclpy's nodes speak by themselves."""
UNBOUNDED = 2**31 - 1
"""Limits from here on are those of the number's type."""

Name = str
Type = str


@dataclass(frozen=True)
class ParameterRow:
    """A parameter as people read it."""

    name: str
    default: str
    range: str
    meaning: str


@dataclass(frozen=True)
class NodeInterface:
    """Interface of a node; names are relative to its namespace, `~` stands for the node.

    Attributes:
        published: (topic, type) -> what is special about the quality of service, such as " (best effort)".
        subscribed: likewise.
    """

    name: str
    parameters: list[ParameterRow]
    published: dict[tuple[Name, Type], str]
    subscribed: dict[tuple[Name, Type], str]
    services: frozenset[tuple[Name, Type]]

    def merged(self, others: Sequence["NodeInterface"]) -> "NodeInterface":
        """This interface with the topics and services that it has in other settings."""
        everything = [self, *others]
        return NodeInterface(
            self.name,
            self.parameters,
            reduce(or_, (item.published for item in everything)),
            reduce(or_, (item.subscribed for item in everything)),
            frozenset().union(*(item.services for item in everything)),
        )


def interface_of(node: Node) -> NodeInterface:
    """Ask a node, which need not spin, what it declares."""
    who = node.get_name(), node.get_namespace()
    return NodeInterface(
        name=node.get_name(),
        parameters=_parameters(node),
        published=_endpoints(node, node.get_publisher_names_and_types_by_node(*who), node.get_publishers_info_by_topic),
        subscribed=_endpoints(
            node, node.get_subscriber_names_and_types_by_node(*who), node.get_subscriptions_info_by_topic
        ),
        services=frozenset(
            (_relative(node, name), _short(kind))
            for name, (kind,) in node.get_service_names_and_types_by_node(*who)
            if not kind.startswith(OF_EVERY_NODE)
        ),
    )


def _endpoints(node: Node, topics: list[tuple[str, list[str]]], ask: Any) -> dict[tuple[Name, Type], str]:
    found = {}
    for name, (kind,) in topics:
        if not kind.startswith(OF_EVERY_NODE):
            info: TopicEndpointInfo = next(item for item in ask(name) if item.node_name == node.get_name())
            special = []
            if info.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT:
                special.append("best effort")
            if info.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL:
                special.append("transient local")
            found[_relative(node, name), _short(kind)] = f" ({', '.join(special)})" if special else ""
    return found


def _relative(node: Node, name: str) -> str:
    name = name.replace(f"{node.get_fully_qualified_name()}/", "~/")
    return name.removeprefix(f"{node.get_namespace()}/")


def _short(kind: str) -> str:
    """`std_msgs/Bool` for `std_msgs/msg/Bool`."""
    package, _, name = kind.split("/")
    return f"{package}/{name}"


def _parameters(node: Node) -> list[ParameterRow]:
    rows = []
    for name, parameter in node.get_parameters_by_prefix("").items():
        descriptor = node.describe_parameter(name)
        if descriptor.description and name not in ("use_sim_time", "start_type_description_service"):
            rows.append(ParameterRow(name, _text(parameter.value), _range(descriptor), descriptor.description))
    return rows


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _range(descriptor: ParameterDescriptor) -> str:
    for limits in (*descriptor.floating_point_range, *descriptor.integer_range):
        most = limits.to_value
        return f"{limits.from_value:g} or more" if most >= UNBOUNDED else f"{limits.from_value:g} to {most:g}"
    return str(descriptor.additional_constraints).replace(" | ", " or ")
