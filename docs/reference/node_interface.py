"""Interface of a ROS 2 node, read from the node itself: parameters, topics with their reliability, services."""

from collections.abc import Callable

from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo

NOT_LISTED = ("rcl_interfaces/", "type_description_interfaces/", "lifecycle_msgs/", "simulation_interfaces/")
"""Packages of the types that rclpy's nodes use by themselves, and of those that are not installed everywhere."""

Named = tuple[str, str]
"""Name and type of a topic or service; relative to the node's namespace, with `~` for the node."""


class NodeInterface:
    """Interface of a node, collected from instances with different settings.

    Attributes:
        parameters: name -> default, choices and meaning.
        published: topic -> mark of its reliability, "†" for best effort.
        subscribed: likewise.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.name = ""
        self.parameters: dict[str, tuple[object, list[str], str]] = {}
        self.published: dict[Named, str] = {}
        self.subscribed: dict[Named, str] = {}
        self.services: set[Named] = set()

    def add(self, node: Node) -> None:
        """Add what a node declares, which need not spin; its defaults replace those of earlier instances."""
        self.name = node.get_name()
        for name, parameter in node.get_parameters_by_prefix("").items():
            descriptor = node.describe_parameter(name)
            if descriptor.description and name not in ("use_sim_time", "start_type_description_service"):
                choices = [choice for choice in descriptor.additional_constraints.split(" | ") if choice]
                self.parameters[name] = parameter.value, choices, descriptor.description
        who = node.get_name(), node.get_namespace()
        published, subscribed = node.get_publisher_names_and_types_by_node, node.get_subscriber_names_and_types_by_node
        self.published |= _endpoints(node, published(*who), node.get_publishers_info_by_topic)
        self.subscribed |= _endpoints(node, subscribed(*who), node.get_subscriptions_info_by_topic)
        self.services |= _relative(node, node.get_service_names_and_types_by_node(*who)).keys()


def _endpoints(
    node: Node, topics: list[tuple[str, list[str]]], infos: Callable[[str], list[TopicEndpointInfo]]
) -> dict[Named, str]:
    """Mark of the node's reliability by topic."""
    found = {}
    for key, name in _relative(node, topics).items():
        info = next(info for info in infos(name) if info.node_name == node.get_name())
        found[key] = "†" if info.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT else ""
    return found


def _relative(node: Node, entries: list[tuple[str, list[str]]]) -> dict[Named, str]:
    """Full names by relative name and short type (`std_msgs/Bool`), without those that are not listed."""
    return {
        (
            name.replace(f"{node.get_fully_qualified_name()}/", "~/").removeprefix(f"{node.get_namespace()}/"),
            kind.replace("/msg/", "/").replace("/srv/", "/"),
        ): name
        for name, (kind,) in entries
        if not kind.startswith(NOT_LISTED)
    }
