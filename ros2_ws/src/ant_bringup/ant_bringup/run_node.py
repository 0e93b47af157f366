"""How a node of this package runs as a process: until SIGINT or SIGTERM, and refused in one line, never a traceback."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import rclpy
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from ant_ros.arguments import check_arguments

NodeT = TypeVar("NodeT", bound=Node)

REFUSALS = (
    ValueError,
    OSError,
    ModuleNotFoundError,
    InvalidParameterTypeException,
    InvalidParameterValueException,
)
"""What a node raises that cannot start; the message is for people."""
SIGNAL_PERIOD = 0.1
"""How long [s] a signal may wait to be noticed while nothing comes."""


@contextmanager
def ros(args: Sequence[str] | None) -> Iterator[threading.Event]:
    """ROS for the block, and an event that SIGINT and SIGTERM set: rclpy's own handlers would end ROS at once.

    Args:
        args: command line; None: that of the process.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    try:
        yield stop
    finally:
        rclpy.try_shutdown()


def spin(node: Node, stop: threading.Event) -> None:
    """Run a node's callbacks until somebody stops it; if they fail, stop all."""
    # It lets go of what it waits for before that is destroyed; else Python may crash at its end.
    with SingleThreadedExecutor() as executor:
        executor.add_node(node)
        try:
            while not stop.is_set():
                executor.spin_once(timeout_sec=SIGNAL_PERIOD)
        finally:
            stop.set()


def run_node(
    name: str,
    description: str,
    make: Callable[[], NodeT],
    args: Sequence[str] | None = None,
    *,
    config: type | None = None,
    run: Callable[[NodeT, threading.Event], None] = spin,
) -> int:
    """Make a node and run it until SIGINT or SIGTERM.

    Args:
        name: of the program, for its error message.
        description: one line for `--help`.
        make: makes the node.
        args: command line; None: that of the process.
        config: dataclass of the node's parameters, for `--help`.
        run: runs the node until the event is set.

    Returns:
        Exit code: 0, or 2 if the node refused to start or cannot go on.
    """
    check_arguments(name, description, config, args)
    with ros(args) as stop:
        node = None
        try:
            node = make()
            run(node, stop)
            return 0
        except REFUSALS as error:
            print(f"{name}: error: {error}", file=sys.stderr)
            return 2
        finally:
            if node is not None:
                node.destroy_node()
