"""Robot state by joint name -> the observation that a policy was trained on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ant_policy.card_parts import Observation
from ant_policy.frames import to_world

UNIT_TOLERANCE = 0.01
"""How far the norm of an orientation may be from 1."""


class StateError(ValueError):
    """A state that no policy may act on; the message names the topic, the offender, what was expected and found."""


class MissingJointError(StateError):
    """A joint of the policy is not in the state."""


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
        count = len(joints.names)
        for field, values in (("position", joints.positions), ("velocity", joints.velocities)):
            if len(values) != count:
                raise StateError(
                    f"joint_states: {len(values)} entries in '{field}' for {count} names; expected one each"
                )
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
            raise StateError(self._not_finite(terms))
        return observation

    def _order_of(self, names: Sequence[str]) -> list[int]:
        for name in self._joints:
            found = list(names).count(name)
            if found == 0:
                raise MissingJointError(
                    f"joint_states: joint '{name}' is missing; found: {', '.join(names)[:200] or 'no joint at all'}"
                )
            if found > 1:
                raise StateError(f"joint_states: joint '{name}' is there {found} times; expected once")
        return [list(names).index(name) for name in self._joints]

    def _not_finite(self, terms: dict[str, Sequence[float]]) -> str:
        name, values = next((n, v) for n, v in terms.items() if not np.isfinite(v).all())
        index = int(np.flatnonzero(~np.isfinite(values))[0])
        if name.startswith("joint_"):
            field = "position" if name == "joint_positions" else "velocity"
            return (
                f"joint_states: {field} of joint '{self._joints[index]}' is {values[index]}; expected a finite number"
            )
        return f"odom: {name} is {values[index]}; expected finite numbers"
