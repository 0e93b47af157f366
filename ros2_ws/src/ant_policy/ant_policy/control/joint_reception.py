"""Reception times of the policy's joints on joint_states."""

from collections.abc import Sequence

MAX_NAMES = 50
"""Number of joint names kept for messages to people."""


class JointReception:
    """Time of the last message with each joint of the policy, and the names of all joints received.

    Times are seconds of the steady clock; None where there was no such message.

    Attributes:
        first_at: time of the first message with a joint of the policy.
        first_foreign_at: time of the first message without any.
    """

    def __init__(self, joints: Sequence[str]) -> None:
        """Start without any message received.

        Args:
            joints: the policy's.
        """
        self._joints = joints
        self._received_at: dict[tuple[str, ...], float] = {}
        self._found: dict[str, None] = {}
        self.first_at: float | None = None
        self.first_foreign_at: float | None = None

    def record(self, joints: tuple[str, ...], now: float) -> None:
        """Record a message with these joints of the policy, which may be none."""
        if joints:
            self._received_at[joints] = now
            if self.first_at is None:
                self.first_at = now
        elif self.first_foreign_at is None:
            self.first_foreign_at = now

    def record_names(self, names: Sequence[str]) -> None:
        """Record all joint names of a message, for `found`."""
        if len(self._found) < MAX_NAMES:
            self._found |= dict.fromkeys(name[:200] for name in names[:MAX_NAMES])

    def newest(self) -> float | None:
        """Time of the last message with any joint of the policy."""
        return max(self._received_at.values(), default=None)

    def never_received(self) -> list[str]:
        """Joints of the policy that were in no message."""
        received = {joint for joints in self._received_at for joint in joints}
        return [joint for joint in self._joints if joint not in received]

    def silent(self, now: float, timeout: float) -> list[str]:
        """Joints of the policy that were in no message for `timeout` [s]."""
        received = {joint for joints, at in self._received_at.items() if now - at <= timeout for joint in joints}
        return [joint for joint in self._joints if joint not in received]

    def found(self) -> str:
        """Names of all joints received, the policy's and others, for messages to people."""
        return ", ".join(self._found)[:200] or "no joint at all"
