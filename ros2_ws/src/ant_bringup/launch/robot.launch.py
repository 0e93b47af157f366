"""Simulator (or a real driver), policy and RViz of any robot; `--show-args` lists the options.

`ros2 launch ant_bringup robot.launch.py robot:=quadruped policy:=walk`
"""

import shutil
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_prefix, get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
)
from launch.conditions import IfCondition
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import EqualsSubstitution, LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

SHARE = Path(get_package_share_directory("ant_bringup"))
CONFIG = SHARE / "config"

POLICY_REFUSED = 2
"""Exit code of the policy node when its policy or a parameter cannot be used; a respawn would not help."""

ARGUMENTS = {
    "robot": ("ant", "shipped robot, or a folder with robot.xml"),
    "model": ("", "MJCF file of the robot, instead of robot"),
    "base_link": ("", "frame of odom's child and imu; empty: the model's root, as RViz needs"),
    "keyframe": ("", "keyframe of the model that is the initial pose; empty: home, if the model has it"),
    "gains": (
        "",
        "card.yaml, or its folder, whose gains turn the actuators into position servos; empty: as in the model",
    ),
    "control_period": ("0.0", "control step of the simulator [s], as on the policy's card; 0: the task's"),
    "task": ("", "rewards and falls: jump, walk or none; empty: jump for the Ant, none otherwise"),
    "policy": ("sac", "shipped policy (sac, dqn, pgpe, walk), zero, random, or a path"),
    "seed": ("0", "seed of the first reset and of sampling policies"),
    "real_time_factor": ("1.0", "simulated seconds per second; 0: as fast as possible"),
    "sync": ("true", "the simulator waits for each command (lockstep)", "true", "false"),
    "namespace": ("", "namespace of all nodes and topics"),
    "frame_prefix": ("", "prefix of the frame ids, such as ant1/"),
    "sim": ("true", "false: only the policy, for a real robot's driver", "true", "false"),
    "config": (
        "policy",
        "policy node's parameters; real_robot (efforts), real_servos: tight limits, activated by hand",
        "policy",
        "real_robot",
        "real_servos",
    ),
    "rviz": ("true", "show the robot in RViz", "true", "false"),
    "viewer": ("none", "web: in a browser, port 8080", "none", "web"),
    "record": ("false", "record all topics into a bag", "true", "false"),
}
"""Default, description and choices (none: any text) by name; docs/reference reads this literal."""


def typed(argument: str, kind: type) -> ParameterValue:
    """Value of an argument as a parameter of this type."""
    return ParameterValue(LaunchConfiguration(argument), value_type=kind)


def texts(*arguments: str) -> dict[str, ParameterValue]:
    """Values of arguments as parameters of the same names."""
    return {argument: typed(argument, str) for argument in arguments}


def record(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """`ros2 bag record` of all topics, or, where it is not installed, our recorder; both write MCAP."""
    clock = ["--use-sim-time"] if LaunchConfiguration("sim").perform(context) == "true" else []
    try:
        get_package_prefix("ros2bag")
        get_package_prefix("rosbag2_storage_mcap")
    except PackageNotFoundError:
        namespace = LaunchConfiguration("namespace")
        return [
            Node(package="ant_bringup", executable="recorder", namespace=namespace, arguments=clock, output="screen")
        ]
    command = [shutil.which("ros2") or "ros2", "bag", "record", "--all", "--storage", "mcap", *clock]
    return [ExecuteProcess(cmd=command, output="screen")]


def compare_gains(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Warn about gears or gains of the simulated robot that are not those of the policy's card."""
    model, robot, base_link, gains, policy = (
        LaunchConfiguration(name).perform(context) for name in ("model", "robot", "base_link", "gains", "policy")
    )
    try:
        from ant_bringup.checks.gains import gains_warning
        from ant_policy import load_policy
        from ant_sim.physics.robot import load_robot
        from ant_sim.physics.shipped import find_model
    except ImportError:
        return []  # The Python of ros2 launch may have no MuJoCo.
    try:
        warning = gains_warning(load_robot(model or find_model(robot), base_link, gains), load_policy(policy).card)
    except (ValueError, OSError):
        return []  # The nodes say why they cannot start.
    return [LogInfo(msg=f"warning: {warning}")] if warning else []


def on_policy_exit(event: ProcessExited, _: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Shut down if the policy was refused; after a crash the node is respawned.

    Raises:
        RuntimeError: to shut down with exit code 1, which a Shutdown action does not set.
    """
    if event.returncode == POLICY_REFUSED:
        raise RuntimeError("the policy node could not start; its reason is above")
    return []


def on_simulator_exit(event: ProcessExited, context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Shut down with the simulator.

    Raises:
        RuntimeError: to shut down with exit code 1, if it could not start or crashed.
    """
    if event.returncode != 0 and not context.is_shutdown:
        raise RuntimeError(f"the simulator ended with {event.returncode}; its reason is above")
    return [Shutdown(reason="the simulator has ended")]


def generate_launch_description() -> LaunchDescription:
    """Describe the system."""
    sim = LaunchConfiguration("sim")
    common = {"namespace": LaunchConfiguration("namespace"), "output": "screen"}
    simulator = Node(
        package="ant_sim",
        executable="sim_node",
        name="sim_node",
        **common,
        condition=IfCondition(sim),
        parameters=[
            CONFIG / "sim.yaml",
            {
                "seed": typed("seed", int),
                "real_time_factor": typed("real_time_factor", float),
                "sync": typed("sync", bool),
                "control_period": typed("control_period", float),
                **texts("robot", "model", "base_link", "keyframe", "gains", "task", "frame_prefix"),
            },
        ],
        on_exit=on_simulator_exit,
    )
    policy = Node(
        package="ant_policy",
        executable="policy_node",
        name="policy_node",
        **common,
        parameters=[
            [f"{CONFIG}/", LaunchConfiguration("config"), ".yaml"],
            {"policy": typed("policy", str), "seed": typed("seed", int), "use_sim_time": typed("sim", bool)},
        ],
        respawn=True,
        respawn_delay=1.0,
        respawn_max_retries=5,
    )
    web = Node(
        package="ant_bringup",
        executable="web",
        name="web",
        **common,
        parameters=[texts("robot", "model", "task")],
        condition=IfCondition(EqualsSubstitution(LaunchConfiguration("viewer"), "web")),
    )
    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(name, default_value=default, description=description, choices=choices or None)
                for name, (default, description, *choices) in ARGUMENTS.items()
            ),
            RegisterEventHandler(OnProcessExit(target_action=policy, on_exit=on_policy_exit)),
            OpaqueFunction(function=compare_gains, condition=IfCondition(sim)),
            simulator,
            policy,
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(SHARE / "launch" / "rviz.launch.py")),
                launch_arguments=[("use_sim_time", sim)],
                condition=IfCondition(LaunchConfiguration("rviz")),
            ),
            web,
            OpaqueFunction(function=record, condition=IfCondition(LaunchConfiguration("record"))),
        ]
    )
