"""The web page as a child process, for the one-process bring-up."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ant_bringup.child_process import command_line

END_WITHIN = 5.0
"""Time [s] that the page has to end after SIGINT."""


@contextmanager
def web_page(say: Callable[[str], None]) -> Iterator[None]:
    """Serve the page while the block runs; whatever becomes of it, the block goes on.

    Args:
        say: takes each line that the page's process prints, such as its address; called from another thread.
    """
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    try:
        process = subprocess.Popen(
            command_line("ant_bringup.web"),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        say(f"web: the page cannot start: {error}")
        yield
        return
    ending = threading.Event()

    def forward() -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                if not ending.is_set():
                    say(line.rstrip())
        if not ending.is_set():
            say(f"web: the page has ended with code {process.wait()}; the robot goes on")

    thread = threading.Thread(target=forward, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        thread.join(END_WITHIN)
