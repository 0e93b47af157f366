"""Grid of control instants, on which a policy acts at any rate of the states."""


class ControlGrid:
    """An action is due at the first state at or after each point of a grid of control periods."""

    def __init__(self, period: float) -> None:
        """Start a grid at the first state; `period` in [s]."""
        self._period_ns = round(period * 1e9)
        self._due_ns = 0

    def reset(self) -> None:
        """Start a new grid at the next state."""
        self._due_ns = 0

    def is_due(self, stamp_ns: int) -> bool:
        """Return true if an action is due; the next one is then due at the first grid point after the stamp [ns]."""
        if stamp_ns < self._due_ns:
            return False
        start_ns = self._due_ns or stamp_ns
        self._due_ns = start_ns + ((stamp_ns - start_ns) // self._period_ns + 1) * self._period_ns
        return True
