"""RViz beside any driver or simulator: `ros2 launch ant_bringup rviz.launch.py`; `--show-args` lists options.

Nothing here commands the robot.
"""

import subprocess
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

from ant_bringup.rviz.config import for_robot
from ant_bringup.rviz.robot_description import parse_urdf

SHARE = Path(get_package_share_directory("ant_bringup"))

ARGUMENTS = {
    "namespace": ("", "namespace of the robot's topics"),
    "frame_prefix": ("", "prefix of the robot's frames, such as ant1/"),
    "use_sim_time": ("false", "true: a simulator publishes /clock", "true", "false"),
    "robot": ("ant", "shipped robot, or a folder with robot.xml"),
    "model": ("", "MJCF file of the robot, instead of robot"),
    "urdf": ("", "URDF file, instead of robot and model; its root link is odom's child frame, without prefix"),
    "task": ("", "jump: height and reward are shown too; empty: jump for the Ant, none otherwise"),
    "broadcast_odom": ("true", "broadcast odom as a transform; false: the driver does it itself", "true", "false"),
}
"""Default, description and choices (none: any text) by name; docs/reference reads this literal."""


def robot_description(urdf: str, model: str) -> str:
    """URDF from its file, or converted from an MJCF file or a shipped robot's.

    The conversion is a process of its own: `ros2 launch` may run in a Python that has no MuJoCo.

    Raises:
        RuntimeError: if the model cannot be converted.
    """
    if urdf:
        return Path(urdf).read_text(encoding="utf-8")
    converter = Path(get_package_prefix("ant_sim"), "lib", "ant_sim", "urdf")
    converted = subprocess.run([converter, model], capture_output=True, text=True, check=False)
    if converted.returncode:
        raise RuntimeError(converted.stderr.strip())
    return converted.stdout


def rviz_config(root: str, prefix: str) -> Path:
    """RViz's configuration file for the robot with this root link; a temporary one if it differs from the shipped."""
    path = SHARE / "rviz" / "ant.rviz"
    shipped = yaml.safe_load(path.read_text(encoding="utf-8"))
    config = for_robot(shipped, root, prefix)
    if config == shipped:
        return path
    with tempfile.NamedTemporaryFile("w", prefix="ant_", suffix=".rviz", delete=False) as file:
        yaml.safe_dump(config, file, sort_keys=False)
    return Path(file.name)


def viewer(package: str, executable: str, **kwargs: Any) -> Node:
    """A node for display, with lower priority than a control loop on the same machine."""
    namespace = LaunchConfiguration("namespace")
    return Node(
        package=package, executable=executable, exec_name=executable, namespace=namespace, prefix="nice -n 5", **kwargs
    )


def as_text(values: dict[str, str]) -> dict[str, ParameterValue]:
    """Parameters that stay text, whatever they look like."""
    return {name: ParameterValue(value, value_type=str) for name, value in values.items()}


def nodes(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """The nodes, or a message if a package is not installed."""
    for package in ("rviz2", "robot_state_publisher", "tf2_ros_py"):
        try:
            get_package_prefix(package)
        except PackageNotFoundError:
            name = package.replace("_", "-")
            return [LogInfo(msg=f"RViz is not shown: {package} is not installed (apt install ros-jazzy-{name})")]
    robot, model, urdf, task, prefix = (
        LaunchConfiguration(name).perform(context) for name in ("robot", "model", "urdf", "task", "frame_prefix")
    )
    text = robot_description(urdf, model or robot)
    root = parse_urdf(text, urdf or model or robot).root
    shown = {"robot": robot, "model": model, "urdf": urdf, "task": task}
    use_sim_time = {"use_sim_time": ParameterValue(LaunchConfiguration("use_sim_time"), value_type=bool)}
    description = {**as_text({"robot_description": text, "frame_prefix": prefix}), "publish_frequency": 100.0}
    broadcast_odom = IfCondition(LaunchConfiguration("broadcast_odom"))
    return [
        viewer("robot_state_publisher", "robot_state_publisher", parameters=[use_sim_time, description]),
        viewer("ant_bringup", "odom_to_tf", output="screen", condition=broadcast_odom),
        viewer("ant_bringup", "markers", output="screen", parameters=[as_text(shown)]),
        viewer("rviz2", "rviz2", arguments=["-d", str(rviz_config(root, prefix))], parameters=[use_sim_time]),
    ]


def generate_launch_description() -> LaunchDescription:
    """Describe the system."""
    arguments = [
        DeclareLaunchArgument(name, default_value=default, description=description, choices=choices or None)
        for name, (default, description, *choices) in ARGUMENTS.items()
    ]
    return LaunchDescription([*arguments, OpaqueFunction(function=nodes)])
