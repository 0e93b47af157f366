"""Processes in a ROS domain of their own, measured from outside by their publishers' own time stamps."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Self

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from ant_bringup.child_process import interrupt, this_machine

DOMAINS = (*range(1, 10), 100, 101)
"""ROS domains that no test uses (tests/integration/conftest.py), with ports below those that Linux gives to clients."""

STEPS_KEY = "control steps"
"""Key on /diagnostics under which the simulator (and the bare driver) count control steps."""

RELIABLE = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)


def reserve_domain() -> tuple[int, socket.socket]:
    """Reserve a ROS domain against other benchmarks until the socket is closed: robots in one domain stop one another.

    Raises:
        RuntimeError: all are in use.
    """
    for domain in DOMAINS:
        reservation = socket.socket(socket.AF_UNIX)
        with suppress(OSError):
            # An abstract name, which ends with this process however it ends.
            reservation.bind(f"\0ant_benchmark_domain_{domain}")
            return domain, reservation
        reservation.close()
    raise RuntimeError(f"the ROS domains of the benchmarks are all in use: {', '.join(map(str, DOMAINS))}")


class PythonProcess:
    """`python -m MODULE ARGUMENTS` in a ROS domain."""

    def __init__(self, domain: int, module: str, *arguments: str) -> None:
        """Start it, with its output kept for an error message."""
        self._module = module
        self._log = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 (closed with this object)
        environment = os.environ | this_machine() | {"ROS_DOMAIN_ID": str(domain)}
        command = [sys.executable, "-m", module, *arguments]
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=subprocess.STDOUT)

    def cpu_seconds(self) -> float:
        """Processor time used so far, in user and kernel mode [s]."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        # The second field, the name in parentheses, may hold spaces.
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def check_running(self) -> None:
        """Raise RuntimeError with its output if it has ended."""
        if self._process.poll() is not None:
            raise RuntimeError(f"{self._module} ended with code {self._process.returncode}:\n{self.output()}")

    def stop(self) -> None:
        """End it as a user does; RuntimeError if it fails or has to be killed."""
        if not interrupt(self._process, 10.0) or self._process.returncode:
            raise RuntimeError(f"{self._module} did not end well after SIGINT:\n{self.output()}")

    def output(self) -> str:
        """End of the output so far."""
        # The offset of the file is the process's too: it must not be moved while it may write.
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")[-4000:]


class Session(ExitStack):
    """A ROS domain with a node that watches it and processes, which end with the `with` block."""

    def __enter__(self) -> Self:
        """Create the node."""
        super().__enter__()
        self.domain, reservation = reserve_domain()
        self.enter_context(reservation)
        context = Context()
        rclpy.init(context=context, domain_id=self.domain)
        self.callback(context.try_shutdown)
        self.node = Node("benchmark_observer", context=context, start_parameter_services=False)
        self.callback(self.node.destroy_node)
        self._executor = self.enter_context(SingleThreadedExecutor(context=context))
        self._executor.add_node(self.node)
        self._processes: list[PythonProcess] = []
        return self

    def start(self, module: str, *arguments: str, **parameters: object) -> PythonProcess:
        """Start a Python module, with ROS parameters if any are given."""
        ros = [part for name, value in parameters.items() for part in ("-p", f"{name}:={json.dumps(value)}")]
        process = PythonProcess(self.domain, module, *arguments, *(["--ros-args", *ros] if ros else []))
        self.callback(process.stop)
        self._processes.append(process)
        return process

    def subscribe(self, message_type: type, topic: str, callback: Callable[[Any, int], object]) -> None:
        """Call `callback(message, published_ns)` for each message; the time is the publisher's system clock."""

        def on_message(message: Any, info: Any) -> None:
            callback(message, info["source_timestamp"])

        self.node.create_subscription(message_type, topic, on_message, RELIABLE)

    def spin_until(self, condition: Callable[[], bool], timeout: float = 60.0) -> None:
        """Handle messages until the condition holds.

        Raises:
            TimeoutError: if it does not within the timeout [s].
            RuntimeError: if a process ends before.
        """
        deadline = monotonic() + timeout
        while not condition():
            for process in self._processes:
                process.check_running()
            if monotonic() > deadline:
                raise TimeoutError(f"not seen within {timeout:g} s:\n" + "\n".join(p.output() for p in self._processes))
            self._executor.spin_once(timeout_sec=0.1)


class StepCounts:
    """Counts of control steps from /diagnostics, each with when it was published."""

    def __init__(self, session: Session) -> None:
        """Subscribe."""
        self._counts: list[tuple[int, int]] = []
        self.values: dict[str, str] = {}
        """The latest diagnostics that had a count."""
        session.subscribe(DiagnosticArray, "/diagnostics", self._on_diagnostics)

    def _on_diagnostics(self, message: DiagnosticArray, published_ns: int) -> None:
        for status in message.status:
            values = {entry.key: entry.value for entry in status.values}
            if STEPS_KEY in values:
                self.values = values
                if int(values[STEPS_KEY]) > 0:
                    self._counts.append((published_ns, int(values[STEPS_KEY])))

    @property
    def seconds(self) -> float:
        """Time between the first and the last count of a running loop [s]."""
        return (self._counts[-1][0] - self._counts[0][0]) * 1e-9 if self._counts else 0.0

    @property
    def rate(self) -> float:
        """Control steps per second of that time."""
        return (self._counts[-1][1] - self._counts[0][1]) / self.seconds
