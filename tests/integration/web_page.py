"""The web page as tests meet it: its process, its address, and what it answers."""

import json
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from processes import NodeProcess, wait_until


@dataclass(frozen=True)
class WebPage:
    """A running page."""

    process: NodeProcess

    @classmethod
    def start(cls, start: Callable[..., NodeProcess], port: int = 0, **parameters: object) -> "WebPage":
        """Start it and wait for its address."""
        process = start("web", port=port, **parameters)
        process.wait_for("web: open http")
        return cls(process)

    @property
    def url(self) -> str:
        return re.search(r"web: open (\S+)", self.process.output).group(1)

    @property
    def port(self) -> int:
        return int(re.search(r"localhost:(\d+)/", self.url).group(1))

    @property
    def token(self) -> str:
        return self.url.partition("#")[2]

    def status(self) -> dict:
        """Status on the page now."""
        return self._ask("GET", "/status", {})[1]

    def act(self, action: str) -> tuple[int, str]:
        """Press a button; returns the HTTP status and the words."""
        status, answer = self._ask("POST", f"/do/{action}", {"X-Ant-Token": self.token})
        return status, answer["text"]

    def wait_for(self, condition: Callable[[dict], bool], what: str) -> None:
        """Wait until the status meets a condition."""
        wait_until(lambda: condition(self.status()), f"{what}; the status is {self.status()}")

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def pause_process(self) -> None:
        """Let it neither read nor answer, as a process that hangs."""
        self.process.process.send_signal(signal.SIGSTOP)

    def listening_addresses(self) -> set[str]:
        """Addresses, in the kernel's hexadecimal, on which the process takes TCP connections."""
        files = Path(f"/proc/{self.process.process.pid}/fd").iterdir()
        inodes = {match.group(1) for file in files if (match := re.match(r"socket:\[(\d+)\]", str(file.readlink())))}
        listening = "0A"
        rows = [
            line.split() for table in ("tcp", "tcp6") for line in Path("/proc/net", table).read_text().splitlines()[1:]
        ]
        return {row[1].partition(":")[0] for row in rows if row[3] == listening and row[9] in inodes}
