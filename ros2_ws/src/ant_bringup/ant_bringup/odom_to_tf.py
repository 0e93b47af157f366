"""Broadcaster of odom as a transform: `ros2 run ant_bringup odom_to_tf` or `python -m ant_bringup.odom_to_tf`.

For RViz, where the driver itself broadcasts none. The only node that imports tf2, which is not available as a wheel.
"""

from collections.abc import Sequence
from typing import Any

from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node

from ant_ros.qos import BEST_EFFORT
from ant_ros.run_node import run_node


def transform_of(odometry: Odometry) -> TransformStamped:
    """Convert the pose to the transform from parent to child frame, with the same stamp."""
    transform = TransformStamped(header=odometry.header, child_frame_id=odometry.child_frame_id)
    position, translation = odometry.pose.pose.position, transform.transform.translation
    translation.x, translation.y, translation.z = position.x, position.y, position.z
    transform.transform.rotation = odometry.pose.pose.orientation
    return transform


class OdomToTf(Node):
    """Broadcasts one transform per stamp of odom."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the node; raises ModuleNotFoundError without tf2."""
        try:
            from tf2_ros import TransformBroadcaster
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(f"{error.name} is not installed (apt install ros-jazzy-tf2-ros-py)") from error
        super().__init__("odom_to_tf", **kwargs)
        self._broadcaster = TransformBroadcaster(self)
        self._last_stamp: Any = None
        self.create_subscription(Odometry, "odom", self._on_odometry, BEST_EFFORT)

    def _on_odometry(self, message: Odometry) -> None:
        # A waiting simulator repeats its state, and tf2 warns about repeated stamps.
        if message.header.stamp != self._last_stamp:
            self._last_stamp = message.header.stamp
            self._broadcaster.sendTransform(transform_of(message))


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; exit code 0, or 2 without tf2."""
    return run_node("ant_bringup.odom_to_tf", __doc__.splitlines()[0], OdomToTf, args)


if __name__ == "__main__":
    raise SystemExit(main())
