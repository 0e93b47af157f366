"""Parameters of the policy node, free of ROS."""

from dataclasses import dataclass

from ant_ros.config import parameter


@dataclass(frozen=True)
class PolicyConfig:
    """Parameters of the policy node; they are read when the node is configured."""

    policy: str = parameter("sac", "shipped policy (sac, dqn, pgpe), zero, random, or the path of a policy")
    deterministic: bool = parameter(True, "take the best action instead of sampling")
    seed: int = parameter(0, "seed of a sampling policy", (0, 2**63 - 1))
    joints: tuple[str, ...] = parameter(
        ("",), "order of joints in effort_controller/commands; ['']: that of the policy's observation"
    )
    state_timeout: float = parameter(
        0.2, "time without a fresh state until effort is zero [s, steady clock]", (0.01, 60.0)
    )
    pairing_tolerance: float = parameter(
        0.02,
        "largest time between the stamps of joint_states and odom that make one state, and between those of joints "
        "that come in several messages [s]",
        (0.0, 1.0),
    )
    velocity_from_positions: bool = parameter(
        False, "differentiate the positions of joints whose velocity is missing or NaN, instead of refusing them"
    )
    max_effort: float = parameter(0.0, "largest effort of any joint [N m]; 0: the policy's own limit", (0.0, 10_000.0))
    max_tilt: float = parameter(
        0.0, "largest angle between the torso's z axis and the vertical [rad]; 0: any", (0.0, 3.142)
    )
    max_joint_velocity: float = parameter(0.0, "largest velocity of any joint [rad/s]; 0: any", (0.0, 1000.0))
    max_position_margin: float = parameter(
        0.0, "how far a joint may be outside of the positions in the policy's card [rad]; 0: any distance", (0.0, 10.0)
    )
    require_e_stop_state: bool = parameter(
        False, "activate only after the driver has said on e_stop_active that it is not stopped"
    )
    autostart: bool = parameter(True, "configure and activate without being asked")
