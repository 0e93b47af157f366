"""RViz beside any driver or simulator: `ros2 launch ant_bringup rviz.launch.py`; `--show-args` lists options.

Nothing here commands the robot.
"""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from ament_index_python.packages import PackageNotFoundError, get_package_prefix, get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, LogInfo, OpaqueFunction
from launch.conditions import IfCondition
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from ant_bringup.rviz.config import with_frame_prefix

SHARE = Path(get_package_share_directory("ant_bringup"))

ARGUMENTS = {
    "namespace": ("", "namespace of the robot's topics"),
    "frame_prefix": ("", "prefix of the robot's frames, such as ant1/"),
    "use_sim_time": ("false", "true: a simulator publishes /clock", "true", "false"),
    "urdf": ("", "URDF file; its root link is odom's child frame, without prefix; empty: the Ant's"),
    "broadcast_odom": ("true", "broadcast odom as a transform; false: the driver does it itself", "true", "false"),
}
"""Default, description and choices (none: any text) by name; docs/reference reads this literal."""


def rviz_config(prefix: str) -> Path:
    """RViz's configuration file; with a prefix, a temporary one."""
    path = SHARE / "rviz" / "ant.rviz"
    if not prefix:
        return path
    config = with_frame_prefix(yaml.safe_load(path.read_text()), prefix)
    with tempfile.NamedTemporaryFile("w", prefix="ant_", suffix=".rviz", delete=False) as file:
        yaml.safe_dump(config, file, sort_keys=False)
    return Path(file.name)


def viewer(package: str, executable: str, **kwargs: Any) -> Node:
    """A node for display, with lower priority than a control loop on the same machine."""
    namespace = LaunchConfiguration("namespace")
    return Node(
        package=package, executable=executable, exec_name=executable, namespace=namespace, prefix="nice -n 5", **kwargs
    )


def nodes(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """The nodes, or a message if a package is not installed."""
    for package in ("rviz2", "robot_state_publisher", "tf2_ros_py"):
        try:
            get_package_prefix(package)
        except PackageNotFoundError:
            name = package.replace("_", "-")
            return [LogInfo(msg=f"RViz is not shown: {package} is not installed (apt install ros-jazzy-{name})")]
    urdf = LaunchConfiguration("urdf").perform(context) or str(SHARE / "urdf" / "ant.urdf")
    prefix = LaunchConfiguration("frame_prefix").perform(context)
    use_sim_time = {"use_sim_time": ParameterValue(LaunchConfiguration("use_sim_time"), value_type=bool)}
    description = {
        "robot_description": ParameterValue(Path(urdf).read_text(), value_type=str),
        "frame_prefix": ParameterValue(prefix, value_type=str),
        "publish_frequency": 100.0,
    }
    broadcast_odom = IfCondition(LaunchConfiguration("broadcast_odom"))
    return [
        viewer("robot_state_publisher", "robot_state_publisher", parameters=[use_sim_time, description]),
        viewer("ant_bringup", "odom_to_tf", output="screen", condition=broadcast_odom),
        viewer("ant_bringup", "markers", output="screen", parameters=[{"urdf": ParameterValue(urdf, value_type=str)}]),
        viewer("rviz2", "rviz2", arguments=["-d", str(rviz_config(prefix))], parameters=[use_sim_time]),
    ]


def generate_launch_description() -> LaunchDescription:
    """Describe the system."""
    arguments = [
        DeclareLaunchArgument(name, default_value=default, description=description, choices=choices or None)
        for name, (default, description, *choices) in ARGUMENTS.items()
    ]
    return LaunchDescription([*arguments, OpaqueFunction(function=nodes)])
