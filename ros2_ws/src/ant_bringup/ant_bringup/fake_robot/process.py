"""The fake robot's process: its physics and the watchdog of its motors.

Real motor controllers go limp by themselves when the computer that commands them hangs. A thread beside rclpy cannot
guarantee that: rclpy holds Python's global lock while it publishes, for as long as DDS blocks.
"""

import json
import select
import signal
import socket
import sys
from contextlib import suppress
from time import monotonic, time_ns
from typing import Any

from ant_bringup.fake_robot.robot import PERIOD, Defects, FakeRobot
from ant_sim.physics.robot import load_robot
from ant_sim.physics.shipped import find_model

JOINTS_PERIOD = 0.005
"""Time between two measurements of the joints [s]."""
BASE_PERIOD = 0.010
"""Time between two measurements of the base link [s]."""
MAX_CATCH_UP = 0.1
"""Lag [s] up to which the physics catches up; beyond it the missed time is skipped."""
MAX_PACKET = 65536
"""Largest message [bytes]."""


class Packets:
    """JSON objects over a connected socket that keeps packets apart (SOCK_SEQPACKET)."""

    def __init__(self, connection: socket.socket) -> None:
        """Never wait for the other end."""
        self._connection = connection
        connection.setblocking(False)

    def wait(self, timeout: float) -> bool:
        """Wait for a packet, or for the other end's end; returns False after the timeout [s]."""
        return bool(select.select([self._connection], [], [], timeout)[0])

    def receive(self) -> dict[str, Any] | None:
        """Next packet; None if the other end has ended."""
        try:
            packet = self._connection.recv(MAX_PACKET)
        except ConnectionResetError:
            return None
        return json.loads(packet) if packet else None

    def send(self, **message: Any) -> bool:
        """Send a packet, unless the other end hangs, so that its buffer is full, or has ended, as `receive` tells."""
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            return bool(self._connection.send(json.dumps(message).encode()))
        return False


class RobotServer:
    """Steps a robot in real time, follows the driver's commands and sends it measurements.

    Messages are JSON objects, one per packet. From the driver: `{"interface", "values": {joint: value}, "at": s}` on
    the shared steady clock, `{"stop": true}` or `{"reset": true}`. To the driver: first the robot's `introduction`, or
    `{"error"}` if there is none, then measurements with their `stamp` [ns, wall clock] and `at` [s, steady clock]:
    `{"joints": {joint: [rad, rad/s, N m]}, "stalled"}` with the total time skipped [s], and
    `{"base", "truth", "acceleration_b"}`.
    """

    def __init__(self, driver: Packets, robot: FakeRobot, command_timeout: float) -> None:
        """Send the robot's description to its driver."""
        self._driver = driver
        self._robot = robot
        self._timeout = command_timeout
        self._stop_at: float | None = None
        self._stalled = 0.0
        self._driver.send(**robot.introduction)

    def run(self) -> None:
        """Run until the driver has ended."""
        due = joints_at = base_at = monotonic()
        while True:
            if self._driver.wait(max(0.0, due - monotonic())) and not self._receive():
                return
            now = monotonic()
            if now < due:
                continue
            if now - due > MAX_CATCH_UP:
                self._stalled += now - due
                due = joints_at = base_at = now
            if self._stop_at is not None and now >= self._stop_at:
                self._stop()
            self._robot.step()
            due += PERIOD
            if due > joints_at:
                joints = dict(zip(self._robot.joint_names, zip(*self._robot.joints(), strict=True), strict=True))
                self._driver.send(joints=joints, stamp=time_ns(), at=now, stalled=self._stalled)
                joints_at += JOINTS_PERIOD
            if due > base_at:
                base, truth, acceleration_b = self._robot.base(), self._robot.true_base(), self._robot.acceleration_b()
                self._driver.send(base=base, truth=truth, acceleration_b=acceleration_b, stamp=time_ns(), at=now)
                base_at += BASE_PERIOD

    def _receive(self) -> bool:
        """Handle one message; returns whether the driver is still there."""
        message = self._driver.receive()
        if message is None:
            return False
        if "values" in message:
            self._robot.command(message["interface"], message["values"])
            # The timeout counts from the time of sending: commands queued while this process hung have no effect.
            self._stop_at = message["at"] + self._timeout
        if "stop" in message:
            self._stop()
        if "reset" in message:
            self._robot.reset()
        return True

    def _stop(self) -> None:
        self._stop_at = None
        self._robot.stop()


def main() -> None:
    """Run a robot whose driver is connected to standard input; the argument holds its settings as JSON."""
    # A Ctrl-C is for the driver; the robot ends after it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    settings = json.loads(sys.argv[1])
    with socket.socket(fileno=sys.stdin.fileno()) as connection:
        driver = Packets(connection)
        try:
            model = settings["model"] or find_model(settings["robot"])
            description = load_robot(model, settings["base_link"], settings["gains"])
            defects = Defects(**settings["defects"])
            robot = FakeRobot(description, defects, settings["seed"], settings["keyframe"], settings["on_stop"])
        except (ValueError, OSError) as error:
            driver.send(error=str(error))
            return
        RobotServer(driver, robot, settings["command_timeout"]).run()


if __name__ == "__main__":
    main()
