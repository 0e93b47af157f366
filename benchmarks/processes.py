"""Processes that are measured from outside: started, watched, and ended as a user ends them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from ant_bringup.child_process import this_machine

END_WITHIN = 10.0
"""Time [s] that a process has to end after SIGINT."""

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


DOMAINS = (*range(1, 10), 100, 101)
"""ROS domains that no test uses (tests/integration/conftest.py), with ports below those that Linux gives to clients."""


@cache
def free_domain() -> int:
    """A ROS domain that no other run of benchmarks uses, as long as this process lives.

    Two robots in one domain would stop one another, and the figures would not say so.

    Raises:
        RuntimeError: all are in use.
    """
    for domain in DOMAINS:
        reservation = socket.socket(socket.AF_UNIX)
        with suppress(OSError):
            # An abstract name, which ends with this process however it ends.
            reservation.bind(f"\0ant_benchmark_domain_{domain}")
            _reservations.append(reservation)
            return domain
        reservation.close()
    raise RuntimeError(f"the ROS domains of the benchmarks are all in use: {', '.join(map(str, DOMAINS))}")


_reservations: list[socket.socket] = []


class PythonProcess:
    """`python -m MODULE ARGUMENTS` in a ROS domain, ended by SIGINT when its `with` block is left."""

    def __init__(self, domain: int, module: str, *arguments: str) -> None:
        """Start it, with its output kept for an error message."""
        self.module = module
        self._log = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 (closed in __exit__)
        environment = os.environ | this_machine() | {"ROS_DOMAIN_ID": str(domain)}
        command = [sys.executable, "-m", module, *arguments]
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=subprocess.STDOUT)

    def cpu_seconds(self) -> float:
        """Processor time that it has used so far, in user and in kernel mode [s]."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        # The second field, the name in parentheses, may hold spaces.
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS_PER_SECOND

    def check_running(self) -> None:
        """Raise RuntimeError with its output if it has ended."""
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.module} ended with code {self._process.returncode}:\n{self.output()}")

    def __enter__(self) -> Self:
        """Leave it running."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End it and wait; a process that must be killed, or that fails, is an error."""
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        output = self.output()
        self._log.close()
        if code != 0 and error is None:
            raise RuntimeError(f"{self.module} ended with code {code} after SIGINT:\n{output}")

    def output(self) -> str:
        """Give the end of what it has printed so far."""
        # The offset of the file is the process's too: it must not be moved while it may write.
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")[-4000:]
