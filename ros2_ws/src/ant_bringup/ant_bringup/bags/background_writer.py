"""Writing a bag in a thread of its own, so that a slow disk never blocks its callers."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue

from ant_bringup.bags.mcap_file import Message
from ant_bringup.bags.writer import BagWriter

CAPACITY = 200_000
"""Messages that may wait for the disk: about 100 MB of the Ant's, a minute at 20 times real time."""
FLUSH_PERIOD = 1.0
"""A crash loses the messages of at most this time [s]."""


class BackgroundWriter:
    """Bounded queue in front of a bag.

    Attributes:
        dropped: number of messages rejected because the queue was full or the bag had ended.
        error: why the bag ended early; None if it has not.
    """

    def __init__(self, bag: BagWriter, on_error: Callable[[], None], capacity: int = CAPACITY) -> None:
        """Start the thread, which alone uses `bag` from now on.

        It calls `on_error` once if the bag cannot be written, after finishing it.
        """
        self.dropped = 0
        self.error: OSError | None = None
        self._bag = bag
        self._on_error = on_error
        self._queue: Queue[Message | None] = Queue(capacity)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def put(self, message: Message) -> bool:
        """Queue a message without blocking; returns whether there was room for it."""
        if self.error is None:
            with suppress(Full):
                self._queue.put_nowait(message)
                return True
        self.dropped += 1
        return False

    def finish(self) -> None:
        """Write the rest of the queue, finish the bag and end the thread; `error` is set on failure."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            try:
                self._write()
            finally:
                self._bag.finish()
        except OSError as error:
            self.error = error
            self._on_error()
            # `put` adds no more; `finish` may be waiting for room.
            while not self._queue.empty():
                self._queue.get()

    def _write(self) -> None:
        """Write until `finish` is called."""
        flush_at = time.monotonic() + FLUSH_PERIOD
        while True:
            with suppress(Empty):
                message = self._queue.get(timeout=max(0.0, flush_at - time.monotonic()))
                if message is None:
                    return
                self._bag.append(message)
            if time.monotonic() >= flush_at:
                self._bag.flush()
                flush_at = time.monotonic() + FLUSH_PERIOD
