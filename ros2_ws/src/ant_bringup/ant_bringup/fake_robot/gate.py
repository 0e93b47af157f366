"""What a driver lets through to its motors: the robot's half of the safety contract (docs/real_robot.md)."""

import math
from collections.abc import Mapping, Sequence

from ant_ros.commander import CommanderWatch


class DriverGate:
    """Checks commands, watches their age, and latches the emergency stop; pure, with the time passed in.

    Attributes:
        reason: why the effort is zero, in words; empty while commands are followed.
        e_stopped: whether the stop is latched.
        rejected: how many commands were refused.
        rejection: why the newest one of them was; what was commanded before it holds until it is too old.
    """

    def __init__(self, max_efforts: Mapping[str, float], command_timeout: float) -> None:
        """Create a gate that waits for a first command.

        Args:
            max_efforts: limit of each motor [N m], by joint name.
            command_timeout: time without a command until effort is zero [s, steady clock].
        """
        self.reason = "waiting for a first command"
        self.e_stopped = False
        self.rejected = 0
        self.rejection = ""
        self._max_efforts = dict(max_efforts)
        self._timeout = command_timeout
        self._commanders = CommanderWatch(command_timeout)
        self._received = -math.inf

    def on_command(
        self,
        names: Sequence[str],
        efforts: Sequence[float],
        commander: str | None,
        now: float,
        age: float | None = None,
    ) -> dict[str, float] | None:
        """Take a command in.

        Args:
            names: joints.
            efforts: [N m], one each.
            commander: who commands; None where the topic does not say.
            now: [s].
            age: of the state that it answers [s, the clock of the robot's stamps]; None where the topic does not say.

        Returns:
            Efforts [N m] by joint name, within the limits; None if the command is not to be followed.
        """
        if self.e_stopped:
            return None
        fault = self._fault(names, efforts) or self._staleness(efforts, age)
        if fault:
            self.rejected += 1
            self.rejection = f"command rejected: {fault}"
            return None
        if commander is not None:
            other = self._commanders.register(commander, not any(efforts), now)
            if other is not None:
                self.latch(f"two commanders at once, '{other}' and '{commander}': zero effort")
                return None
        self.reason = ""
        self._received = now
        limits = self._max_efforts
        return {
            name: min(max(float(effort), -limits[name]), limits[name])
            for name, effort in zip(names, efforts, strict=True)
        }

    def expired(self, now: float) -> bool:
        """Whether the motors must go limp now, once for each time that commands end."""
        if now - self._received < self._timeout or math.isinf(self._received):
            return False
        self._received = -math.inf
        self.reason = f"no command for {self._timeout:g} s: zero effort until one comes"
        return True

    def latch(self, reason: str) -> None:
        """Stop until it is released."""
        if not self.e_stopped:
            self.e_stopped, self.reason = True, reason
            self._received = -math.inf

    def release(self) -> None:
        """Let commands through again."""
        if self.e_stopped:
            self.e_stopped, self.reason = False, "e_stop released: zero effort until a command comes"

    def _fault(self, names: Sequence[str], efforts: Sequence[float]) -> str:
        if sorted(names) != sorted(self._max_efforts):
            return f"expected each of {', '.join(self._max_efforts)} once, found {', '.join(names)[:200]}"
        if len(efforts) != len(names):
            return f"{len(efforts)} efforts for {len(names)} joints"
        for name, effort in zip(names, efforts, strict=True):
            if not math.isfinite(effort):
                return f"effort of joint '{name}' is {effort}"
        return ""

    def _staleness(self, efforts: Sequence[float], age: float | None) -> str:
        # What waited in a queue while this process hung is old when it is received. Zero effort is right at any age.
        if age is None or abs(age) <= self._timeout or not any(efforts):
            return ""
        when = "ago" if age > 0.0 else "ahead of now"
        return f"it answers a state of {abs(age):.3g} s {when}; expected at most {self._timeout:g} s"
