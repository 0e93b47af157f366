"""Who commands the robot: one at a time."""

import math


class CommanderWatch:
    """Notices two live commanders by the ids that their commands carry.

    A commander holds the robot from its first command until it commands zero effort or has been silent for the timeout.
    Nobody else may command meanwhile. Zero effort gives the robot back at once, so that one policy may follow
    another without a pause, once it has been deactivated.
    """

    def __init__(self, timeout: float) -> None:
        """Watch; a commander that was silent for `timeout` [s] is gone."""
        self._timeout = timeout
        self._holder = ""
        self._heard = -math.inf

    def conflict(self, commander: str, is_limp: bool, now: float) -> str | None:
        """Take note of a valid command.

        Args:
            commander: the id that it carries.
            is_limp: whether it commands zero effort for all joints.
            now: seconds of the steady clock.

        Returns:
            Who else commands, if somebody does.
        """
        if commander != self._holder and now - self._heard < self._timeout:
            return self._holder
        self._holder, self._heard = commander, -math.inf if is_limp else now
        return None
