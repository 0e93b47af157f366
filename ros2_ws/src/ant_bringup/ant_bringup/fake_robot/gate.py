"""Command validation, watchdog and e-stop latch: a driver's half of the safety contract (docs/real_robot.md)."""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

from ant_ros.commander import CommanderWatch


class GateState(StrEnum):
    """Path of commands to the motors: open, or the cause of zero effort."""

    WAITING = "waiting"
    FOLLOWING = "following"
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    RELEASED = "released"


class DriverGate:
    """Validates commands, watches their age and latches the emergency stop; pure, time is passed in.

    Attributes:
        state: whether commands are followed; every other state means zero effort.
        reason: message about the state; empty while commands are followed.
        rejected: number of rejected commands.
        rejection: reason for the last rejection; the command before it holds until it times out.
    """

    def __init__(self, max_efforts: Mapping[str, float], command_timeout: float) -> None:
        """Wait for a first command; `max_efforts` are the motors' limits [N m], `command_timeout` is in s."""
        self.state, self.reason = GateState.WAITING, "waiting for a first command"
        self.rejected = 0
        self.rejection = ""
        self._max_efforts = dict(max_efforts)
        self._timeout = command_timeout
        self._commanders = CommanderWatch(command_timeout)
        self._received = -math.inf

    @property
    def e_stopped(self) -> bool:
        """True while the stop is latched."""
        return self.state == GateState.STOPPED

    def on_command(
        self,
        names: Sequence[str],
        efforts: Sequence[float],
        commander: str | None,
        now: float,
        age: float | None = None,
    ) -> dict[str, float] | None:
        """Validate a command.

        Args:
            names: joints.
            efforts: [N m].
            commander: its id; None where the topic does not carry one.
            now: [s, steady clock].
            age: of the state that it answers [s, clock of the robot's stamps]; None where the topic carries no stamp.

        Returns:
            Efforts [N m] by joint name, clamped to the limits; None if the command must not be followed.
        """
        if self.e_stopped:
            return None
        if fault := self._fault(names, efforts) or self._staleness(efforts, age):
            self.rejected += 1
            self.rejection = f"command rejected: {fault}"
            return None
        if commander is not None:
            other = self._commanders.register(commander, not any(efforts), now)
            if other is not None:
                self.latch(f"two commanders at once, '{other}' and '{commander}': zero effort")
                return None
        self.state, self.reason = GateState.FOLLOWING, ""
        self._received = now
        limited = zip(names, efforts, map(self._max_efforts.__getitem__, names), strict=True)
        return {name: min(max(float(effort), -limit), limit) for name, effort, limit in limited}

    def expired(self, now: float) -> bool:
        """Watchdog: whether the motors must go limp now; true once per timeout."""
        if now - self._received < self._timeout or math.isinf(self._received):
            return False
        self._received = -math.inf
        self.state = GateState.TIMED_OUT
        self.reason = f"no command for {self._timeout:g} s: zero effort until one comes"
        return True

    def latch(self, reason: str) -> None:
        """Stop until `release`."""
        if not self.e_stopped:
            self.state, self.reason = GateState.STOPPED, reason
            self._received = -math.inf

    def release(self) -> None:
        """Accept commands again."""
        if self.e_stopped:
            self.state, self.reason = GateState.RELEASED, "e_stop released: zero effort until a command comes"

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
        # A command that waited in a queue while this process hung is stale. Zero effort is accepted at any age.
        if age is None or abs(age) <= self._timeout or not any(efforts):
            return ""
        when = "old" if age > 0.0 else "in the future"
        return f"its stamp is {abs(age):.3g} s {when}; expected at most {self._timeout:g} s"
