"""Parameters of the policy node."""

from dataclasses import dataclass

from ant_ros.config import parameter


@dataclass(frozen=True)
class PolicyConfig:
    """Parameters of the policy node, read when it is configured; changes of `LIVE` ones are taken at any time."""

    policy: str = parameter("sac", "shipped policy (sac, dqn, pgpe, walk), zero, random, or a path")
    deterministic: bool = parameter(True, "take the best action instead of sampling")
    seed: int = parameter(0, "seed of a sampling policy", (0, 2**63 - 1))
    joints: tuple[str, ...] = parameter(
        ("",), "joint order of <interface>_controller/commands; ['']: the observation's"
    )
    state_timeout: float = parameter(0.2, "age of the state at which the robot stops [s]", (0.01, 60.0))
    pairing_tolerance: float = parameter(
        0.02,
        "maximum difference between the stamps of one state's messages [s]",
        (0.0, 1.0),
    )
    velocity_from_positions: bool = parameter(
        False, "differentiate positions where velocities are missing or NaN, not refuse them"
    )
    max_effort: float = parameter(0.0, "maximum effort of a joint [N m]; 0: the policy's own limit", (0.0, 10_000.0))
    max_tilt: float = parameter(
        0.0, "maximum angle of the base's z axis to the vertical [rad]; 0: no limit", (0.0, 3.142)
    )
    max_joint_velocity: float = parameter(0.0, "maximum velocity of a joint [rad/s]; 0: no limit", (0.0, 1000.0))
    max_position_margin: float = parameter(
        0.0, "how far a joint may leave its positions in training [rad]; 0: no limit", (0.0, 10.0)
    )
    on_stop: str = parameter(
        "",
        "zero_effort (limp), damp (zero velocity) or hold (last position); empty: zero_effort for efforts, else damp",
        choices=("", "zero_effort", "damp", "hold"),
    )
    command_input: str = parameter(
        "twist", "type of cmd_vel: geometry_msgs/Twist or TwistStamped", choices=("twist", "twist_stamped")
    )
    command_input_timeout: float = parameter(0.5, "age of cmd_vel at which it counts as zero [s]", (0.01, 60.0))
    require_e_stop_state: bool = parameter(False, "activate only after false on e_stop_active")
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
