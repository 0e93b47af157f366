"""Parameters of the simulator node."""

from dataclasses import dataclass

from ant_ros.config import parameter


@dataclass(frozen=True)
class RobotConfig:
    """Parameters of simulator and fake driver: the robot, its commands and its stops."""

    robot: str = parameter("ant", "shipped robot, or a folder with robot.xml")
    model: str = parameter("", "MJCF file of the robot, instead of 'robot'")
    base_link: str = parameter(
        "", "body that is odom's child frame and the imu's frame; empty: the root, or the world if a joint moves it"
    )
    keyframe: str = parameter(
        "", "keyframe of the model that is the initial pose; empty: home, or the model's own pose if it has no such one"
    )
    command_interface: str = parameter(
        "joint_commands",
        "command topic: joint_commands (by name), or <interface>_controller/commands of the robot's interface as in "
        "ros2_control (unstamped, in the order of the model's joints)",
        choices=("joint_commands", "effort_controller", "position_controller", "velocity_controller"),
    )
    command_timeout: float = parameter(
        0.2, "time without a command until the robot stops [s, steady clock]", (0.01, 60.0)
    )
    on_stop: str = parameter(
        "",
        "what a stop does: zero_effort, damp (joints resist motion, velocity targets become zero) or hold (position "
        "targets stay); empty: zero_effort for a robot that takes efforts, damp otherwise",
        choices=("", "zero_effort", "damp", "hold"),
    )
    frame_prefix: str = parameter("", "prefix of the frame ids odom and base_link, such as 'ant1/'")


@dataclass(frozen=True)
class SimConfig(RobotConfig):
    """Parameters of the simulator node."""

    control_period: float = parameter(
        0.0,
        "control step [s], a multiple of the physics step; 0: 0.05 for the Ant, else the task's (none: 0.02)",
        (0.0, 10.0),
    )
    task: str = parameter("", "rewards and falls: jump, walk or none; empty: jump for the Ant, none otherwise")
    seed: int = parameter(0, "seed of the first reset; later resets continue its random generator", (0, 2**63 - 1))
    real_time_factor: float = parameter(
        1.0, "simulated seconds per second; 0: as fast as commands come (1 while none do)", (0.0, 1000.0)
    )
    sync: bool = parameter(True, "wait at each control instant for the command that answers its state")
    reset_on_fall: bool = parameter(
        True, "start a new episode when the robot has fallen, as the task says (jump: torso below 0.2 m)"
    )
    episode_steps: int = parameter(0, "maximum number of control steps of an episode; 0: endless", (0, 2**31 - 1))


def check_interface(command_interface: str, interface: str) -> None:
    """Check that a robot has a command interface.

    Args:
        command_interface: the parameter.
        interface: of the robot.

    Raises:
        ValueError: it has others.
    """
    available = ("joint_commands", f"{interface}_controller")
    if command_interface not in available:
        raise ValueError(
            f"parameter 'command_interface' is '{command_interface}'; the robot takes {interface}, expected one of: "
            f"{', '.join(available)}"
        )
