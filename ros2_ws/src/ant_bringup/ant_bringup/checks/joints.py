"""Checks of joint_states by joint name: presence, merging of several publishers, finite values."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from ant_bringup.checks.recording import JointMessage, Row
from ant_policy.control.config import PolicyConfig
from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.observation.samples import JointSample, StateError

STATE_TIMEOUT = PolicyConfig().state_timeout
PAIRING_TOLERANCE = PolicyConfig().pairing_tolerance
MIN_COMPLETE = 0.9
"""Minimum share of the slowest publisher's messages that complete a state."""

MAX_PIECES = 50
"""Number of messages in which each joint of a robot is there."""


class JointStates:
    """Joint states merged as in the policy node.

    Attributes:
        messages: those with any of the policy's joints.
        names: joints of all messages, in the order of their reception.
        in_pieces: whether some of `messages` lack joints of the policy.
        states: one message per complete state; equals `messages` if each has all joints and velocities.
    """

    def __init__(self, messages: Sequence[JointMessage], joints: tuple[str, ...]) -> None:
        """Merge messages, in the order of their reception, for a policy with these joints."""
        self._joints = joints
        self.names = list(dict.fromkeys(name for message in messages for name in message.names))
        self.messages = [message for message in messages if not set(joints).isdisjoint(message.names)]
        self.in_pieces = not all(set(joints) <= set(message.names) for message in self.messages)
        as_they_are = not self.in_pieces and not self.missing_velocity()
        self.states = self.messages if as_they_are else self._merged()

    def missing_velocity(self) -> str:
        """Describe the first missing or NaN velocity of the policy's joints; empty if there is none."""
        for message in self.messages:
            for joint in filter(message.names.__contains__, self._joints):
                if not len(message.velocities):
                    return f"'velocity' is empty, joint '{joint}' has none"
                if np.isnan(message.velocities[message.names.index(joint) :][:1]).any():
                    return f"velocity of '{joint}' is nan"
        return ""

    def _merged(self) -> list[JointMessage]:
        estimator = VelocityEstimator(round(STATE_TIMEOUT * 1e9))
        merger = JointMerger(self._joints, round(PAIRING_TOLERANCE * 1e9), estimator)
        states = []
        for message in self.messages:
            values = message.positions.tolist(), message.velocities.tolist()
            sample = JointSample(round(message.stamp * 1e9), message.names, *values)
            with suppress(StateError):
                if state := merger.add(sample, message.received):
                    stamp, names = state.stamp_ns * 1e-9, (*state.names,)
                    arrays = map(np.array, (state.positions, state.velocities, message.efforts))
                    states.append(JointMessage(message.received, stamp, names, *arrays))
        return states


def joint_names(heard: JointStates, joints: Sequence[str]) -> Row:
    """Each joint of the policy is present once, with a position, in one message or several that complete each other."""
    for joint in joints:
        if joint not in heard.names:
            found = ", ".join(heard.names)[:200] or "none"
            return Row("joint names", "fail", f"'{joint}' is there 0 times; found: {found}")
    for message in heard.messages:
        for joint in joints:
            if (count := message.names.count(joint)) > 1:
                return Row("joint names", "fail", f"'{joint}' is there {count} times in one message")
        for part, values in (("position", message.positions), ("velocity", message.velocities)):
            if len(values) != len(message.names) and (len(values) or part == "position"):
                return Row("joint names", "fail", f"{len(values)} values in '{part}' for {len(message.names)} names")
    row = _pieces(heard, joints) if heard.in_pieces else Row("joint names", "pass", f"all {len(joints)}")
    others = {name for message in heard.messages for name in message.names} - set(joints)
    if others:
        said = f"{row.detail}; not on the card: {', '.join(sorted(others))}: if driven, the driver refuses all commands"
        row = Row(row.check, "warning" if row.verdict == "pass" else row.verdict, said)
    of_another = set(heard.names) - others - set(joints)
    return replace(row, detail=f"{row.detail}; ignored: {', '.join(sorted(of_another))}") if of_another else row


def _pieces(heard: JointStates, joints: Sequence[str]) -> Row:
    publishers = {frozenset(message.names) & frozenset(joints) for message in heard.messages}
    counts = Counter(name for message in heard.messages for name in message.names if name in joints)
    slowest = min(counts, key=counts.__getitem__)
    complete = len(heard.states) / counts[slowest]
    sizes = " + ".join(str(len(names)) for names in sorted(publishers, key=len, reverse=True))
    detail = f"all {len(joints)}, in pieces ({sizes} joints)"
    tolerance = f"within {PAIRING_TOLERANCE * 1e3:g} ms (pairing_tolerance)"
    if complete >= MIN_COMPLETE:
        return Row("joint names", "pass", f"{detail} that complete each other {tolerance}")
    found = f"{complete:.0%} of the messages with '{slowest}' complete a state {tolerance}"
    why = "expected all: stamps are further apart, or messages are lost"
    return Row("joint names", "fail", f"{detail}; {found}; {why}")


def newest(messages: Sequence[JointMessage], joints: Sequence[str], field: str) -> dict[str, float]:
    """Newest value of each of `joints` in a field of the last `MAX_PIECES` messages, where there is one."""
    values: dict[str, float] = {}
    for message in messages[-MAX_PIECES:]:
        values |= zip(message.names, getattr(message, field).tolist(), strict=False)
    return {name: values[name] for name in joints if name in values}


def newest_stamp(messages: Sequence[JointMessage], joints: Sequence[str]) -> float:
    """Stamp [s] of the newest message with any of the joints, 0 without one; another robot may have another clock."""
    return next((each.stamp for each in reversed(messages) if not set(joints).isdisjoint(each.names)), 0.0)
