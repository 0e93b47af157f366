"""Command validation, watchdog and e-stop latch: a driver's half of the safety contract (docs/real_robot.md)."""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

from ant_ros.commander import CommanderWatch


class GateState(StrEnum):
    """Path of commands to the motors: open, or the cause of a stop."""

    WAITING = "waiting"
    FOLLOWING = "following"
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    RELEASED = "released"


STOPS = {"effort": ("effort",), "position": ("velocity", "effort"), "velocity": ("velocity", "effort")}
"""Fields of a command by the robot's interface that are zero in a stop: efforts let go, velocities damp."""

Accepted = tuple[str, dict[str, float]]
"""Field of a valid command, and its values by joint name."""


class DriverGate:
    """Validates commands, watches their age and latches the emergency stop; pure, time is passed in.

    Attributes:
        state: whether commands are followed; every other state but waiting means a stop.
        reason: message about the state; empty while commands are followed.
        rejected: number of rejected commands.
        rejection: reason for the last rejection; the command before it holds until it times out.
    """

    def __init__(
        self,
        interface: str,
        limits: Mapping[str, tuple[float, float]],
        command_timeout: float,
        consequence: str = "zero effort",
    ) -> None:
        """Wait for a first command.

        Args:
            interface: effort, position or velocity.
            limits: (least, greatest) command by joint name, in units of the interface.
            command_timeout: [s].
            consequence: of a stop, in words.
        """
        self.state, self.reason = GateState.WAITING, "waiting for a first command"
        self.rejected = 0
        self.rejection = ""
        self._interface = interface
        self._limits = dict(limits)
        self._timeout = command_timeout
        self._consequence = consequence
        self._commanders = CommanderWatch(command_timeout)
        self._received = -math.inf

    @property
    def e_stopped(self) -> bool:
        """True while the stop is latched."""
        return self.state == GateState.STOPPED

    @property
    def may_move(self) -> bool:
        """True while nothing stops the robot, also before a first command."""
        return self.state in (GateState.WAITING, GateState.FOLLOWING)

    def on_command(
        self,
        names: Sequence[str],
        fields: Mapping[str, Sequence[float]],
        commander: str | None,
        now: float,
        age: float | None = None,
    ) -> Accepted | None:
        """Validate a command.

        Args:
            names: joints.
            fields: values by field: effort [N m], position [rad], velocity [rad/s]; those without values are left out.
            commander: its id; None where the topic does not carry one.
            now: [s, steady clock].
            age: of the state that it answers [s, clock of the robot's stamps]; None where the topic carries no stamp.

        Returns:
            The values to apply, clamped to the limits; None if the command must not be followed.
        """
        if self.e_stopped:
            return None
        given = [field for field, values in fields.items() if len(values)]
        # Positions beside efforts are of no account to an effort robot.
        field = "effort" if self._interface == "effort" in given else given[0] if len(given) == 1 else ""
        values = fields.get(field, ())
        is_stop = field in STOPS[self._interface] and not any(values)
        fault = self._fault(names, field, values)
        if not (fault or field == self._interface or is_stop):
            fault = f"expected {self._interface} values, found {' and '.join(given) or 'none'}"
        if fault := fault or ("" if is_stop else self._staleness(age)):
            self.rejected += 1
            self.rejection = f"command rejected: {fault}"
            return None
        if commander is not None:
            other = self._commanders.register(commander, is_stop, now)
            if other is not None:
                self.latch(f"two commanders at once, '{other}' and '{commander}'")
                return None
        self.state, self.reason = GateState.FOLLOWING, ""
        self._received = now
        limits = self._limits if field == self._interface else {}
        return field, {
            name: min(max(float(value), low), high)
            for name, value in zip(names, values, strict=True)
            for low, high in (limits.get(name, (-math.inf, math.inf)),)
        }

    def expired(self, now: float) -> bool:
        """Watchdog: whether the motors must stop now; true once per timeout."""
        if now - self._received < self._timeout or math.isinf(self._received):
            return False
        self._received = -math.inf
        self.state = GateState.TIMED_OUT
        self.reason = f"no command for {self._timeout:g} s: {self._consequence} until one comes"
        return True

    def latch(self, reason: str) -> None:
        """Stop until `release`."""
        if not self.e_stopped:
            self.state, self.reason = GateState.STOPPED, f"{reason}: {self._consequence} until it is released"
            self._received = -math.inf

    def release(self) -> None:
        """Accept commands again."""
        if self.e_stopped:
            self.state = GateState.RELEASED
            self.reason = f"e_stop released: {self._consequence} until a command comes"

    def _fault(self, names: Sequence[str], field: str, values: Sequence[float]) -> str:
        if sorted(names) != sorted(self._limits):
            return f"expected each of {', '.join(self._limits)} once, found {', '.join(names)[:200]}"
        if field and len(values) != len(names):
            return f"{len(values)} {field} values for {len(names)} joints"
        for name, value in zip(names, values, strict=False):
            if not math.isfinite(value):
                return f"{field} of joint '{name}' is {value}"
        return ""

    def _staleness(self, age: float | None) -> str:
        # A command that waited in a queue while this process hung is stale. A stop is accepted at any age.
        if age is None or abs(age) <= self._timeout:
            return ""
        when = "old" if age > 0.0 else "in the future"
        return f"its stamp is {abs(age):.3g} s {when}; expected at most {self._timeout:g} s"
