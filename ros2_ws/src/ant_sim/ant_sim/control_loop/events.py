"""Events of a control loop: states, ends of episodes, stops, notices."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Severity(StrEnum):
    """Severity of a notice."""

    INFO = "info"
    WARNING = "warning"


class Outcome(StrEnum):
    """Cause of an episode's end."""

    TERMINATED = "terminated"
    TRUNCATED = "truncated"
    RESET = "reset"


class Stop(StrEnum):
    """Cause of a stop while the loop runs."""

    TIMEOUT = "timeout"
    E_STOP = "e_stop"
    RELEASED = "released"
    """The e-stop was released, and no command has come since."""


@dataclass(frozen=True)
class EpisodeEnd:
    """A finished episode: its number from 1, control steps, return, outcome and the stamp of its last state [ns]."""

    episode: int
    steps: int
    episode_return: float
    outcome: Outcome
    stamp_ns: int


class LoopListener(Protocol):
    """Callbacks of the control loop."""

    def on_state(self, stamp_ns: int) -> None:
        """Publish the simulator's state; a stamp that is the last one again repeats that state."""

    def on_episode_end(self, end: EpisodeEnd) -> None:
        """Report a finished episode; its last state has been published."""

    def on_notice(self, severity: Severity, text: str) -> None:
        """Tell people."""
