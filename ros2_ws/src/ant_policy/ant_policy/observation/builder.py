"""Observations of a policy from robot states, joints matched by name."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ant_policy.card.card import Card
from ant_policy.observation.reading import TermReader
from ant_policy.observation.samples import (
    BaseSample,
    ImuSample,
    JointSample,
    MissingJointError,
    StateError,
    Vector,
    check_length,
    joint_indices,
    not_finite,
)
from ant_policy.observation.terms import CMD_VEL, IMU, JOINT_STATES, MEMORY, ODOM, Memory

UNIT_TOLERANCE = 0.01
"""Largest deviation of the norm of an orientation from 1."""

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class RobotState:
    """State of a robot at one instant.

    Attributes:
        joints: all joints of the policy, in any order.
        base: of odometry; None if the policy's card needs none.
        imu: reading of the IMU; None if the card needs none.
        command: (3,) velocity (linear x, linear y [m/s], angular z [rad/s]) in the base frame.
    """

    joints: JointSample
    base: BaseSample | None = None
    imu: ImuSample | None = None
    command: Vector = (0.0, 0.0, 0.0)


def robot_state(
    joints: JointSample, others: Mapping[str, BaseSample | ImuSample], command: Vector = (0.0, 0.0, 0.0)
) -> RobotState:
    """State of paired samples; `others` by topic."""
    return RobotState(joints, others.get(ODOM), others.get(IMU), command)  # type: ignore[arg-type]


class ObservationBuilder:
    """Stacks the terms of a card's observation, and remembers what they need: last action, phase and history.

    `frame` reads the terms of a state and changes nothing. `stack` makes a frame the newest of the history, once a
    control step; `remember` takes the action that followed.
    """

    def __init__(self, card: Card) -> None:
        """Create a builder for a card, with an empty memory."""
        observation = card.observation
        self._joints = card.joints.names
        self._terms = observation.terms
        self._period = card.control_period
        self._reader = TermReader(observation.terms, card.joints.names, card.action.joints)
        self._action_size = card.action_size
        gait = [term.period for term in observation.terms if term.period is not None]
        self._gait_period = gait[0] if gait else 1.0
        oriented = {term.topic for term in observation.terms if term.reads_orientation}
        self._needs_orientation = [source for source in (ODOM, IMU) if source in oriented]
        self._blocks = _blocks(card)
        self._names: Sequence[str] = ()
        self._order: list[int] = []
        self.reset()

    def reset(self) -> None:
        """Forget history, last action and phase."""
        self._memory = Memory([0.0] * self._action_size, period=self._gait_period)
        self._history: deque[Float64] = deque(maxlen=max((length for length, _ in self._blocks or ()), default=1))

    def frame(self, state: RobotState) -> Float64:
        """Read the terms of a state (n,), without their history.

        Raises:
            MissingJointError: a joint of the policy is missing.
            StateError: a value is missing or not finite, a joint is listed twice, or an orientation is no unit
                quaternion.
        """
        samples: dict[str, Any] = {
            JOINT_STATES: self._in_order(state.joints),
            ODOM: state.base,
            IMU: state.imu,
            CMD_VEL: state.command,
            MEMORY: self._memory,
        }
        for source in self._needs_orientation:
            _check_orientation(source, samples[source].quaternion)
        frame = self._reader.read(samples)
        if not np.isfinite(frame).all():
            raise self._refusal(samples)
        return self._reader.scaled(frame)

    def stack(self, frame: Float64) -> Float64:
        """Add the frame of a control step to the history; returns the observation (n,).

        After a reset the first frame stands for all earlier ones.
        """
        self._memory.time += self._period
        if self._blocks is None:
            return frame
        self._history.append(frame)
        newest = len(self._history) - 1
        return np.concatenate(
            [
                self._history[max(newest - age, 0)][part]
                for length, part in self._blocks
                for age in reversed(range(length))
            ]
        )

    def remember(self, action: ArrayLike) -> None:
        """Take the policy's action (n_actions,) of this control step."""
        self._memory.last_action = np.asarray(action).tolist()

    def _in_order(self, sample: JointSample) -> JointSample:
        if sample.names != self._names:
            indices = joint_indices(sample.names, self._joints)
            for joint in self._joints:
                if joint not in indices:
                    raise MissingJointError(joint, ", ".join(sample.names)[:200] or "no joint at all")
            self._order, self._names = list(indices.values()), list(sample.names)
        check_length("position", sample.positions, sample.names)
        check_length("velocity", sample.velocities, sample.names)
        positions, velocities = sample.positions, sample.velocities
        return JointSample(
            sample.stamp_ns,
            self._joints,
            [positions[i] for i in self._order],
            [velocities[i] for i in self._order],
        )

    def _refusal(self, samples: Mapping[str, Any]) -> StateError:
        for term, (topic, read) in zip(self._terms, self._reader.sources, strict=True):
            values = list(read(samples[topic]))
            for index, value in enumerate(values):
                if math.isfinite(value):
                    continue
                if topic == JOINT_STATES:
                    field = "position" if term.name == "joint_positions" else "velocity"
                    return not_finite(field, self._joints[index], value)
                return StateError(f"{topic}: {term.name} is {value}; expected finite numbers")
        raise AssertionError


def _blocks(card: Card) -> list[tuple[int, slice]] | None:
    """Parts of the frame with the length of their history, in the observation's order; None without any history."""
    if card.observation.history > 1:
        return [(card.observation.history, slice(None))]
    return [(term.history, part) for term, part, _ in card.layout] if card.observation.has_history else None


def _check_orientation(topic: str, quaternion: Sequence[float] | None) -> None:
    if quaternion is None:
        raise StateError(f"{topic}: no orientation (covariance -1); expected a unit quaternion")
    norm = math.hypot(*quaternion)
    # NaN is reported with the term.
    if abs(norm - 1.0) > UNIT_TOLERANCE:
        raise StateError(f"{topic}: orientation has norm {norm:.3g}; expected a unit quaternion")
