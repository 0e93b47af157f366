"""The process of a node: runs until SIGINT, SIGTERM or SIGHUP, and refuses bad input in one line.

Exit codes: 0, 2 for a refusal, 1 with a traceback for a bug.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import rclpy
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from ant_ros.arguments import check_arguments
from ant_ros.compat import make_executor
from ant_ros.start import start_ros

NodeT = TypeVar("NodeT", bound=Node)

BAD_INPUT = ValueError, OSError, ModuleNotFoundError, InvalidParameterTypeException, InvalidParameterValueException
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNAL_PERIOD = 0.1
"""Longest time [s] until an idle node notices a signal."""


class NodeError(Exception):
    """A node cannot start or go on; the message says why, and is empty if the log has said it."""


@contextmanager
def as_node_error() -> Iterator[None]:
    """Turn the errors of bad input into a `NodeError` with the same message."""
    try:
        yield
    except BAD_INPUT as error:
        raise NodeError(str(error)) from error


@contextmanager
def ros(args: Sequence[str] | None) -> Iterator[threading.Event]:
    """Initialise ROS for the block; yields an event that SIGINT, SIGTERM and SIGHUP set.

    rclpy's own handlers would end the context before a node's last messages are sent. Only the first signal counts, and
    none after the block: Python restores the default handlers at its end, where a second SIGINT would kill it.
    """
    stop = threading.Event()

    # In a thread: `set` takes a lock that the interrupted thread may hold.
    stoppers = [threading.Thread(target=stop.set)]

    def on_signal(*_: object) -> None:
        while stoppers:
            stoppers.pop().start()

    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # ignored under nohup
            signal.signal(number, on_signal)
    start_ros(args)
    try:
        yield stop
    finally:
        sys.unraisablehook = _on_unraisable
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        rclpy.try_shutdown()


def _on_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """Say nothing of signals that came while they were switched off, which Python reports as OSError."""
    if not isinstance(unraisable.exc_value, OSError):
        sys.__unraisablehook__(unraisable)


def spin(nodes: Node | Sequence[Node], stop: threading.Event) -> None:
    """Run the callbacks of one or several nodes until `stop` is set; if one fails, set it."""
    # The executor must release the node's entities before they are destroyed, or Python may crash at its end.
    with make_executor() as executor:
        for node in (nodes,) if isinstance(nodes, Node) else nodes:
            executor.add_node(node)
        try:
            while not stop.is_set():
                executor.spin_once(timeout_sec=SIGNAL_PERIOD)
        finally:
            stop.set()


def run_node(
    module: str,
    description: str,
    make: Callable[[], NodeT],
    args: Sequence[str] | None = None,
    *,
    config: type | None = None,
    run: Callable[[NodeT, threading.Event], None] = spin,
) -> int:
    """Create a node and run it until SIGINT, SIGTERM or SIGHUP; exit code 0, or 2 for a refusal.

    `make` creates the node, and `run` runs it until the event is set; BAD_INPUT from the one and NodeError from the
    other are refusals. `module`, which `python -m` runs, `description` and the parameters in `config` are for `--help`.
    """
    check_arguments(f"python -m {module}", description, config, args)
    with ros(args) as stop:
        node = None
        try:
            with as_node_error():
                node = make()
            run(node, stop)
            return 0
        except NodeError as error:
            if str(error):
                print(f"{module.rpartition('.')[2]}: error: {error}", file=sys.stderr)
            return 2
        finally:
            if node is not None:
                node.destroy_node()
