"""Processes in a ROS domain of their own, and a node that watches them."""

import json
import math
import os
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from ant_bringup.child_process import command_line, interrupt, this_machine
from ant_ros.start import start_ros

TIMEOUT = 60.0
"""Timeout [s] of waits, and for the end of a process."""


class SessionError(RuntimeError):
    """A process has ended, or what it should do did not come; the message has the end of its output."""


class PythonProcess:
    """`python -m MODULE ARGUMENTS` in a ROS domain."""

    def __init__(self, domain: int, module: str, *arguments: str) -> None:
        """Start it, with its output kept for an error message."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with this object)
        environment = os.environ | this_machine() | {"ROS_DOMAIN_ID": str(domain)}
        command = command_line(module, *arguments)
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=subprocess.STDOUT)

    def cpu_seconds(self) -> float:
        """Processor time used so far, in user and kernel mode [s]."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        # The second field, the name in parentheses, may hold spaces.
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def has_ended(self) -> bool:
        """True if it does not run any more."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it as a user does."""
        interrupt(self._process, TIMEOUT)

    def output(self) -> str:
        """End of the output so far."""
        # The offset of the file is the process's too: it must not be moved while it may write.
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")[-4000:]


class Session(ExitStack):
    """A ROS domain with a node that watches it and processes, which end with the `with` block."""

    def __init__(self, domain: int, namespace: str = "") -> None:
        """Create the node in a namespace, which is that of the processes' nodes too."""
        super().__init__()
        self._domain, self._namespace = domain, namespace
        self._processes: list[PythonProcess] = []
        context = Context()
        start_ros([], context, domain)
        self.callback(context.try_shutdown)
        self.node = Node(
            "observer", namespace=namespace, context=context, start_parameter_services=False, enable_rosout=False
        )
        self.callback(self.node.destroy_node)
        self._executor = self.enter_context(SingleThreadedExecutor(context=context))
        self._executor.add_node(self.node)

    def start(self, module: str, *arguments: str, **parameters: object) -> PythonProcess:
        """Start a Python module, with ROS parameters if any are given."""
        ros = [part for name, value in parameters.items() for part in ("-p", f"{name}:={json.dumps(value)}")]
        if self._namespace:
            ros += ["-r", f"__ns:={self._namespace}"]
        process = PythonProcess(self._domain, module, *arguments, *(["--ros-args", *ros] if ros else []))
        self.callback(process.stop)
        self._processes.append(process)
        return process

    def output(self) -> str:
        """End of the output of each process so far."""
        return "".join(process.output() for process in self._processes)

    def spin_until(
        self,
        condition: Callable[[], bool],
        what: str,
        timeout: float = TIMEOUT,
        progress: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Handle messages until the condition holds.

        Raises:
            SessionError: if it does not within the timeout [s] since `progress` last grew, or if a process has ended.
        """
        reached, deadline = -math.inf, 0.0
        while not condition():
            if reached < (reached := progress()):
                deadline = monotonic() + timeout
            if monotonic() > deadline or any(process.has_ended for process in self._processes):
                raise SessionError(f"waited in vain for {what}; the processes said:\n{self.output()}")
            self._executor.spin_once(timeout_sec=0.1)
