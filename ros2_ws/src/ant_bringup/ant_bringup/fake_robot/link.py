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
        base_link: name of the base link.
        interface: effort, position or velocity.
        limits: (least, greatest) command by joint name, in units of the interface.
        consequence: of a stop, in words.
        publishes_height: its height is to be published.
    """

    def __init__(self, defects: Defects, **settings: object) -> None:
        """Start the robot, which stops by itself after `command_timeout` [s] without a command, and wait for it.

        Args:
            defects: of the robot.
            **settings: `robot`, `model`, `base_link`, `keyframe`, `gains`, `on_stop`, `seed` and `command_timeout` as
                the parameters of the driver.

        Raises:
            ConnectionError: it does not start.
            ValueError: there is no such robot.
        """
        settings["defects"] = {field.name: getattr(defects, field.name) for field in fields(Defects)}
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
            if "error" in introduction:
                raise ValueError(introduction["error"])
        except (ConnectionError, ValueError):
            self.close()
            raise
        self.joint_names: tuple[str, ...] = tuple(introduction["joint_names"])
        self.base_link: str = introduction["base_link"]
        self.interface: str = introduction["interface"]
        self.limits: dict[str, tuple[float, float]] = introduction["limits"]
        self.consequence: str = introduction["consequence"]
        self.publishes_height: bool = introduction["publishes_height"]

    def command(self, interface: str, values: Mapping[str, float]) -> None:
        """Apply these values of an interface [N m, rad or rad/s], by joint name."""
        self._robot.send(interface=interface, values=dict(values), at=monotonic())

    def stop(self) -> None:
        """Stop the robot, as its `on_stop` says."""
        self._robot.send(stop=True)

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
