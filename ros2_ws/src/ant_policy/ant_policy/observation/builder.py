"""Robot state by joint name -> the observation that a policy was trained on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.parts import Observation
from ant_policy.observation.frames import to_world

UNIT_TOLERANCE = 0.01
"""How far the norm of an orientation may be from 1."""


class StateError(ValueError):
    """A state that no policy may act on; the message names the topic, the offender, what was expected and found."""


class MissingJointError(StateError):
    """A joint of the policy is not in the state."""

    def __init__(self, joint: str, found: str) -> None:
        """Name the joint and the names that were found."""
        super().__init__(f"joint_states: joint '{joint}' is missing; found: {found}")


@dataclass(frozen=True)
class JointSample:
    """Joint states as a driver publishes them: names, positions [rad] and velocities [rad/s], in its own order."""

    stamp_ns: int
    names: Sequence[str]
    positions: Sequence[float]
    velocities: Sequence[float]


@dataclass(frozen=True)
class BaseSample:
    """State of the torso as odometry gives it.

    Attributes:
        stamp_ns: when it was.
        height: z of the torso in `odom` [m].
        quaternion: (4,) unit quaternion (w, x, y, z), torso -> odom.
        velocity_b: (3,) [m/s] in the torso frame.
        angular_velocity_b: (3,) [rad/s] in the torso frame.
    """

    stamp_ns: int
    height: float
    quaternion: tuple[float, float, float, float]
    velocity_b: tuple[float, float, float]
    angular_velocity_b: tuple[float, float, float]


def unset_stamp(topic: str) -> StateError:
    """The refusal of a message without a stamp."""
    return StateError(f"{topic}: stamp is 0, which means unset; expected the time of the measurement")


def joint_indices(names: Sequence[str], joints: Sequence[str]) -> dict[str, int]:
    """Index in `names` of each of `joints` that is there.

    Raises:
        StateError: if one is there several times.
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
        StateError: if not.
    """
    if len(values) != len(names):
        raise StateError(f"joint_states: {len(values)} entries in '{field}' for {len(names)} names; expected one each")


def not_finite(field: str, joint: str, value: float) -> StateError:
    """The refusal of a joint's value."""
    return StateError(f"joint_states: {field} of joint '{joint}' is {value}; expected a finite number")


class ObservationBuilder:
    """Stacks the terms that a card asks for, joints matched by name."""

    def __init__(self, observation: Observation) -> None:
        """Create a builder for a card's observation."""
        self._joints = observation.joints
        self._terms = tuple(term.name for term in observation.terms)
        self._names: Sequence[str] = ()
        self._order: list[int] = []

    def build(self, joints: JointSample, base: BaseSample) -> NDArray[np.float64]:
        """Observation (27,).

        Raises:
            MissingJointError: if a joint of the policy is not there.
            StateError: if a value is missing or not finite, a joint is there twice, or the orientation is not unit.
        """
        if joints.names != self._names:
            self._order = self._order_of(joints.names)
            self._names = list(joints.names)
        check_length("position", joints.positions, joints.names)
        check_length("velocity", joints.velocities, joints.names)
        norm = math.hypot(*base.quaternion)
        if abs(norm - 1.0) > UNIT_TOLERANCE:
            raise StateError(f"odom: orientation has norm {norm:.3g}; expected a unit quaternion")
        terms: dict[str, Sequence[float]] = {
            "torso_height": (base.height,),
            "torso_orientation": base.quaternion,
            "joint_positions": [joints.positions[i] for i in self._order],
            "torso_linear_velocity": to_world(base.quaternion, base.velocity_b),
            "torso_angular_velocity": base.angular_velocity_b,
            "joint_velocities": [joints.velocities[i] for i in self._order],
        }
        observation = np.array([value for name in self._terms for value in terms[name]])
        if not np.isfinite(observation).all():
            raise self._refusal(terms)
        return observation

    def _order_of(self, names: Sequence[str]) -> list[int]:
        indices = joint_indices(names, self._joints)
        for joint in self._joints:
            if joint not in indices:
                raise MissingJointError(joint, ", ".join(names)[:200] or "no joint at all")
        return list(indices.values())

    def _refusal(self, terms: dict[str, Sequence[float]]) -> StateError:
        name, values = next((n, v) for n, v in terms.items() if not np.isfinite(v).all())
        index = int(np.flatnonzero(~np.isfinite(values))[0])
        if name.startswith("joint_"):
            field = "position" if name == "joint_positions" else "velocity"
            return not_finite(field, self._joints[index], values[index])
        return StateError(f"odom: {name} is {values[index]}; expected finite numbers")
