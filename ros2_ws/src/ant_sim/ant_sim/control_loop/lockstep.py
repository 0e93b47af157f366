"""Lockstep (`sync: true`): at each control instant the simulator waits for the command that answers its state."""

import math

import numpy as np

from ant_sim.control_loop.config import SimConfig
from ant_sim.control_loop.loop import Control, ControlLoop, LoopListener
from ant_sim.physics.simulator import AntSimulator

HELD_UP = 0.05
"""A timeout that is noticed later than this [s] means that this process was held up: commands may wait unread."""


class Lockstep(ControlLoop):
    """The trajectory depends on seed and commands alone, not on the machine's load or on the pace.

    After `command_timeout` without a command the robot goes on with zero effort at its own pace, waiting for
    nobody, until a command answers the state of that moment.
    """

    def __init__(self, simulator: AntSimulator, config: SimConfig, listener: LoopListener) -> None:
        """Create a loop at rest."""
        super().__init__(simulator, config, listener)
        factor = config.real_time_factor
        self._wall_period = simulator.control_period / factor if factor > 0.0 else 0.0
        self._coasting_period = simulator.control_period / (factor or 1.0)
        self._ctrl: Control | None = None
        self._last_command: tuple[int | None, Control] = (None, self._zero)
        self._timeout_at = math.inf
        self._due = -math.inf

    def on_command(self, stamp_ns: int | None, ctrl: Control, now: float) -> None:
        """Take the command if it answers the published state, or is zero: going limp needs no fresh state."""
        if self.e_stopped or self._ended:
            return
        answers = self._ctrl is None and (stamp_ns is None or stamp_ns == self.stamp_ns)
        limp = not ctrl.any() and not self._repeats_last(stamp_ns, ctrl)
        if not answers and not limp:
            self._note_if_ahead(stamp_ns)
            return
        self._take_over()
        self._ctrl = ctrl
        self._last_command = (stamp_ns, ctrl)
        self.tick(now)

    def _repeats_last(self, stamp_ns: int | None, ctrl: Control) -> bool:
        """Whether a zero command is only the answer, sent again, to a state that was published again."""
        last_stamp, last_ctrl = self._last_command
        return stamp_ns is not None and stamp_ns == last_stamp and np.array_equal(ctrl, last_ctrl)

    def tick(self, now: float) -> None:
        """Integrate, begin the next episode, time out or publish again, whichever is due."""
        if self._ready and (now >= self._due or self._steps_asked):
            self._advance(now)
        elif not self._ready and not self._standing and now >= self._timeout_at:
            if now > self._timeout_at + HELD_UP:
                self._timeout_at = now + HELD_UP
                return
            self._stop(
                f"no command for {self._config.command_timeout:g} s: zero effort until one answers the current state"
            )
            self._advance(now)
        elif now >= self._republish_at:
            self._publish(now)

    def deadline(self) -> float:
        """When the next of these is due."""
        if self._ready:
            return min(self._republish_at, self._due)
        if self._standing:
            return self._republish_at
        return min(self._republish_at, self._timeout_at)

    def _drop_command(self) -> None:
        self._ctrl = None

    @property
    def _ready(self) -> bool:
        """Whether the next advance waits for its time only."""
        return not self._standing and (self._ended or self._coasting or self._ctrl is not None)

    @property
    def _coasting(self) -> bool:
        return bool(self.stopped_because)

    def _advance(self, now: float) -> None:
        period = self._coasting_period if self._coasting else self._wall_period
        # On a grid, so that lateness does not add up; anew after a delay that cannot be made up for.
        self._due = self._due + period if now - self._due < period else now + period
        self._timeout_at = now + self._config.command_timeout
        if self._ended:
            self._begin_episode(None, now)
        else:
            ctrl = self._zero if self._ctrl is None else self._ctrl
            self._ctrl = None
            self._simulator.step(ctrl)
            self._complete_step(now)

    def _on_restart(self, now: float) -> None:
        self._timeout_at = now + self._config.command_timeout
        self._due = now
