"""Parameters of the policy node."""

from dataclasses import dataclass

from ant_ros.config import parameter


@dataclass(frozen=True)
class PolicyConfig:
    """Parameters of the policy node, read when it is configured; changes of `LIVE` ones are taken at any time."""

    policy: str = parameter("sac", "shipped policy (sac, dqn, pgpe), zero, random, or the path of a policy")
    deterministic: bool = parameter(True, "take the best action instead of sampling")
    seed: int = parameter(0, "seed of a sampling policy", (0, 2**63 - 1))
    joints: tuple[str, ...] = parameter(
        ("",), "joint order of <interface>_controller/commands; ['']: that of the policy's observation"
    )
    state_timeout: float = parameter(
        0.2, "age of the state at which the robot is stopped [s, steady clock]", (0.01, 60.0)
    )
    pairing_tolerance: float = parameter(
        0.02,
        "maximum time between the stamps of joint_states, odom and imu of one state, and between those of joints in "
        "several messages [s]",
        (0.0, 1.0),
    )
    velocity_from_positions: bool = parameter(
        False, "differentiate the positions of joints whose velocity is missing or NaN, instead of refusing them"
    )
    max_effort: float = parameter(0.0, "maximum effort of any joint [N m]; 0: the policy's own limit", (0.0, 10_000.0))
    max_tilt: float = parameter(
        0.0, "maximum angle between the base's z axis and the vertical [rad]; 0: no limit", (0.0, 3.142)
    )
    max_joint_velocity: float = parameter(0.0, "maximum velocity of any joint [rad/s]; 0: no limit", (0.0, 1000.0))
    max_position_margin: float = parameter(
        0.0, "maximum distance of a joint outside of the positions in the policy's card [rad]; 0: no limit", (0.0, 10.0)
    )
    on_stop: str = parameter(
        "",
        "what stops the robot: zero_effort, damp (zero velocity) or hold (last position); empty: zero_effort for a "
        "policy that commands efforts, damp otherwise",
        choices=("", "zero_effort", "damp", "hold"),
    )
    command_input: str = parameter(
        "twist", "type of cmd_vel: geometry_msgs/Twist or TwistStamped", choices=("twist", "twist_stamped")
    )
    command_input_timeout: float = parameter(
        0.5, "age of cmd_vel at which the velocity command becomes zero [s, steady clock]", (0.01, 60.0)
    )
    require_e_stop_state: bool = parameter(False, "activate only after the driver has published false on e_stop_active")
    autostart: bool = parameter(True, "configure and activate at the start")


LIVE = (
    "state_timeout",
    "max_effort",
    "max_tilt",
    "max_joint_velocity",
    "max_position_margin",
    "on_stop",
    "command_input_timeout",
    "require_e_stop_state",
)
"""Limits and timeouts that may change while a policy is loaded."""
