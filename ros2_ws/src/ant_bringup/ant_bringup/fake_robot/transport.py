"""Lossy transport between the fake driver and the network: drops and delays messages."""

import sched
import threading
from collections.abc import Callable
from time import monotonic

import numpy as np

from ant_bringup.fake_robot.robot import Defects

MAX_WAIT = 0.002
"""Longest sleep [s], so that a message with less delay overtakes the one that is waited for."""


class LossyTransport:
    """Publishes each message when it is due, in the thread that calls `run`."""

    def __init__(self, defects: Defects, seed: int) -> None:
        """Publish nothing before `run`; `seed` is that of the random draws."""
        self._defects = defects
        self._rng = np.random.default_rng(seed)
        self._messages = sched.scheduler(monotonic, lambda _: None)  # `run` waits

    def send(self, publish: Callable[[], None], measured_at: float) -> None:
        """Enqueue a message without blocking; its delay begins at `measured_at` [s, steady clock]."""
        defects = self._defects
        if defects.drop_rate and self._rng.random() < defects.drop_rate:
            return
        delay = self._rng.exponential(defects.publishing_jitter) if defects.publishing_jitter else 0.0
        if defects.late_rate and self._rng.random() < defects.late_rate:
            delay += defects.late_by
        self._messages.enterabs(measured_at + delay, 0, publish)

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set; messages still queued then are dropped."""
        wait: float | None = 0.0
        while not stop.wait(min(wait or MAX_WAIT, MAX_WAIT)):
            wait = self._messages.run(blocking=False)
