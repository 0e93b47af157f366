"""Merging of joint_states from several publishers into states with all joints of the policy, by name."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.observation.samples import (
    JointSample,
    StateError,
    check_length,
    joint_indices,
    not_finite,
    unset_stamp,
)

MAX_LAYOUTS = 50
"""Number of different lists of names whose indices are kept, to save time."""
MAX_NAMES = 50
"""Number of joint names kept for messages to people."""


class _Measurement(NamedTuple):
    """Stamp [ns], position [rad] and velocity [rad/s] of one joint."""

    stamp_ns: int
    position: float
    velocity: float


class JointMerger:
    """Merges joint_states by joint name.

    A message with all joints of the policy passes as it is. A message with some of them is merged: a state is complete
    when each joint was received since the last state. If a publisher sends again before that, the last values of the
    joints still awaited complete the state. The stamps of a state lie within a tolerance; its own is the newest.

    Times are seconds of the steady clock; None before the first.

    Attributes:
        joints: the policy's.
        received_at: time of the last message with each joint of the policy that was in any.
        first_at: time of the first message with a joint of the policy.
        first_foreign_at: time of the first message without any.
        completed_at: time of the last state.
        found: names of joints received, the policy's and others.
    """

    def __init__(self, joints: tuple[str, ...], tolerance_ns: int, velocities: VelocityEstimator | None = None) -> None:
        """Create a merger that has received nothing.

        Args:
            joints: the policy's.
            tolerance_ns: largest time between the stamps of the joints in one state [ns].
            velocities: estimates velocities that are not published; None refuses such messages.
        """
        self.joints = joints
        self._tolerance_ns = tolerance_ns
        self._velocities = velocities
        self.clear()

    def clear(self) -> None:
        """Forget all messages."""
        self.received_at: dict[str, float] = {}
        self.first_at: float | None = None
        self.first_foreign_at: float | None = None
        self.completed_at: float | None = None
        self.found: list[str] = []
        self._layouts: dict[tuple[str, ...], dict[str, int]] = {}
        self._newest: dict[str, _Measurement] = {}
        self._unsplit: JointSample | None = None
        self._episode = ""
        self._awaited = set(self.joints)
        if self._velocities is not None:
            self._velocities.clear()

    def add(self, sample: JointSample, now: float) -> JointSample | None:
        """Take a message in.

        Args:
            sample: joint states of any joints.
            now: time of reception [s, steady clock].

        Returns:
            A state with all joints of the policy, if the message completes one.

        Raises:
            StateError: the message has joints of the policy and cannot be used.
        """
        indices = self._indices(sample, now)
        if not indices:
            return None
        without_velocity = self._check(sample, indices)
        if len(indices) == len(self.joints) and not without_velocity:
            # It is split by joint only once a partial message follows, to save time.
            if self._unsplit is None or not self._is_late(sample.stamp_ns, self._unsplit.stamp_ns):
                self._unsplit = sample
            self._awaited.clear()
            state: JointSample | None = sample
        else:
            state = self._merge(sample, indices, without_velocity)
        if state is not None:
            self.completed_at = now
        return state

    def stamps_ns(self) -> dict[str, int]:
        """Newest stamp [ns] of each joint of the policy whose position and velocity are known."""
        self._split()
        return {joint: self._newest[joint].stamp_ns for joint in self.joints if joint in self._newest}

    def _indices(self, sample: JointSample, now: float) -> dict[str, int]:
        """Index in the message of each joint of the policy that it has."""
        names = tuple(sample.names)
        indices = self._layouts.get(names)
        if indices is None:
            self._record([joint for joint in self.joints if joint in names], now)
            new = dict.fromkeys(name[:200] for name in names[:MAX_NAMES] if name[:200] not in self.found)
            self.found += list(new)[: MAX_NAMES - len(self.found)]
            indices = joint_indices(names, self.joints)
            if len(self._layouts) < MAX_LAYOUTS:
                self._layouts[names] = indices
        else:
            self._record(indices, now)
        return indices

    def _record(self, joints: Collection[str], now: float) -> None:
        """Record the reception of a message with these joints of the policy, which may be none."""
        self.received_at.update(dict.fromkeys(joints, now))
        if joints:
            self.first_at = now if self.first_at is None else self.first_at
        elif self.first_foreign_at is None:
            self.first_foreign_at = now

    def _check(self, sample: JointSample, indices: Mapping[str, int]) -> list[str]:
        """Refuse a message that cannot be used; returns the joints whose velocity is missing."""
        if sample.stamp_ns <= 0:
            raise unset_stamp("joint_states")
        positions, velocities = sample.positions, sample.velocities
        check_length("position", positions, sample.names)
        if len(velocities):
            check_length("velocity", velocities, sample.names)
            # Almost always finite, and two sums are faster to check than all values.
            if math.isfinite(sum(positions)) and math.isfinite(sum(velocities)):
                return []
        missing = []
        for joint, i in indices.items():
            velocity = velocities[i] if len(velocities) else math.nan
            if not math.isfinite(positions[i]):
                raise not_finite("position", joint, positions[i])
            if math.isinf(velocity):
                raise not_finite("velocity", joint, velocity)
            if math.isnan(velocity):
                missing.append(joint)
        if missing and self._velocities is None:
            found = "nan" if len(velocities) else "missing ('velocity' is empty)"
            raise StateError(
                f"joint_states: velocity of joint '{missing[0]}' is {found}; publish it, or set "
                "velocity_from_positions to true"
            )
        return missing

    def _split(self) -> None:
        sample, self._unsplit = self._unsplit, None
        if sample is not None:
            self._keep(sample, joint_indices(sample.names, self.joints), ())

    def _merge(
        self, sample: JointSample, indices: Mapping[str, int], without_velocity: Sequence[str]
    ) -> JointSample | None:
        self._split()
        self._episode = sample.episode
        state = None
        newest_ns = max((joint.stamp_ns for joint in self._newest.values()), default=0)
        if self._awaited and self._awaited.isdisjoint(indices) and sample.stamp_ns > newest_ns:
            state = self._state()
            self._awaited = set(self.joints)
        kept = self._keep(sample, indices, without_velocity)
        self._awaited.difference_update(kept)
        if kept and not self._awaited and (complete := self._state()) is not None:
            state = complete
            self._awaited = set(self.joints)
        return state

    def _keep(self, sample: JointSample, indices: Mapping[str, int], without_velocity: Sequence[str]) -> list[str]:
        """Keep the values of each joint unless they are late; returns the joints that have new ones."""
        kept = []
        for joint, i in indices.items():
            last = self._newest.get(joint)
            if last is not None and self._is_late(sample.stamp_ns, last.stamp_ns):
                continue
            velocity: float | None = None
            if joint not in without_velocity:
                velocity = sample.velocities[i]
            elif self._velocities is not None:
                velocity = self._velocities.update(joint, sample.stamp_ns, sample.positions[i])
            if velocity is not None:
                self._newest[joint] = _Measurement(sample.stamp_ns, sample.positions[i], velocity)
                kept.append(joint)
        return kept

    def _is_late(self, stamp_ns: int, newest_ns: int) -> bool:
        # A stamp that is older by more than the tolerance can complete no state: its source was probably restarted.
        return newest_ns - self._tolerance_ns <= stamp_ns < newest_ns

    def _state(self) -> JointSample | None:
        """State of the newest values of all joints, if their stamps lie within the tolerance."""
        if len(self._newest) < len(self.joints):
            return None
        stamps_ns, positions, velocities = zip(*(self._newest[joint] for joint in self.joints), strict=True)
        if max(stamps_ns) - min(stamps_ns) > self._tolerance_ns:
            return None
        return JointSample(max(stamps_ns), list(self.joints), list(positions), list(velocities), self._episode)
