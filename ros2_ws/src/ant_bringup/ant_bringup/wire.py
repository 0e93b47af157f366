"""The way of the fake driver's messages into the network: some are lost, some are late."""

import itertools
import threading
from collections.abc import Callable
from queue import Empty, PriorityQueue
from time import monotonic

import numpy as np

from ant_bringup.fake_robot import Defects

LONGEST_WAIT = 0.002
"""How late [s] a message may be that was sent while another one was waited for."""


class Wire:
    """Publishes in a thread of its own, each message when its time has come."""

    def __init__(self, defects: Defects, seed: int) -> None:
        """Create a wire; nothing is published before `start`.

        Args:
            defects: how many messages are lost, and how late they are.
            seed: of both.
        """
        self._defects = defects
        self._rng = np.random.default_rng(seed)
        self._messages: PriorityQueue[tuple[float, int, Callable[[], None]]] = PriorityQueue()
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; what was not published until now never is."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def send(self, publish: Callable[[], None], now: float) -> None:
        """Hand over a message, at once.

        Args:
            publish: publishes it; called by the wire's thread.
            now: [s, steady clock].
        """
        defects = self._defects
        if defects.drop_rate and self._rng.random() < defects.drop_rate:
            return
        delay = self._rng.exponential(defects.publishing_jitter) if defects.publishing_jitter else 0.0
        if defects.late_rate and self._rng.random() < defects.late_rate:
            delay += defects.late_by
        self._messages.put((now + delay, next(self._numbers), publish))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                due, number, publish = self._messages.get(timeout=0.1)
            except Empty:
                continue
            wait = due - monotonic()
            if wait > 0.0:
                # A message of less delay may come first.
                self._messages.put((due, number, publish))
                self._stop.wait(min(wait, LONGEST_WAIT))
            else:
                publish()
