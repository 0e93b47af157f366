"""Connection of a driver to the fake robot, which runs in a process of its own."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from time import monotonic
from typing import Any

from ant_bringup.fake_robot.process import Packets
from ant_bringup.fake_robot.robot import Defects

START_TIMEOUT = 60.0
"""Timeout [s] for the start of the robot's process."""
END_TIMEOUT = 5.0
"""Timeout [s] for its end."""


class RobotLink:
    """Starts a robot and exchanges messages with it, as `ant_bringup.fake_robot.process` defines them.

    Attributes:
        joint_names: order of the measurements.
        max_efforts: effort limits of the motors [N m], by joint name.
    """

    def __init__(self, defects: Defects, seed: int, command_timeout: float) -> None:
        """Start the robot, which goes limp by itself after `command_timeout` [s] without a command, and wait for it.

        Raises:
            ConnectionError: it does not start.
        """
        values = {field.name: getattr(defects, field.name) for field in fields(Defects)}
        settings = {"defects": values, "seed": seed, "command_timeout": command_timeout}
        self._socket, robots_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "ant_bringup.fake_robot.process", json.dumps(settings)]
        self._robot = Packets(self._socket)
        with robots_end:
            # A session of its own keeps Ctrl-C in a terminal from ending it before its driver.
            self._process = subprocess.Popen(command, stdin=robots_end.fileno(), start_new_session=True)
        try:
            introduction = self.receive(START_TIMEOUT)
            if introduction is None:
                raise ConnectionError(f"the robot's process did not begin within {START_TIMEOUT:g} s")
        except ConnectionError:
            self.close()
            raise
        self.joint_names: tuple[str, ...] = tuple(introduction["joint_names"])
        self.max_efforts: dict[str, float] = introduction["max_efforts"]

    def command(self, efforts: Mapping[str, float]) -> None:
        """Apply these efforts [N m], by joint name."""
        self._robot.send(efforts=dict(efforts), at=monotonic())

    def reset(self) -> bool:
        """Put the robot back on its legs; returns whether the request was sent."""
        return self._robot.send(reset=True)

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """Next message of the robot; None if there is none within `timeout` [s].

        Raises:
            ConnectionError: the robot's process has ended.
        """
        if not self._robot.wait(timeout):
            return None
        message = self._robot.receive()
        if message is None:
            raise ConnectionError("the robot's process has ended")
        return message

    def close(self) -> None:
        """End the robot's process, which notices the closed connection."""
        self._socket.close()
        try:
            self._process.wait(END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
