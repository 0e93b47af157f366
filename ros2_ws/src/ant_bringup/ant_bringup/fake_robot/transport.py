"""The way of the fake driver's messages into the network: some are lost, some are late."""

import itertools
import threading
from collections.abc import Callable
from queue import Empty, PriorityQueue
from time import monotonic

import numpy as np

from ant_bringup.fake_robot.robot import Defects

LONGEST_WAIT = 0.002
"""How late [s] a message may be that was sent while another one was waited for."""


class Wire:
    """Publishes each message when its time has come, in the thread that calls `run`."""

    def __init__(self, defects: Defects, seed: int) -> None:
        """Create a wire; nothing is published before `run`.

        Args:
            defects: how many messages are lost, and how late they are.
            seed: of both.
        """
        self._defects = defects
        self._rng = np.random.default_rng(seed)
        self._messages: PriorityQueue[tuple[float, int, Callable[[], None]]] = PriorityQueue()
        self._numbers = itertools.count()

    def send(self, publish: Callable[[], None], now: float) -> None:
        """Hand over a message, at once.

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
        """Publish until somebody stops it; what was not published until then never is."""
        while not stop.is_set():
            try:
                due, number, publish = self._messages.get(timeout=0.1)
            except Empty:
                continue
            wait = due - monotonic()
            if wait > 0.0:
                # A message of less delay may come first.
                self._messages.put((due, number, publish))
                stop.wait(min(wait, LONGEST_WAIT))
            else:
                publish()
