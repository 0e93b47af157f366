"""Free running (`sync: false`): time goes on as on a real robot; a command applies at the next physics step."""

import math

from ant_sim.control_loop.config import SimConfig
from ant_sim.control_loop.events import LoopListener, Outcome, Stop
from ant_sim.control_loop.loop import Control, ControlLoop
from ant_sim.physics.simulator import FRAME_SKIP, AntSimulator


class FreeRunning(ControlLoop):
    """Advances physics step by physics step at the set pace; zero effort after `command_timeout` without commands."""

    def __init__(self, simulator: AntSimulator, config: SimConfig, listener: LoopListener) -> None:
        """Create a loop at rest."""
        super().__init__(simulator, config, listener)
        factor = config.real_time_factor
        self._wall_period = simulator.physics_period / factor if factor > 0.0 else 0.0
        self._coasting_period = simulator.physics_period / (factor or 1.0)
        self._ctrl = self._zero
        self._received = -math.inf
        self._last_stamp_ns = 0
        self._substeps = 0
        self._due = -math.inf

    def on_command(self, stamp_ns: int | None, ctrl: Control, now: float) -> None:
        """Apply a command from the next physics step on, unless it is older than the last or answers no state yet."""
        if self.e_stopped:
            return
        if stamp_ns is not None and ctrl.any() and not self._last_stamp_ns <= stamp_ns <= self.stamp_ns:
            self._warn_if_ahead(stamp_ns)
            return
        self._last_stamp_ns = max(self._last_stamp_ns, min(stamp_ns or 0, self.stamp_ns))
        if not self._commanded:
            self._due = now
        self._follow_commands()
        self._ctrl, self._received = ctrl, now

    def tick(self, now: float) -> None:
        """Do a physics step, all those of a requested control step, or repeat the state, whichever is due."""
        if self._standing:
            if now >= self._republish_at:
                self._publish(now)
            return
        timeout = self._config.command_timeout
        if now >= self._received + timeout and not self.stop:
            self._drop_command()
            self._stop(f"no command for {timeout:g} s: zero effort until one comes", Stop.TIMEOUT)
        if self._step_requests:
            for _ in range(FRAME_SKIP - self._substeps):
                self._substep(now)
        elif now >= self._due:
            period = self._coasting_period if self.stop else self._wall_period
            self._due = self._due + period if now - self._due < FRAME_SKIP * period else now + period
            self._substep(now)

    def deadline(self) -> float:
        """Time of the next `tick`."""
        return self._republish_at if self._standing else self._due

    def _drop_command(self) -> None:
        self._ctrl = self._zero

    def _substep(self, now: float) -> None:
        self._substeps += 1
        if not self._ended:
            self._simulator.substep(self._ctrl)
        if self._substeps == FRAME_SKIP:
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
