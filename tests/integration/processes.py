"""Nodes as real processes, observed over real DDS."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile

PATIENCE = 30.0
"""Timeout [s] of an event that must come."""


def wait_until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Look at a condition that another thread or process brings about until it holds."""
    deadline = time.monotonic() + patience
    wake = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {patience:g} s: {what}"
        wake.wait(0.005)


@contextmanager
def repeating(action: Callable[[], None], period: float = 0.1) -> Iterator[None]:
    """Do something again and again until the block is over."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(period):
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class NodeProcess:
    """A node in a process of its own, its output in a file."""

    def __init__(
        self,
        module: str,
        log: Path,
        arguments: list[str],
        domain: int,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
        python: Path | str = sys.executable,
    ) -> None:
        """Start `python -m module`; `prefix` is what starts it, such as `ip netns exec name`."""
        variables = os.environ | {
            "ROS_DOMAIN_ID": str(domain),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [*prefix, str(python), "-m", module, *arguments],
                env=variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait_for(self, pattern: str, count: int = 1) -> None:
        """Wait until the output matches a pattern so many times."""

        def matches() -> bool:
            return len(re.findall(pattern, self.output)) >= count

        try:
            wait_until(lambda: matches() or self.process.poll() is not None, f"'{pattern}' in the output")
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.output[-2000:]}") from None
        assert matches(), f"ended with {self.process.returncode} before '{pattern}':\n{self.output[-2000:]}"

    def wait(self, patience: float = PATIENCE) -> int:
        """Wait for the end; returns the exit code."""
        return self.process.wait(patience)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def shared_memory(self) -> set[str]:
        """Names of DDS's segments that it has open."""
        return set(re.findall(r"/dev/shm/(fastrtps_\w+)", Path(f"/proc/{self.process.pid}/maps").read_text()))

    def close(self) -> None:
        """End it however it is."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.wait()


def child_pids(process: NodeProcess) -> list[int]:
    """Processes that it has started from its main thread."""
    pid = process.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def children(process: NodeProcess) -> Iterator[list[int]]:
    """File descriptors of the processes that it has started, readable once they have ended; gone after the block."""
    descriptors = [os.pidfd_open(child) for child in child_pids(process)]
    try:
        yield descriptors
    finally:
        for descriptor in descriptors:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            os.close(descriptor)


def orphaned_segments() -> set[str]:
    """Shared memory of DDS that no process has open any more."""
    segments = {path.name for path in Path("/dev/shm").glob("fastrtps_*")}
    maps = ""
    for path in Path("/proc").glob("[0-9]*/maps"):
        with suppress(PermissionError, FileNotFoundError, ProcessLookupError):  # others' processes, and ended ones
            maps += path.read_text()
    return {name for name in segments if name.removesuffix("_el") not in maps}


def ros_arguments(**parameters: object) -> list[str]:
    """Command line that sets parameters of a node; `node_name` is its own name."""
    if not parameters:
        return []
    arguments = ["--ros-args"]
    if "node_name" in parameters:
        arguments += ["-r", f"__node:={parameters.pop('node_name')}"]
    for name, value in parameters.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        arguments += ["-p", f"{name}:={text}"]
    return arguments


class Observer:
    """A node of the test's own in a domain, spinning in a thread; it keeps every message it subscribes to."""

    def __init__(self, domain: int) -> None:
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = Node("observer", context=self._context, start_parameter_services=False)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._stop = threading.Event()
        self.node.create_timer(0.05, lambda: None)
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def _spin(self) -> None:
        while not self._stop.is_set():
            self._executor.spin_once()

    def collect(self, message_type: type, topic: str, qos: QoSProfile | int = 5000) -> list:
        """Subscribe; returns the list that fills with messages."""
        messages: list = []
        self.node.create_subscription(message_type, topic, messages.append, qos)
        return messages

    def call(self, service_type: type, name: str, request: object) -> object:
        """Call a service and wait for its answer."""
        client = self.node.create_client(service_type, name)
        assert client.wait_for_service(PATIENCE), f"service {name} is not there"
        future = client.call_async(request)
        wait_until(future.done, f"an answer of {name}")
        self.node.destroy_client(client)
        return future.result()

    def close(self) -> None:
        """Stop spinning and leave the domain."""
        self._stop.set()
        self._thread.join()
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()


def stamp_ns(message: object) -> int:
    """Stamp of a message's header, or of a clock, in nanoseconds."""
    stamp = message.header.stamp if hasattr(message, "header") else message.clock
    return stamp.sec * 1_000_000_000 + stamp.nanosec
