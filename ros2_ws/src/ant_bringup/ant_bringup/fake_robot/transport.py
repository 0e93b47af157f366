"""Lossy transport between the fake driver and the network: drops and delays messages."""

import itertools
import threading
from collections.abc import Callable
from queue import Empty, PriorityQueue
from time import monotonic

import numpy as np

from ant_bringup.fake_robot.robot import Defects

MAX_WAIT = 0.002
"""Longest sleep [s], so that a message with less delay overtakes the one that is waited for."""


class LossyTransport:
    """Publishes each message when it is due, in the thread that calls `run`."""

    def __init__(self, defects: Defects, seed: int) -> None:
        """Publish nothing before `run`.

        Args:
            defects: drop rate, delays and jitter.
            seed: of the random draws.
        """
        self._defects = defects
        self._rng = np.random.default_rng(seed)
        self._messages: PriorityQueue[tuple[float, int, Callable[[], None]]] = PriorityQueue()
        self._numbers = itertools.count()

    def send(self, publish: Callable[[], None], now: float) -> None:
        """Enqueue a message without blocking.

        Args:
            publish: publishes it; called by the thread of `run`.
            now: [s, steady clock].
        """
        defects = self._defects
        if defects.drop_rate and self._rng.random() < defects.drop_rate:
            return
        delay = self._rng.exponential(defects.publishing_jitter) if defects.publishing_jitter else 0.0
        if defects.late_rate and self._rng.random() < defects.late_rate:
            delay += defects.late_by
        self._messages.put((now + delay, next(self._numbers), publish))

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set; messages still queued then are dropped."""
        while not stop.is_set():
            try:
                due, number, publish = self._messages.get(timeout=0.1)
            except Empty:
                continue
            wait = due - monotonic()
            if wait > 0.0:
                self._messages.put((due, number, publish))
                stop.wait(min(wait, MAX_WAIT))
            else:
                publish()
