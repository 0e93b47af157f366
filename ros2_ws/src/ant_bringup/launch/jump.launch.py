"""The jumping Ant: `ros2 launch ant_bringup jump.launch.py`. It is `robot.launch.py`, with all its arguments."""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

ARGUMENTS = {
    "robot": ("ant", "shipped robot, or a folder with robot.xml"),
    "policy": ("sac", "shipped policy (sac, dqn, pgpe), zero, random, or a path"),
    "task": ("jump", "rewards and falls: jump, walk or none"),
}
"""Default and description by name of what differs from robot.launch.py; docs/reference reads this literal."""


def generate_launch_description() -> LaunchDescription:
    """Describe the system."""
    defaults = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    source = PythonLaunchDescriptionSource(str(Path(__file__).with_name("robot.launch.py")))
    return LaunchDescription([*defaults, IncludeLaunchDescription(source)])
