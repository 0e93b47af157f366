"""What both ways of running the simulator share: episodes, stamps, pausing, and whom they tell."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ant_sim.control_loop.config import SimConfig
from ant_sim.physics.simulator import AntSimulator
from ant_sim.task import JumpCounter, has_fallen, height_reward

FIRST_STAMP_NS = 1_000_000_000
"""Simulation time starts at 1 s: a ROS stamp of 0 means unset."""

REPUBLISH_PERIOD = 0.1
"""While the robot stands still, the state is published again this often [s], for late joiners and lost messages."""

Control = NDArray[np.float32]
Severity = Literal["info", "warning"]
Outcome = Literal["terminated", "truncated", "reset"]


@dataclass(frozen=True)
class EpisodeEnd:
    """An episode that is over: its number from 1, control steps, return and why it ended."""

    episode: int
    steps: int
    episode_return: float
    outcome: Outcome
    stamp_ns: int


class LoopListener(Protocol):
    """Who publishes what the loop does."""

    def on_state(self, stamp_ns: int) -> None:
        """The simulator's state at `stamp_ns` is to be published (again, if that stamp has been before)."""

    def on_episode_end(self, end: EpisodeEnd) -> None:
        """An episode is over; its last state has been published."""

    def on_notice(self, severity: Severity, text: str) -> None:
        """Something that people should know, once."""


class ControlLoop(ABC):
    """Advances the simulator; every time that it is given is in seconds of the steady clock.

    Nothing here blocks: `deadline` says when `tick` must be called next.
    """

    def __init__(self, simulator: AntSimulator, config: SimConfig, listener: LoopListener) -> None:
        """Create a loop at rest; `start` publishes its first state."""
        self.stamp_ns = FIRST_STAMP_NS
        self.paused = False
        self.e_stopped = False
        self.episode = 1
        self.steps = 0
        self.episode_return = 0.0
        self.control_steps = 0
        self.jumps = JumpCounter()
        self.stopped_because = ""
        """Why the effort is zero although commands were coming; empty while they are."""
        self._simulator = simulator
        self._config = config
        self._listener = listener
        self._period_ns = round(simulator.control_period * 1e9)
        self._zero: Control = np.zeros(len(simulator.actuator_joints), dtype=np.float32)
        self._commanded = False
        """Whether a first command has come: before it the robot stands still."""
        self._ended = False
        """Whether the published state is an episode's last one."""
        self._republish_at = math.inf
        self._steps_asked: list[Callable[[], None]] = []
        """Whom to tell when the step is done that was asked for during a pause."""

    def start(self, now: float) -> None:
        """Reset with the seed, publish the first state and say what is waited for."""
        self._simulator.reset(self._config.seed)
        self._listener.on_notice(
            "info", f"standing still: waiting for a first command on {self._config.command_interface}"
        )
        self._publish(now)

    @abstractmethod
    def on_command(self, stamp_ns: int | None, ctrl: Control, now: float) -> None:
        """A valid command has come; `stamp_ns` is that of the state it answers, None if it carries none."""

    @abstractmethod
    def tick(self, now: float) -> None:
        """Do what is due."""

    @abstractmethod
    def deadline(self) -> float:
        """When `tick` must be called next."""

    @abstractmethod
    def _on_restart(self, now: float) -> None:
        """The state has changed by other means than time (reset, or the end of a pause)."""

    @abstractmethod
    def _drop_command(self) -> None:
        """Forget the command that is held, so that the effort is zero."""

    def set_paused(self, paused: bool, now: float) -> None:
        """Stop or resume the advance of time. A pause is no fault: timeouts start anew after it."""
        if paused == self.paused:
            return
        self.paused = paused
        self._republish_at = now + REPUBLISH_PERIOD
        if not paused:
            self._on_restart(now)
            self._finish_step()

    def request_step(self, now: float, done: Callable[[], None]) -> None:
        """While paused, advance one control step as soon as its command is there; then call `done`."""
        self._steps_asked.append(done)
        self._on_restart(now)
        self.tick(now)

    def set_e_stop(self, stop: bool, reason: str = "e_stop") -> None:
        """Latch or release the emergency stop: while latched every effort is zero; `reason` says what latched it."""
        if stop and not self.e_stopped:
            self._drop_command()
            self._stop(f"{reason}: zero effort until it is released")
        if self.e_stopped and not stop:
            self._stop("e_stop released: zero effort until a command comes")
        self.e_stopped = stop

    def reset(self, now: float) -> None:
        """Start a new episode: its first state is one control period later, nothing is integrated."""
        self._begin_episode(None if self._ended else "reset", now)
        self._on_restart(now)

    def _stop(self, reason: str) -> None:
        self.stopped_because = reason
        self._listener.on_notice("warning", reason)

    def _take_over(self) -> None:
        if not self._commanded:
            self._commanded = True
            self._listener.on_notice("info", "a first command has come: running")
        elif self.stopped_because:
            self._listener.on_notice("info", "commands are back")
        self.stopped_because = ""

    def _note_if_ahead(self, stamp_ns: int | None) -> None:
        """Say that a command is ignored which answers a state that has not been published yet."""
        if stamp_ns is not None and stamp_ns > self.stamp_ns:
            self._listener.on_notice(
                "warning",
                f"command ignored: it answers a state of {stamp_ns} ns, but the newest is {self.stamp_ns} ns",
            )

    def _begin_episode(self, outcome: Outcome | None, now: float) -> None:
        if outcome is not None:
            self._end_episode(outcome)
        self._ended = False
        self._drop_command()
        self.episode += 1
        self.steps, self.episode_return = 0, 0.0
        self._simulator.reset()
        self.stamp_ns += self._period_ns
        self._publish(now)
        self._finish_step()

    def _complete_step(self, now: float) -> None:
        """Account for and publish the state at the end of a control step."""
        self.stamp_ns += self._period_ns
        height = self._simulator.torso_height
        self.steps += 1
        self.control_steps += 1
        self.episode_return += height_reward(height)
        self.jumps.add(height)
        self._publish(now)
        if self._config.reset_on_fall and has_fallen(height):
            self._ended = True
            self._end_episode("terminated")
        elif self.steps == self._config.episode_steps:
            self._ended = True
            self._end_episode("truncated")
        self._finish_step()

    def _end_episode(self, outcome: Outcome) -> None:
        end = EpisodeEnd(self.episode, self.steps, self.episode_return, outcome, self.stamp_ns)
        self._listener.on_episode_end(end)

    def _finish_step(self) -> None:
        asked, self._steps_asked = self._steps_asked, []
        for done in asked:
            done()

    def _publish(self, now: float) -> None:
        self._republish_at = now + REPUBLISH_PERIOD
        self._listener.on_state(self.stamp_ns)

    @property
    def _standing(self) -> bool:
        """Whether time stands still, apart from a step that was asked for."""
        return (self.paused or not (self._commanded or self._ended)) and not self._steps_asked
