"""Parameters of the fake driver."""

from dataclasses import dataclass

from ant_bringup.fake_robot.robot import Defects
from ant_ros.config import parameter


@dataclass(frozen=True)
class DriverConfig(Defects):
    """Parameters of the driver, including the robot's defects."""

    seed: int = parameter(0, "seed of the robot's noise", (0, 2**63 - 1))
    defects: bool = parameter(True, "false: an ideal robot; true: with the defects below")
    command_interface: str = parameter(
        "joint_commands",
        "topic of the commands: joint_commands, or effort_controller/commands as in ros2_control",
        choices=("joint_commands", "effort_controller"),
    )
    command_timeout: float = parameter(0.2, "time without a command until effort is zero [s, steady clock]", (0.01, 60))
    frame_prefix: str = parameter("", "prefix of the frame ids odom and torso, such as 'ant1/'")
    split_joint_states: bool = parameter(False, "publish joint_states in two messages, as two publishers would")
    omit_velocities: bool = parameter(False, "leave the velocities of joint_states empty")
