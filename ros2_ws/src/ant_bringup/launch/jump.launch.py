"""Simulator (or a real driver), policy and RViz: `ros2 launch ant_bringup jump.launch.py`.

`ros2 launch ant_bringup jump.launch.py --show-args` lists the arguments.
"""

import shutil
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_prefix, get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
)
from launch.conditions import IfCondition
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

SWITCH = ["true", "false"]
CONFIG = Path(get_package_share_directory("ant_bringup")) / "config"

POLICY_REFUSED = 2
"""Exit code of the policy node when its policy or a parameter cannot be used: starting it again would not help."""


def declare_arguments() -> list[DeclareLaunchArgument]:
    """Every argument with its default, choices and description."""
    return [
        DeclareLaunchArgument(
            "policy", default_value="sac", description="shipped policy (sac, dqn, pgpe), zero, random, or a path"
        ),
        DeclareLaunchArgument(
            "seed", default_value="0", description="seed of the first reset and of sampling policies"
        ),
        DeclareLaunchArgument(
            "real_time_factor",
            default_value="1.0",
            description="simulated seconds a second; 0: as fast as commands come",
        ),
        DeclareLaunchArgument(
            "sync", default_value="true", choices=SWITCH, description="the simulator waits for each command (lockstep)"
        ),
        DeclareLaunchArgument("namespace", default_value="", description="namespace of all nodes and topics"),
        DeclareLaunchArgument(
            "sim", default_value="true", choices=SWITCH, description="false: only the policy, for a real robot's driver"
        ),
        DeclareLaunchArgument(
            "config",
            default_value="policy",
            choices=["policy", "real_robot"],
            description="parameters of the policy node; real_robot: weak, with safety limits, activated by hand",
        ),
        DeclareLaunchArgument("rviz", default_value="true", choices=SWITCH, description="show the robot in RViz"),
        DeclareLaunchArgument(
            "record", default_value="false", choices=SWITCH, description="record all topics into a bag (MCAP)"
        ),
    ]


def rviz(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """RViz on simulation time, or one line where it is absent."""
    try:
        get_package_prefix("rviz2")
    except PackageNotFoundError:
        return [LogInfo(msg="RViz is not installed: going on without it (apt install ros-jazzy-rviz2)")]
    use_sim_time = LaunchConfiguration("sim").perform(context) == "true"
    return [
        Node(
            package="rviz2",
            executable="rviz2",
            namespace=LaunchConfiguration("namespace"),
            parameters=[{"use_sim_time": use_sim_time}],
        )
    ]


def record(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """`ros2 bag record` of everything, or one line where it is absent."""
    try:
        get_package_prefix("ros2bag")
    except PackageNotFoundError:
        return [LogInfo(msg="ros2 bag is not installed: not recording (apt install ros-jazzy-ros2bag)")]
    command = [shutil.which("ros2") or "ros2", "bag", "record", "--all", "--storage", "mcap"]
    if LaunchConfiguration("sim").perform(context) == "true":
        command.append("--use-sim-time")
    return [ExecuteProcess(cmd=command, output="screen")]


def on_policy_exit(event: ProcessExited, _: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Shut all down where the policy was refused; any other end is a crash, after which it is started again.

    Raises:
        RuntimeError: to shut down; unlike a Shutdown action it makes `ros2 launch` end with exit code 1.
    """
    if event.returncode == POLICY_REFUSED:
        raise RuntimeError("the policy node could not start; its reason is above")
    return []


def generate_launch_description() -> LaunchDescription:
    """Describe the system."""
    sim = LaunchConfiguration("sim")
    seed = ParameterValue(LaunchConfiguration("seed"), value_type=int)
    simulator = Node(
        package="ant_sim",
        executable="sim_node",
        name="sim_node",
        namespace=LaunchConfiguration("namespace"),
        output="screen",
        condition=IfCondition(sim),
        parameters=[
            CONFIG / "sim.yaml",
            {
                "seed": seed,
                "real_time_factor": ParameterValue(LaunchConfiguration("real_time_factor"), value_type=float),
                "sync": ParameterValue(LaunchConfiguration("sync"), value_type=bool),
            },
        ],
        on_exit=Shutdown(reason="the simulator has ended"),
    )
    policy = Node(
        package="ant_policy",
        executable="policy_node",
        name="policy_node",
        namespace=LaunchConfiguration("namespace"),
        output="screen",
        parameters=[
            [f"{CONFIG}/", LaunchConfiguration("config"), ".yaml"],
            {
                "policy": ParameterValue(LaunchConfiguration("policy"), value_type=str),
                "seed": seed,
                "use_sim_time": ParameterValue(sim, value_type=bool),
            },
        ],
        respawn=True,
        respawn_delay=1.0,
        respawn_max_retries=5,
    )
    return LaunchDescription(
        [
            *declare_arguments(),
            RegisterEventHandler(OnProcessExit(target_action=policy, on_exit=on_policy_exit)),
            simulator,
            policy,
            OpaqueFunction(function=rviz, condition=IfCondition(LaunchConfiguration("rviz"))),
            OpaqueFunction(function=record, condition=IfCondition(LaunchConfiguration("record"))),
        ]
    )
