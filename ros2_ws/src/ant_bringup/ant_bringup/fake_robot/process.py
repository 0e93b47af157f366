"""The fake robot's own computer: its physics and the watchdog of its motors, in a process of their own.

Real motor controllers go limp by themselves when the computer that commands them hangs. A thread beside rclpy cannot
promise that: rclpy holds Python's global lock while it publishes, for as long as DDS blocks.
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

JOINTS_PERIOD = 0.005
"""Time between two measurements of the joints [s]."""
BASE_PERIOD = 0.010
"""Time between two measurements of the torso [s]."""
LATEST_CATCH_UP = 0.1
"""A process that was held up for longer than this [s] lets the time pass that it missed."""
LONGEST = 65536
"""Longest message [bytes]."""


class RobotServer:
    """Steps a robot in real time, obeys what comes from the driver, and tells it what is measured.

    Messages are JSON objects, one a packet. From the driver: `{"efforts": {joint: N m}, "at": s}` with the steady clock
    that both share, `{"reset": true}`. To it, first `{"joint_names", "max_efforts"}`, then measurements with their
    `stamp` [ns, wall clock] and `at` [s, steady clock]: `{"joints": {joint: [rad, rad/s, N m]}, "held_up"}` with
    the time that was missed in all [s], and `{"base", "acceleration_b"}`.
    """

    def __init__(self, driver: socket.socket, robot: FakeRobot, command_timeout: float) -> None:
        """Introduce the robot to its driver.

        Args:
            driver: connected socket that keeps packets apart (SOCK_SEQPACKET).
            robot: not stepped yet.
            command_timeout: time without a command until effort is zero [s, steady clock].
        """
        self._driver = driver
        self._robot = robot
        self._timeout = command_timeout
        self._limp_at: float | None = None
        self._held_up = 0.0
        self._tell(joint_names=robot.joint_names, max_efforts=robot.max_efforts)

    def run(self) -> None:
        """Go on until the driver has ended."""
        due = joints_at = base_at = monotonic()
        while True:
            if select.select([self._driver], [], [], max(0.0, due - monotonic()))[0] and not self._obey():
                return
            now = monotonic()
            if now < due:
                continue
            if now - due > LATEST_CATCH_UP:
                self._held_up += now - due
                due = joints_at = base_at = now
            if self._limp_at is not None and now >= self._limp_at:
                self._limp_at = None
                self._robot.command(dict.fromkeys(self._robot.max_efforts, 0.0))
            self._robot.step()
            due += PERIOD
            if due > joints_at:
                joints = dict(zip(self._robot.joint_names, zip(*self._robot.joints(), strict=True), strict=True))
                self._tell(joints=joints, stamp=time_ns(), at=now, held_up=self._held_up)
                joints_at += JOINTS_PERIOD
            if due > base_at:
                acceleration_b = self._robot.acceleration_b()
                self._tell(base=self._robot.base(), acceleration_b=acceleration_b, stamp=time_ns(), at=now)
                base_at += BASE_PERIOD

    def _obey(self) -> bool:
        """Take one message in; whether the driver is still there."""
        try:
            packet = self._driver.recv(LONGEST)
        except ConnectionResetError:
            return False
        if not packet:
            return False
        message = json.loads(packet)
        if "efforts" in message:
            self._robot.command(message["efforts"])
            # From when it was sent: what waited here while this process hung moves nothing.
            self._limp_at = message["at"] + self._timeout
        if "reset" in message:
            self._robot.reset()
        return True

    def _tell(self, **message: Any) -> None:
        # A driver that hangs misses measurements; the robot does not wait for it. That it has ended shows in `_obey`.
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            self._driver.send(json.dumps(message).encode(), socket.MSG_DONTWAIT)


def main() -> None:
    """Run a robot whose driver is at the other end of the standard input; the argument says what it is like."""
    # Those are for the driver; the robot ends after it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    settings = json.loads(sys.argv[1])
    robot = FakeRobot(Defects(**settings["defects"]), settings["seed"])
    with socket.socket(fileno=sys.stdin.fileno()) as driver:
        RobotServer(driver, robot, settings["command_timeout"]).run()


if __name__ == "__main__":
    main()
