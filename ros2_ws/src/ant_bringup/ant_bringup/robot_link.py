"""A driver's connection to the fake robot, which runs in a process of its own."""

import json
import select
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

from ant_bringup.fake_robot import Defects
from ant_bringup.robot_process import LONGEST

START_PATIENCE = 60.0
"""How long [s] the robot's process may take to begin."""
END_PATIENCE = 5.0
"""How long [s] it may take to end."""


class RobotLink:
    """Starts a robot, commands it and hears from it; see `ant_bringup.robot_process` for the messages.

    Attributes:
        joint_names: joints in the order in which they are measured.
        max_efforts: what the motors can do [N m], by joint name.
    """

    def __init__(self, defects: Defects, seed: int, command_timeout: float) -> None:
        """Start the robot and wait for it.

        Args:
            defects: what is wrong with it.
            seed: of its noise.
            command_timeout: time without a command until it goes limp by itself [s, steady clock].

        Raises:
            ConnectionError: it does not start.
        """
        settings = {
            "defects": {field.name: getattr(defects, field.name) for field in fields(Defects)},
            "seed": seed,
            "command_timeout": command_timeout,
        }
        self._socket, robots_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "ant_bringup.robot_process", json.dumps(settings)]
        self._socket.setblocking(False)
        with robots_end:
            self._process = subprocess.Popen(command, stdin=robots_end.fileno())
        try:
            introduction = self.receive(START_PATIENCE)
            if introduction is None:
                raise ConnectionError(f"the robot's process did not begin within {START_PATIENCE:g} s")
        except ConnectionError:
            self.close()
            raise
        self.joint_names: tuple[str, ...] = tuple(introduction["joint_names"])
        self.max_efforts: dict[str, float] = introduction["max_efforts"]

    def command(self, efforts: Mapping[str, float]) -> None:
        """Let the motors apply these efforts [N m], by joint name."""
        self._send(efforts=dict(efforts))

    def reset(self) -> None:
        """Put the robot back on its legs."""
        self._send(reset=True)

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """The next message of the robot; None if there is none within `timeout` [s].

        Raises:
            ConnectionError: the robot's process has ended.
        """
        if not select.select([self._socket], [], [], timeout)[0]:
            return None
        packet = self._socket.recv(LONGEST)
        if not packet:
            raise ConnectionError("the robot's process has ended")
        message: dict[str, Any] = json.loads(packet)
        return message

    def close(self) -> None:
        """End the robot's process: it notices that its driver is gone."""
        self._socket.close()
        try:
            self._process.wait(END_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, **message: Any) -> None:
        # A robot that hangs or has ended cannot be commanded; `receive` says so, or says nothing.
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            self._socket.send(json.dumps(message).encode())
