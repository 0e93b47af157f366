"""Detection of two simulators in one domain: /clock is one for all, so simulation time would jump between them."""

from rclpy.node import Node


class ClockWatch:
    """Warns when several nodes publish /clock, once for each set of them."""

    def __init__(self, node: Node) -> None:
        """Watch in the name of a node."""
        self._node = node
        self._known: set[str] = set()

    def check(self) -> None:
        """Look at the publishers; about once a second is enough."""
        infos = self._node.get_publishers_info_by_topic(self._node.resolve_topic_name("/clock"))
        names = {f"{info.node_namespace.rstrip('/')}/{info.node_name}" for info in infos}
        if len(infos) > 1 and not names <= self._known:
            self._known |= names
            self._node.get_logger().warning(
                f"/clock has {len(infos)} publishers: {', '.join(sorted(names))}; simulation time jumps between them: "
                "end one, or give each simulator its own ROS_DOMAIN_ID"
            )
