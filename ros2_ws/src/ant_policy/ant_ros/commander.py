"""Detection of two commanders, for every driver; no ROS."""

import math


class CommanderWatch:
    """Detects two live commanders by the ids in their commands.

    A commander holds the robot from its first command until it commands zero effort or is silent for the timeout [s];
    any other commander conflicts. So another policy may follow a deactivated one without a pause.
    """

    def __init__(self, timeout: float) -> None:
        """Start without a holder."""
        self._timeout = timeout
        self._holder = ""
        self._heard = -math.inf

    def register(self, commander: str, is_limp: bool, now: float) -> str | None:
        """Register a valid command at `now` [s], limp without effort; return the conflicting commander, if any."""
        if commander != self._holder and now - self._heard < self._timeout:
            return self._holder
        self._holder, self._heard = commander, -math.inf if is_limp else now
        return None
