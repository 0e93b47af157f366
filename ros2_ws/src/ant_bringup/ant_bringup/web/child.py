"""Web page as a child process."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, STDOUT, Popen

from ant_bringup.child_process import command_line, interrupt

END_TIMEOUT = 5.0
"""Timeout [s] for the page's end after SIGINT."""


@contextmanager
def web_page(say: Callable[[str], None], parameters: Mapping[str, str], *ros_arguments: str) -> Iterator[None]:
    """Serve the page while the block runs; a failure of the page does not end the block.

    Another thread passes each line that the page's process prints, such as its address, to `say`. Empty parameters keep
    their defaults; `ros_arguments` begin with --ros-args.
    """
    given = [part for name, value in parameters.items() if value for part in ("-p", f"{name}:={json.dumps(value)}")]
    command = command_line("ant_bringup.web", "--ros-args", *given, *ros_arguments)
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = Popen(command, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True)
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
        interrupt(process, END_TIMEOUT)
        thread.join(END_TIMEOUT)
