"""Parameters of the simulator node."""

from dataclasses import dataclass

from ant_ros.config import parameter


@dataclass(frozen=True)
class SimConfig:
    """Parameters of the simulator node."""

    model: str = parameter("", "MJCF file of the robot; empty: the Ant of this package")
    seed: int = parameter(0, "seed of the first reset; later resets continue its random generator", (0, 2**63 - 1))
    real_time_factor: float = parameter(
        1.0, "simulated seconds per second; 0: as fast as commands come (1 while none do)", (0.0, 1000.0)
    )
    sync: bool = parameter(True, "wait at each control instant for the command that answers its state")
    command_timeout: float = parameter(
        0.2, "time without a command until effort is zero [s, steady clock]", (0.01, 60.0)
    )
    reset_on_fall: bool = parameter(True, "start a new episode when the torso is below 0.2 m")
    episode_steps: int = parameter(0, "maximum number of control steps of an episode; 0: endless", (0, 2**31 - 1))
    command_interface: str = parameter(
        "joint_commands",
        "command topic: joint_commands (by name), or effort_controller/commands as in ros2_control (unstamped, in the "
        "order of the model's joints)",
        choices=("joint_commands", "effort_controller"),
    )
    frame_prefix: str = parameter("", "prefix of the frame ids odom and torso, such as 'ant1/'")
