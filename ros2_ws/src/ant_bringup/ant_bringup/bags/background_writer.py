"""Writes a bag in a thread of its own, so that a slow disk never makes its callers wait."""

import threading
import time
from collections import deque
from collections.abc import Callable

from ant_bringup.bags.writer import BagWriter, Message

CAPACITY = 128 * 1024 * 1024
"""Messages wait for the disk up to this size together [bytes]: two minutes of the Ant at 20 times real time."""
FLUSH_PERIOD = 1.0
"""A crash loses the messages of at most this time [s]."""


class BackgroundWriter:
    """A bounded queue in front of a bag.

    Attributes:
        dropped: messages that found the queue full.
        error: why the bag ended before it was asked to; None as long as it has not.
    """

    def __init__(self, bag: BagWriter, on_error: Callable[[], None], capacity: int = CAPACITY) -> None:
        """Start the thread.

        Args:
            bag: where messages go; it is this object's alone from now on.
            on_error: called once, by the thread, when the bag could not be written and has been finished.
            capacity: of the queue [bytes].
        """
        self.dropped = 0
        self.error: OSError | None = None
        self._bag = bag
        self._on_error = on_error
        self._capacity = capacity
        self._queue: deque[Message] = deque()
        self._waiting = 0
        self._ending = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def put(self, message: Message) -> bool:
        """Hand over a message, at once; returns whether there was room for it."""
        with self._changed:
            if self._waiting + len(message.data) > self._capacity or self.error is not None:
                self.dropped += 1
                return False
            self._queue.append(message)
            self._waiting += len(message.data)
            self._changed.notify()
            return True

    def finish(self) -> None:
        """Write what waits, finish the bag and end the thread; `error` says whether it went well."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._write()
        except OSError as error:
            self.error = error
        try:
            self._bag.finish()
        except OSError as error:
            self.error = error
        if self.error is not None:
            self._on_error()

    def _write(self) -> None:
        flush_at = time.monotonic() + FLUSH_PERIOD
        ending = False
        while not ending:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._ending, max(0.0, flush_at - time.monotonic()))
                batch, self._queue = self._queue, deque()
                ending = self._ending
            for message in batch:
                self._bag.append(message)
            with self._changed:
                self._waiting -= sum(len(message.data) for message in batch)
            if time.monotonic() >= flush_at:
                self._bag.flush()
                flush_at = time.monotonic() + FLUSH_PERIOD
