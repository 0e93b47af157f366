"""Lockstep (`sync: true`): at each control instant the simulator waits for the command that answers its state."""

import math

from ant_sim.control_loop.commands import Command
from ant_sim.control_loop.events import Stop
from ant_sim.control_loop.loop import ControlLoop

STALL_THRESHOLD = 0.05
"""A timeout noticed later than this [s] means that this process stalled: commands may be waiting unread."""


class Lockstep(ControlLoop):
    """Makes the trajectory depend on seed and commands alone, not on load or pace.

    After `command_timeout` without a command the robot coasts: it runs on at its own pace, stopped (`on_stop`), until a
    command answers the current state.
    """

    _command: Command | None = None
    _last_command: tuple[int | None, Command] = (None, Command(None))
    _timeout_at = math.inf

    def on_command(self, stamp_ns: int | None, command: Command, now: float) -> None:
        """Accept a command that answers the published state, or a stop, which may answer any."""
        if self.e_stopped or self._ended:
            return
        answers = self._command is None and (stamp_ns is None or stamp_ns == self.stamp_ns)
        if not answers and not (command.is_stop and not self._repeats_last(stamp_ns, command)):
            self._warn_if_ahead(stamp_ns)
            return
        self._follow_commands()
        self._command = command
        self._last_command = (stamp_ns, command)
        self.tick(now)

    def _repeats_last(self, stamp_ns: int | None, command: Command) -> bool:
        """Return True for the same answer, sent again to a repeated state."""
        last_stamp, last = self._last_command
        return stamp_ns is not None and stamp_ns == last_stamp and command.equals(last)

    def tick(self, now: float) -> None:
        """Integrate, begin the next episode, time out or repeat the state, whichever is due."""
        if self._ready and (now >= self._due or self._step_requests):
            self._advance(now)
        elif not self._ready and not self._standing and now >= self._timeout_at:
            if now > self._timeout_at + STALL_THRESHOLD:
                self._timeout_at = now + STALL_THRESHOLD
                return
            timeout = self._config.command_timeout
            self._stop(
                f"no command for {timeout:g} s: {self._stopped} until one answers the current state", Stop.TIMEOUT
            )
            self._advance(now)
        elif now >= self._republish_at:
            self._publish(now)

    def deadline(self) -> float:
        """Time of the next `tick`."""
        if self._ready:
            return min(self._republish_at, self._due)
        return self._republish_at if self._standing else min(self._republish_at, self._timeout_at)

    def _drop_command(self) -> None:
        self._command = None

    @property
    def _ready(self) -> bool:
        """True if only its due time delays the next step."""
        return not self._standing and (self._ended or self.stop is not None or self._command is not None)

    def _advance(self, now: float) -> None:
        self._schedule(self._simulator.control_period, now)
        self._timeout_at = now + self._config.command_timeout
        if self._ended:
            self._begin_episode(None, now)
        else:
            command, self._command = self._command or self._stop_command, None
            if command.drive is not None:
                self._simulator.drive(command.drive)
            self._simulator.step(command.ctrl)
            self._complete_step(now)

    def _restart_timing(self, now: float) -> None:
        self._timeout_at = now + self._config.command_timeout
        self._due = now
