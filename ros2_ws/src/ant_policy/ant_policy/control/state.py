"""State of the controller, and the events that it counts."""

from dataclasses import dataclass
from enum import StrEnum


class ControlState(StrEnum):
    """State of the controller; a message beside it says why."""

    WAITING = "waiting"
    """No complete state since activation."""
    COMMANDING = "commanding"
    STALE = "stale"
    """States stopped; the next one resumes."""
    REFUSED = "refused"
    """The last state was refused; the next good one resumes."""
    STOPPED = "stopped"
    """Latched: only a fresh activation resumes."""
    MISMATCHED = "mismatched"
    """Latched: the robot's joints are not the policy's; only a new configuration resumes."""


LATCHED = (ControlState.STOPPED, ControlState.MISMATCHED)
"""Controller states that no robot data clears."""


@dataclass
class Counters:
    """Numbers of events since activation."""

    answered: int = 0
    repeated: int = 0
    older: int = 0
    refused: int = 0
    clamped: int = 0
