"""Markers for RViz: `ros2 run ant_bringup markers` or `python -m ant_bringup.markers`.

Reads joint_states and odom of any driver and publishes a visualization_msgs/MarkerArray.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Vector3
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from ant_bringup.rviz.marker_geometry import Mark
from ant_bringup.rviz.marker_scene import MarkerScene
from ant_bringup.rviz.robot_description import RobotDescription, parse_urdf
from ant_ros.config import parameter
from ant_ros.messages import to_ns, to_time
from ant_ros.parameters import declare_config
from ant_ros.qos import BEST_EFFORT_LATEST, RELIABLE_LATEST, advertise
from ant_ros.run_node import run_node
from ant_sim.physics.shipped import find_model
from ant_sim.tasks.registry import task_name
from ant_sim.urdf import urdf_from_mjcf

REFRESH_PERIOD = 0.1
"""Longest period between two publications [s], with or without new states."""
LIFETIME = Duration(sec=2)
"""Time, on the clock of RViz, after which the markers of a dead node vanish."""

KINDS = {"arrow": Marker.ARROW, "box": Marker.CUBE, "line": Marker.LINE_STRIP, "text": Marker.TEXT_VIEW_FACING}


@dataclass(frozen=True)
class MarkersConfig:
    """Parameters of the node."""

    robot: str = parameter("ant", "shipped robot, or a folder with robot.xml")
    model: str = parameter("", "MJCF file of the robot, instead of 'robot'")
    urdf: str = parameter("", "URDF file of the robot, instead of 'robot' and 'model'")
    task: str = parameter("", "jump: height and reward are shown too; empty: jump for the Ant, none otherwise")
    state_timeout: float = parameter(
        0.2, "age beyond which joint_states and odom are shown as stale [s, steady clock]", (0.01, 60.0)
    )
    max_rate: float = parameter(50.0, "maximum rate of marker arrays [Hz, steady clock]", (1.0, 1000.0))


def describe(config: MarkersConfig) -> RobotDescription:
    """Links and joints of the robot; raises ValueError or OSError for a bad file."""
    if config.urdf:
        return parse_urdf(Path(config.urdf).read_text(encoding="utf-8"), config.urdf)
    return parse_urdf(urdf_from_mjcf(config.model or find_model(config.robot)))


def to_marker(mark: Mark) -> Marker:
    """Convert a mark to a message."""
    marker = Marker(ns=mark.namespace, id=mark.number, type=KINDS[mark.kind], text=mark.text)
    marker.header.frame_id = mark.frame
    marker.header.stamp = to_time(mark.stamp_ns)
    marker.action = Marker.ADD if mark.shown else Marker.DELETE
    # RViz then uses the newest transform; the one of the stamp may not have arrived yet.
    marker.frame_locked = True
    marker.lifetime = LIFETIME
    x, y, z = mark.position
    marker.pose.position = Point(x=x, y=y, z=z)
    x, y, z = mark.size
    marker.scale = Vector3(x=x, y=y, z=z)
    r, g, b, a = mark.colour.rgba
    marker.color = ColorRGBA(r=r, g=g, b=b, a=a)
    marker.points = [Point(x=x, y=y, z=z) for x, y, z in mark.points]
    return marker


class MarkersNode(Node):
    """Passes states to a `MarkerScene` and publishes its marks."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the node; raises ValueError or OSError for a bad parameter or file."""
        super().__init__("markers", **kwargs)
        config = declare_config(self, MarkersConfig)
        robot = describe(config)
        is_jump = task_name(config.task, [joint.name for joint in robot.joints]) == "jump"
        self._scene = MarkerScene(robot, config.state_timeout, is_jump)
        self._min_period = 1.0 / config.max_rate
        self._published_at = 0.0
        self._publisher = advertise(self, MarkerArray, "markers", RELIABLE_LATEST)
        self.create_subscription(Odometry, "odom", self._on_odometry, BEST_EFFORT_LATEST)
        self.create_subscription(JointState, "joint_states", self._on_joint_states, BEST_EFFORT_LATEST)
        refresh = partial(self._publish_after, REFRESH_PERIOD)
        self.create_timer(REFRESH_PERIOD, refresh, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _on_odometry(self, message: Odometry) -> None:
        p, header = message.pose.pose.position, message.header
        stamp_ns = to_ns(header.stamp)
        self._scene.on_base(stamp_ns, header.frame_id, message.child_frame_id, (p.x, p.y, p.z), monotonic())

    def _on_joint_states(self, message: JointState) -> None:
        self._scene.on_efforts(to_ns(message.header.stamp), message.name, message.effort, monotonic())
        self._publish_after(self._min_period)

    def _publish_after(self, period: float) -> None:
        """Publish if the last publication is `period` [s] ago."""
        now = monotonic()
        if now - self._published_at >= period:
            self._published_at = now
            self._publisher.publish(MarkerArray(markers=[to_marker(mark) for mark in self._scene.marks(now)]))


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; exit code 0, or 2 if it could not start."""
    return run_node("ant_bringup.markers", __doc__.splitlines()[0], MarkersNode, args, config=MarkersConfig)


if __name__ == "__main__":
    raise SystemExit(main())
