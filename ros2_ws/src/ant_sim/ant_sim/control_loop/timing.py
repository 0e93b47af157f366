"""Latency and real-time factor of the simulator node."""

from collections import deque


class TimingMonitor:
    """Measures latencies from a state to its command, and the real-time factor.

    Attributes:
        real_time_factor: simulated seconds per second, between the last two calls of `close_window`.
    """

    def __init__(self, capacity: int = 2000) -> None:
        """Keep the newest `capacity` latencies."""
        self.real_time_factor = 0.0
        self._latencies: deque[float] = deque(maxlen=capacity)
        self._window_start = (0.0, 0)
        self._unanswered: tuple[int, float] | None = None

    def on_state(self, stamp_ns: int, now: float) -> None:
        """Start the clock for a new state; `now` is of the steady clock [s]."""
        self._unanswered = (stamp_ns, now)

    def on_command(self, stamp_ns: int | None, now: float) -> None:
        """Take the latency of the first command that answers the newest state; repeated answers are no samples."""
        if self._unanswered is not None and stamp_ns == self._unanswered[0]:
            self._latencies.append(now - self._unanswered[1])
            self._unanswered = None

    def skip(self) -> None:
        """Take no latency for the newest state: nobody has to answer it in time."""
        self._unanswered = None

    def latency_percentiles(self) -> tuple[float, float]:
        """Latencies (p50, p99) [s]; NaN without any."""
        if not self._latencies:
            return float("nan"), float("nan")
        ordered = sorted(self._latencies)
        return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]

    def close_window(self, now: float, stamp_ns: int) -> None:
        """Compute the real-time factor since the last call.

        Args:
            now: [s, steady clock].
            stamp_ns: simulation time [ns].
        """
        then, then_ns = self._window_start
        if then > 0.0 and now > then:
            self.real_time_factor = (stamp_ns - then_ns) * 1e-9 / (now - then)
        self._window_start = (now, stamp_ns)
