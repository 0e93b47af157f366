"""Parameters of the simulator node."""

from dataclasses import dataclass

from ant_ros.config import parameter


@dataclass(frozen=True)
class RobotConfig:
    """Parameters of simulator and fake driver: the robot, its commands and its stops."""

    robot: str = parameter("ant", "shipped robot, or a folder with robot.xml")
    model: str = parameter("", "MJCF file of the robot, instead of 'robot'")
    base_link: str = parameter(
        "", "body whose frame odom and imu use; empty: the root, or the world if a joint moves it"
    )
    keyframe: str = parameter("", "keyframe of the initial pose; empty: home, else the model's own pose")
    gains: str = parameter(
        "", "card.yaml, or its folder, whose gains turn the actuators into position servos; empty: as in the model"
    )
    command_interface: str = parameter(
        "joint_commands",
        "joint_commands, or <interface>_controller/commands in the order of the model's joints",
        choices=("joint_commands", "effort_controller", "position_controller", "velocity_controller"),
    )
    command_timeout: float = parameter(0.2, "time without a command until a stop [s, steady clock]", (0.01, 60.0))
    on_stop: str = parameter(
        "",
        "zero_effort (limp), damp (zero velocity) or hold (last position); empty: zero_effort for efforts, else damp",
        choices=("", "zero_effort", "damp", "hold"),
    )
    frame_prefix: str = parameter("", "prefix of the frame ids, such as 'ant1/'")


@dataclass(frozen=True)
class SimConfig(RobotConfig):
    """Parameters of the simulator node."""

    control_period: float = parameter(
        0.0, "control step [s], a multiple of the physics step; 0: 0.05 for the Ant, else 0.02", (0.0, 10.0)
    )
    task: str = parameter("", "rewards and falls: jump, walk or none; empty: jump for the Ant, else none")
    seed: int = parameter(0, "seed of the first reset; later resets continue its generator", (0, 2**63 - 1))
    real_time_factor: float = parameter(1.0, "simulated seconds per second; 0: as fast as commands come", (0.0, 1000.0))
    sync: bool = parameter(True, "lockstep, wait for the command that answers each state")
    reset_on_fall: bool = parameter(True, "start a new episode after a fall (jump: torso below 0.2 m)")
    episode_steps: int = parameter(0, "control steps of an episode; 0: endless", (0, 2**31 - 1))


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
