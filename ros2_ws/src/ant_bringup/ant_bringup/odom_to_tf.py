"""Broadcasts odom as a transform: `ros2 run ant_bringup odom_to_tf` or `python -m ant_bringup.odom_to_tf`.

For RViz, where the driver itself broadcasts none. The only node that imports tf2, which no Python wheel brings.
"""

import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

import rclpy
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions

BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
SIGNAL_PERIOD = 0.1
"""How long [s] a signal may wait to be noticed while no odometry comes: it does not interrupt rclpy."""


def transform_of(odometry: Odometry) -> TransformStamped:
    """Pose of the child frame in the parent frame, as the transform between the two, with the same stamp."""
    transform = TransformStamped(header=odometry.header, child_frame_id=odometry.child_frame_id)
    position, translation = odometry.pose.pose.position, transform.transform.translation
    translation.x, translation.y, translation.z = position.x, position.y, position.z
    transform.transform.rotation = odometry.pose.pose.orientation
    return transform


class OdomToTf(Node):
    """Hears odom and broadcasts one transform a stamp."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the node.

        Args:
            **kwargs: of `rclpy.node.Node`.

        Raises:
            ModuleNotFoundError: without tf2.
        """
        from tf2_ros import TransformBroadcaster

        super().__init__("odom_to_tf", **kwargs)
        self._broadcaster = TransformBroadcaster(self)
        self._last_stamp: Any = None
        self.create_subscription(Odometry, "odom", self._on_odometry, BEST_EFFORT)

    def _on_odometry(self, message: Odometry) -> None:
        # A simulator that waits repeats its state, and tf2 complains of a transform with a stamp that it has.
        if message.header.stamp != self._last_stamp:
            self._last_stamp = message.header.stamp
            self._broadcaster.sendTransform(transform_of(message))


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; exit code 0, or 2 without tf2."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    node = None
    try:
        node = OdomToTf()
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        while not stop.is_set():
            executor.spin_once(timeout_sec=SIGNAL_PERIOD)
        return 0
    except ModuleNotFoundError as error:
        print(f"odom_to_tf: error: {error.name} is not installed (apt install ros-jazzy-tf2-ros-py)", file=sys.stderr)
        return 2
    finally:
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    raise SystemExit(main())
