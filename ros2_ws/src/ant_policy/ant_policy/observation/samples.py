"""Measurements of a robot, as its driver's messages give them, and refusals of bad ones."""

from collections.abc import Sequence
from dataclasses import dataclass

Quaternion = tuple[float, float, float, float]
Vector = tuple[float, float, float]


class StateError(ValueError):
    """State that no policy may act on; the message names topic and offender, what was expected and what was found."""


class MissingJointError(StateError):
    """State without a joint of the policy."""

    def __init__(self, joint: str, found: str) -> None:
        """Make the message from the joint and the names found."""
        super().__init__(f"joint_states: joint '{joint}' is missing; found: {found}")


@dataclass(frozen=True)
class JointSample:
    """Joint states in the driver's own order.

    Attributes:
        stamp_ns: time of the measurement [ns].
        names: of the joints.
        positions: [rad], of a slide joint [m].
        velocities: [rad/s], of a slide joint [m/s].
        episode: name of the simulator's episode; empty on a real robot.
    """

    stamp_ns: int
    names: Sequence[str]
    positions: Sequence[float]
    velocities: Sequence[float]
    episode: str = ""


@dataclass(frozen=True)
class BaseSample:
    """State of the base link, from odometry.

    Attributes:
        stamp_ns: time of the measurement [ns].
        height: z of the base in `odom` [m].
        quaternion: (4,) unit quaternion (w, x, y, z), base -> odom.
        velocity_b: (3,) [m/s] in the base frame.
        angular_velocity_b: (3,) [rad/s] in the base frame.
    """

    stamp_ns: int
    height: float
    quaternion: Quaternion
    velocity_b: Vector
    angular_velocity_b: Vector


@dataclass(frozen=True)
class ImuSample:
    """Reading of the IMU, in the base frame.

    Attributes:
        stamp_ns: time of the measurement [ns].
        quaternion: (4,) unit quaternion (w, x, y, z), base -> a frame with z upwards; None if the IMU has none.
        angular_velocity_b: (3,) [rad/s].
    """

    stamp_ns: int
    quaternion: Quaternion | None
    angular_velocity_b: Vector


def unset_stamp(topic: str) -> StateError:
    """Refusal of a message without a stamp."""
    return StateError(f"{topic}: stamp is 0, which means unset; expected the time of the measurement")


def joint_indices(names: Sequence[str], joints: Sequence[str]) -> dict[str, int]:
    """Index in `names` of each of `joints` that it has.

    Raises:
        StateError: if it has one several times.
    """
    indices = {}
    for joint in joints:
        found = names.count(joint)
        if found > 1:
            raise StateError(f"joint_states: joint '{joint}' is listed {found} times; expected once")
        if found:
            indices[joint] = names.index(joint)
    return indices


def check_length(field: str, values: Sequence[float], names: Sequence[str]) -> None:
    """Check that there is one value for each name.

    Raises:
        StateError: the numbers of values and names differ.
    """
    if len(values) != len(names):
        raise StateError(f"joint_states: {len(values)} entries in '{field}' for {len(names)} names; expected one each")


def not_finite(field: str, joint: str, value: float) -> StateError:
    """Refusal of a joint's value."""
    return StateError(f"joint_states: {field} of joint '{joint}' is {value}; expected a finite number")
