"""Output whose reader leaves early, as in `python -m ant_sim.demo | head`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ends_with_its_reader() -> Iterator[None]:
    """End the process quietly when nobody reads its output any more.

    Python leaves that to each program: https://docs.python.org/3/library/signal.html#note-on-sigpipe

    Raises:
        SystemExit: with code 1, as Python's documentation and `rich` have it.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes what is left on its way out, and would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
