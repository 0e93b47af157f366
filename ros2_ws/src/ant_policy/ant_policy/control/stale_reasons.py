"""Reasons for the absence of a fresh complete state, for people.

Times are seconds of the steady clock.
"""

import math
from collections.abc import Mapping

from ant_policy.card.card import Card
from ant_policy.control.config import PolicyConfig
from ant_policy.control.joint_merging import JointMerger
from ant_policy.observation.samples import MissingJointError


class StalenessReport:
    """Explains what a complete state lacks; the timeout is the configuration's `state_timeout`."""

    def __init__(self, card: Card, merger: JointMerger, config: PolicyConfig) -> None:
        """Report on the joint states that `merger` receives, and on the other topics that a card needs."""
        self._card = card
        self._merger = merger
        self._timeout = config.state_timeout
        self._tolerance = config.pairing_tolerance

    def stale(self, now: float, received_at: Mapping[str, float]) -> str:
        """Reason why states stopped.

        Args:
            now: the time.
            received_at: time of the last message of each other topic.
        """
        if not self._receives_joints(now):
            reason = "no joint_states"
        elif not (reason := self._incomplete(now)):
            silent = (f"no {topic}" for topic, at in received_at.items() if now - at > self._timeout)
            unpaired = f"no {' and '.join(received_at)} in time and within {self._tolerance:g} s of joint_states"
            reason = next(silent, unpaired)
        return f"{reason} for {self._timeout:g} s"

    def no_first_state(self, now: float, heard_at: float, received_at: Mapping[str, float]) -> str:
        """Reason why messages that are received gave no state yet; empty if they did, or if none are received.

        Args:
            now: the time.
            heard_at: time of the first message of another topic than joint_states, infinite without one.
            received_at: time of the last message of each of these topics, minus infinity without one.
        """
        merger, receives_joints = self._merger, self._receives_joints(now)
        if merger.first_at is None and merger.first_foreign_at is not None:
            if now - merger.first_foreign_at <= self._timeout:
                return ""
            return (
                f"joint_states: none of the policy's joints for {self._timeout:g} s; found: {self._found()}; "
                f"expected: {', '.join(merger.joints)}: waiting for them"
            )
        first_at = merger.first_at if receives_joints and merger.first_at is not None else heard_at
        if now - first_at <= self._timeout:
            return ""
        if receives_joints and (reason := self._incomplete(now)):
            return f"{reason}: waiting for a first complete state"
        silent = [topic for topic, at in received_at.items() if now - at > self._timeout]
        if not receives_joints and len(silent) < len(received_at):
            return f"no joint_states for {self._timeout:g} s: waiting for them"
        if receives_joints and silent:
            terms = self._card.terms_of(silent[0])
            return f"no {silent[0]} for {self._timeout:g} s, which the policy needs for {terms}: waiting for it"
        return ""

    def missing_joint(self, now: float) -> MissingJointError | None:
        """Joint that nobody publishes, known once others have been received for the timeout."""
        merger = self._merger
        missing = [joint for joint in merger.joints if joint not in merger.received_at]
        if missing and merger.first_at is not None and now - merger.first_at > self._timeout:
            return MissingJointError(missing[0], self._found())
        return None

    def _found(self) -> str:
        return ", ".join(self._merger.found)[:200] or "no joint at all"

    def _receives_joints(self, now: float) -> bool:
        return now - max(self._merger.received_at.values(), default=-math.inf) <= self._timeout

    def _incomplete(self, now: float) -> str:
        """Reason why the joints gave no state within the timeout; empty if they did."""
        merger = self._merger
        silent = [joint for joint in merger.joints if now - merger.received_at.get(joint, -math.inf) > self._timeout]
        if silent:
            joint = "joint" if len(silent) == 1 else "joints"
            return f"joint_states: no message with {joint} {', '.join(map(repr, silent))}"
        if merger.completed_at is not None and now - merger.completed_at <= self._timeout:
            return ""
        stamps_ns = merger.stamps_ns()
        unknown = [joint for joint in merger.joints if joint not in stamps_ns]
        if unknown:
            return f"joint_states: velocity of joint '{unknown[0]}' needs a second position"
        oldest, newest = min(stamps_ns, key=stamps_ns.__getitem__), max(stamps_ns, key=stamps_ns.__getitem__)
        apart = (stamps_ns[newest] - stamps_ns[oldest]) * 1e-9
        return (
            f"joint_states: stamps of joints '{oldest}' and '{newest}' are {apart:.3g} s apart, "
            f"pairing_tolerance is {self._tolerance:g} s"
        )
