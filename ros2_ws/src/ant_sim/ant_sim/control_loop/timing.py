"""What the simulator node measures of itself."""

from collections import deque


class TimingMonitor:
    """Latencies state -> command and the real-time factor, over the last second of diagnostics."""

    def __init__(self, capacity: int = 2000) -> None:
        """Keep at most `capacity` latencies."""
        self._latencies: deque[float] = deque(maxlen=capacity)
        self._window_start = (0.0, 0)
        self.real_time_factor = 0.0

    def add_latency(self, seconds: float) -> None:
        """One more time from the publication of a state to its command [s]."""
        self._latencies.append(seconds)

    def latency_percentiles(self) -> tuple[float, float]:
        """(p50, p99) of the latencies kept [s]; NaN without any."""
        if not self._latencies:
            return float("nan"), float("nan")
        ordered = sorted(self._latencies)
        return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]

    def close_window(self, now: float, stamp_ns: int) -> None:
        """Compute the real-time factor since the last call."""
        then, then_ns = self._window_start
        if then > 0.0 and now > then:
            self.real_time_factor = (stamp_ns - then_ns) * 1e-9 / (now - then)
        self._window_start = (now, stamp_ns)
