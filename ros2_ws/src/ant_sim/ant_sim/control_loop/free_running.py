"""Free running (`sync: false`): time goes on as on a real robot; a command applies at the next physics step."""

import math

from ant_sim.control_loop.commands import Command
from ant_sim.control_loop.events import Outcome, Stop
from ant_sim.control_loop.loop import ControlLoop


class FreeRunning(ControlLoop):
    """Advances physics step by physics step at the set pace; stops after `command_timeout` without commands."""

    _command: Command
    _received = -math.inf
    _last_stamp_ns = 0
    _substeps = 0

    def on_command(self, stamp_ns: int | None, command: Command, now: float) -> None:
        """Apply a command from the next physics step on, unless it is older than the last or answers no state yet."""
        if self.e_stopped:
            return
        if stamp_ns is not None and not command.is_stop and not self._last_stamp_ns <= stamp_ns <= self.stamp_ns:
            self._warn_if_ahead(stamp_ns)
            return
        self._last_stamp_ns = max(self._last_stamp_ns, min(stamp_ns or 0, self.stamp_ns))
        if not self._commanded:
            self._due = now
        self._follow_commands()
        self._command, self._received = command, now

    def tick(self, now: float) -> None:
        """Do a physics step, all those of a requested control step, or repeat the state, whichever is due."""
        if self._standing:
            if now >= self._republish_at:
                self._publish(now)
            return
        timeout = self._config.command_timeout
        if now >= self._received + timeout and not self.stop:
            self._drop_command()
            self._stop(f"no command for {timeout:g} s: {self._stopped} until one comes", Stop.TIMEOUT)
        if self._step_requests:
            for _ in range(self._simulator.frame_skip - self._substeps):
                self._substep(now)
        elif now >= self._due:
            self._schedule(self._simulator.physics_period, now)
            self._substep(now)

    def deadline(self) -> float:
        """Time of the next `tick`."""
        return self._republish_at if self._standing else self._due

    def _drop_command(self) -> None:
        self._command = self._stop_command

    def _substep(self, now: float) -> None:
        self._substeps += 1
        if not self._ended:
            command = self._command
            if command.drive is not None:
                self._simulator.drive(command.drive)
            self._simulator.substep(command.ctrl)
        if self._substeps == self._simulator.frame_skip:
            self._substeps = 0
            if self._ended:
                self._begin_episode(None, now)
            else:
                self._complete_step(now)

    def _begin_episode(self, outcome: Outcome | None, now: float) -> None:
        self._substeps = 0
        super()._begin_episode(outcome, now)

    def _restart_timing(self, now: float) -> None:
        self._due = now
        if not self._step_requests:
            self._received = now
