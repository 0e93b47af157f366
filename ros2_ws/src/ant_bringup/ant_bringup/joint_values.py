"""Newest value of each joint, merged by name from the messages of any number of publishers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class JointValue:
    """Value of a joint (NaN: named without one), stamp of its message [ns], time of receipt [s, steady clock]."""

    value: float
    stamp_ns: int
    heard_at: float


class JointValues:
    """Joints of joint_states, each with its age; a joint that is no longer published is dropped after a timeout."""

    def __init__(self, timeout: float) -> None:
        """Start empty.

        Args:
            timeout: age [s], relative to the newest message, beyond which a joint is dropped.
        """
        self._timeout = timeout
        self._joints: dict[str, JointValue] = {}

    def add(self, names: Sequence[str], values: Sequence[float], now: float, stamp_ns: int = 0) -> None:
        """Take in one message; other joints keep their values.

        Args:
            names: joints of the message.
            values: one each; a list of another length, such as an empty one, counts as NaN for all.
            now: time of receipt [s, steady clock].
            stamp_ns: stamp of the message [ns].
        """
        known = values if len(values) == len(names) else [math.nan] * len(names)
        self._joints |= {name: JointValue(value, stamp_ns, now) for name, value in zip(names, known, strict=True)}
        oldest = now - self._timeout
        self._joints = {name: joint for name, joint in self._joints.items() if joint.heard_at >= oldest}

    @property
    def joints(self) -> Mapping[str, JointValue]:
        """Joints heard within the timeout before the newest message, by name."""
        return self._joints
