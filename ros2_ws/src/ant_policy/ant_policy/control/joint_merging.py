"""Joint states of several publishers -> states with all joints of the policy, matched by name."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ant_policy.control.joint_news import JointNews
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.observation.builder import (
    JointSample,
    StateError,
    check_length,
    joint_indices,
    not_finite,
    unset_stamp,
)


@dataclass(frozen=True)
class Piece:
    """Newest position [rad] and velocity [rad/s] of one joint."""

    stamp_ns: int
    position: float
    velocity: float


class JointMerger:
    """Merges joint_states by joint name.

    A message with all joints of the policy passes as it is. One with some of them waits for the others, and completes
    a state when each joint has been heard since the last state. When its own joints are heard again before that,
    the others' last values will do. The stamps of a state lie within a tolerance; its own is the newest of them.

    Attributes:
        joints: the policy's.
        news: which joints have been heard, and when.
        completed_at: when there was a state last [s, steady clock]; None before.
    """

    def __init__(self, joints: tuple[str, ...], tolerance_ns: int, velocities: VelocityEstimator | None = None) -> None:
        """Create a merger that has heard nothing.

        Args:
            joints: the policy's.
            tolerance_ns: largest time between the stamps of the joints in one state [ns].
            velocities: estimates velocities that are not published; None refuses such messages.
        """
        self.joints = joints
        self._tolerance_ns = tolerance_ns
        self._velocities = velocities
        self._complete_names: list[str] = []
        self._complete_indices: dict[str, int] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything that was heard."""
        self.news = JointNews(self.joints)
        self._pieces: dict[str, Piece] = {}
        self._whole: JointSample | None = None
        self._awaited = set(self.joints)
        self.completed_at: float | None = None
        if self._velocities is not None:
            self._velocities.clear()

    def add(self, sample: JointSample, now: float) -> JointSample | None:
        """Take one message in.

        Args:
            sample: joint states of any joints.
            now: [s, steady clock].

        Returns:
            A state with all joints of the policy, if there is a new one.

        Raises:
            StateError: the message has joints of the policy and cannot be used.
        """
        if sample.names == self._complete_names:
            indices = self._complete_indices
            self.news.hear_all(now)
        else:
            indices = self._read_names(sample, now)
            if not indices:
                return None
        estimated = self._check(sample, indices)
        if len(indices) == len(self.joints) and not estimated:
            self._keep_whole(sample)
            self.completed_at = now
            return sample
        merged = self._add_pieces(sample, indices, estimated)
        if merged is not None:
            self.completed_at = now
        return merged

    def stamps_ns(self) -> dict[str, int]:
        """Stamp of the newest values of each joint of the policy that has a position and a velocity [ns]."""
        self._spread_whole()
        return {joint: self._pieces[joint].stamp_ns for joint in self.joints if joint in self._pieces}

    def _read_names(self, sample: JointSample, now: float) -> dict[str, int]:
        names = list(sample.names)
        self.news.hear((joint for joint in self.joints if joint in names), names, now)
        indices = joint_indices(names, self.joints)
        if len(indices) == len(self.joints):
            self._complete_names, self._complete_indices = names, indices
        return indices

    def _check(self, sample: JointSample, indices: Mapping[str, int]) -> list[str]:
        """Refuse a message that cannot be used; returns the joints whose velocity is not in it."""
        if sample.stamp_ns <= 0:
            raise unset_stamp("joint_states")
        positions, velocities = sample.positions, sample.velocities
        check_length("position", positions, sample.names)
        if len(velocities):
            check_length("velocity", velocities, sample.names)
            # Almost always finite: one look at the sums instead of one at each value.
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

    def _keep_whole(self, sample: JointSample) -> None:
        """Keep a message with all joints, to be taken apart only if others complete each other with it."""
        if self._whole is None or not self._is_late(sample.stamp_ns, self._whole.stamp_ns):
            self._whole = sample
        self._awaited.clear()

    def _spread_whole(self) -> None:
        sample, self._whole = self._whole, None
        if sample is not None:
            self._keep_pieces(sample, joint_indices(sample.names, self.joints), ())

    def _add_pieces(
        self, sample: JointSample, indices: Mapping[str, int], estimated: Sequence[str]
    ) -> JointSample | None:
        self._spread_whole()
        earlier = None
        if self._awaited and self._awaited.isdisjoint(indices) and sample.stamp_ns > self._newest_ns():
            earlier = self._merged()
            self._awaited = set(self.joints)
        kept = self._keep_pieces(sample, indices, estimated)
        self._awaited.difference_update(kept)
        merged = self._merged() if kept and not self._awaited else None
        if merged is None:
            return earlier
        self._awaited = set(self.joints)
        return merged

    def _keep_pieces(self, sample: JointSample, indices: Mapping[str, int], estimated: Sequence[str]) -> list[str]:
        """Keep the values of each joint, unless they come late; returns the joints that have new ones."""
        kept = []
        for joint, i in indices.items():
            piece = self._pieces.get(joint)
            if piece is not None and self._is_late(sample.stamp_ns, piece.stamp_ns):
                continue
            velocity: float | None = None
            if joint not in estimated:
                velocity = sample.velocities[i]
            elif self._velocities is not None:
                velocity = self._velocities.update(joint, sample.stamp_ns, sample.positions[i])
            if velocity is not None:
                self._pieces[joint] = Piece(sample.stamp_ns, sample.positions[i], velocity)
                kept.append(joint)
        return kept

    def _is_late(self, stamp_ns: int, newest_ns: int) -> bool:
        # By more than the tolerance, it is no part of the newest state anyway: its source may have been restarted.
        return newest_ns - self._tolerance_ns <= stamp_ns < newest_ns

    def _newest_ns(self) -> int:
        return max((piece.stamp_ns for piece in self._pieces.values()), default=0)

    def _merged(self) -> JointSample | None:
        if len(self._pieces) < len(self.joints):
            return None
        pieces = [self._pieces[joint] for joint in self.joints]
        stamps_ns = [piece.stamp_ns for piece in pieces]
        if max(stamps_ns) - min(stamps_ns) > self._tolerance_ns:
            return None
        positions = [piece.position for piece in pieces]
        return JointSample(max(stamps_ns), list(self.joints), positions, [piece.velocity for piece in pieces])
