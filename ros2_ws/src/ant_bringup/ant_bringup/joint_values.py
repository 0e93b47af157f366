"""Newest value of each joint, merged by name from the messages of any number of publishers."""

import math
from collections.abc import Sequence
from typing import NamedTuple


class JointValue(NamedTuple):
    """Value of a joint (NaN: named without one), stamp of its message [ns], time of receipt [s, steady clock]."""

    value: float
    stamp_ns: int
    heard_at: float


class JointValues:
    """Joints of joint_states.

    Attributes:
        joints: those heard within `timeout` [s] before the newest message, by name.
    """

    def __init__(self, timeout: float) -> None:
        """Start empty."""
        self.joints: dict[str, JointValue] = {}
        self._timeout = timeout

    def add(self, names: Sequence[str], values: Sequence[float], now: float, stamp_ns: int = 0) -> None:
        """Take in one message; other joints keep their values.

        Args:
            names: joints of the message.
            values: one each; a list of another length, such as an empty one, counts as NaN for all.
            now: time of receipt [s, steady clock].
            stamp_ns: stamp of the message [ns].
        """
        known = values if len(values) == len(names) else [math.nan] * len(names)
        self.joints |= {name: JointValue(value, stamp_ns, now) for name, value in zip(names, known, strict=True)}
        oldest = now - self._timeout
        self.joints = {name: joint for name, joint in self.joints.items() if joint.heard_at >= oldest}
