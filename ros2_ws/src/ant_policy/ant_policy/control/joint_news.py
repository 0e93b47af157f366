"""Which joints have been heard on joint_states, and when."""

from collections.abc import Iterable, Sequence

MAX_NAMES = 50
"""Names of joints that are kept to be shown to people."""


class JointNews:
    """Keeps when each joint of the policy was heard last, and which joints there are at all.

    Attributes:
        first_at: when a joint of the policy was heard first [s, steady clock]; None before.
        foreign_at: when a message without any of them was heard first [s, steady clock]; None before.
    """

    def __init__(self, joints: Sequence[str]) -> None:
        """Begin without any news of `joints`, the policy's."""
        self._joints = joints
        self._heard_at: dict[str, float] = {}
        self._all_at: float | None = None
        self._found: dict[str, None] = {}
        self.first_at: float | None = None
        self.foreign_at: float | None = None

    def hear_all(self, now: float) -> None:
        """Register a message with all of the policy's joints."""
        self._all_at = now
        if self.first_at is None:
            self.first_at = now

    def hear(self, present: Iterable[str], names: Sequence[str], now: float) -> None:
        """Register a message with the joints `present` of the policy, or none of them, among its `names`."""
        heard = dict.fromkeys(present, now)
        if not heard:
            self.foreign_at = now if self.foreign_at is None else self.foreign_at
        elif self.first_at is None:
            self.first_at = now
        self._heard_at |= heard
        if len(self._found) < MAX_NAMES:
            self._found |= dict.fromkeys(name[:200] for name in names[:MAX_NAMES])

    def heard_at(self, joint: str) -> float | None:
        """When a joint was heard last [s, steady clock]; None if it never was."""
        times = [at for at in (self._heard_at.get(joint), self._all_at) if at is not None]
        return max(times, default=None)

    def newest(self) -> float | None:
        """When any joint of the policy was heard last [s, steady clock]; None if none ever was."""
        return max((at for at in map(self.heard_at, self._joints) if at is not None), default=None)

    def never_heard(self) -> list[str]:
        """Joints of the policy that no message had."""
        return [joint for joint in self._joints if self.heard_at(joint) is None]

    def silent(self, now: float, timeout: float) -> list[str]:
        """Joints of the policy that were not heard for `timeout` [s]."""
        heard = {joint: self.heard_at(joint) for joint in self._joints}
        return [joint for joint, at in heard.items() if at is None or now - at > timeout]

    def found(self) -> str:
        """Names of all joints that were heard, the policy's and others, until a state was complete; for people."""
        return ", ".join(self._found)[:200] or "no joint at all"
