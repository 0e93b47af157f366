"""The fake robot in its own process, without ROS: it obeys, measures, and goes limp by itself."""

import signal
import threading
from collections.abc import Callable, Iterator
from time import monotonic, time_ns
from typing import Any

import pytest
import yaml

from ant_bringup.fake_robot.link import RobotLink
from ant_bringup.fake_robot.robot import Defects

IDEAL = Defects.none()
TIMEOUT = 0.2
SETTINGS = {
    "robot": "ant",
    "model": "",
    "base_link": "",
    "keyframe": "",
    "gains": "",
    "on_stop": "",
    "seed": 0,
    "command_timeout": TIMEOUT,
}
PATIENCE = 30.0
A_BUSY_MACHINE = 0.3
"""Allowance for the time until the robot is limp [s]."""


@pytest.fixture
def robot() -> Iterator[RobotLink]:
    link = RobotLink(IDEAL, **SETTINGS)
    yield link
    link.close()


def measurement(
    robot: RobotLink, kind: str, fits: Callable[[Any], bool] = lambda _: True, after: int = 0
) -> dict[str, Any]:
    """The next measurement of a kind that fits, made after a time [ns]."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        message = robot.receive(PATIENCE)
        assert message is not None
        if kind in message and message["stamp"] > after and fits(message[kind]):
            return message
    raise AssertionError(f"no such measurement: {kind}")


def moving(joints: dict[str, list[float]]) -> bool:
    return any(effort for _, _, effort in joints.values())


def limp(joints: dict[str, list[float]]) -> bool:
    return not moving(joints)


def test_robot_says_what_joints_it_has(robot):
    assert robot.joint_names == tuple(f"{part}_{leg}" for leg in (1, 2, 3, 4) for part in ("hip", "ankle"))
    assert robot.limits == {name: [-300.0, 300.0] for name in robot.joint_names}
    assert (robot.interface, robot.base_link, robot.consequence) == ("effort", "torso", "zero effort")


def test_motors_hold_the_pose_with_the_gains_of_a_card(robot, tmp_path):
    gains = {field: dict.fromkeys(robot.joint_names, value) for field, value in (("stiffness", 80.0), ("damping", 2.0))}
    (tmp_path / "card.yaml").write_text(yaml.safe_dump({"action": gains}))
    servos = RobotLink(IDEAL, **SETTINGS | {"gains": str(tmp_path)})
    try:
        assert (servos.interface, servos.consequence) == ("position", "joints damped")
        began = time_ns()
        first, later = (measurement(servos, "joints", after=began + wait)["joints"] for wait in (0, 500_000_000))
        for joint in ("hip_1", "hip_2", "hip_3", "hip_4"):  # the ankles' pose of 0 is beyond their range
            assert later[joint][0] == pytest.approx(first[joint][0], abs=0.1)
    finally:
        servos.close()


def test_command_is_applied_by_name(robot):
    efforts = {name: 10.0 + i for i, name in enumerate(robot.limits)}
    robot.command("effort", efforts)
    joints = measurement(robot, "joints", moving)["joints"]
    assert {name: effort for name, (_, _, effort) in joints.items()} == pytest.approx(efforts)


def test_silence_makes_it_limp_by_itself(robot):
    sent = time_ns()
    robot.command("effort", dict.fromkeys(robot.limits, 10.0))
    measurement(robot, "joints", moving)
    end = measurement(robot, "joints", limp)["stamp"]
    assert TIMEOUT < (end - sent) * 1e-9 < TIMEOUT + A_BUSY_MACHINE


def test_robot_does_not_wait_for_a_driver_that_hangs(robot):
    """It goes on while nobody takes its measurements and no more of them fit."""
    # The hang itself: nothing tells a driver that the robot's buffer is full, which it is after 0.6 s.
    threading.Event().wait(3.0)
    now = time_ns()
    assert measurement(robot, "joints", after=now)["stalled"] < 1.0
    robot.command("effort", dict.fromkeys(robot.limits, 10.0))
    measurement(robot, "joints", moving)


def test_commands_that_waited_while_the_robot_hung_move_nothing(robot):
    robot._process.send_signal(signal.SIGSTOP)
    begin = monotonic()
    while monotonic() < begin + 2.0 * TIMEOUT:
        robot.command("effort", dict.fromkeys(robot.limits, 10.0))
    assert not robot.reset(), "its buffer is full"
    robot._process.send_signal(signal.SIGCONT)
    now = time_ns()
    while (newest := measurement(robot, "joints"))["stamp"] < now + 500_000_000:
        assert limp(newest["joints"])
    robot.command("effort", dict.fromkeys(robot.limits, 10.0))
    measurement(robot, "joints", moving)


def test_torso_is_measured_too(robot):
    message = measurement(robot, "base")
    assert message["base"]["position_w"][2] == pytest.approx(0.75, abs=0.2)
    assert len(message["acceleration_b"]) == 3


def test_reset_puts_it_back(robot):
    measurement(robot, "base", lambda base: base["position_w"][2] < 0.6)
    robot.reset()
    measurement(robot, "base", lambda base: base["position_w"][2] > 0.65)


def test_robot_that_has_ended_is_missed(robot):
    robot._process.kill()
    with pytest.raises(ConnectionError, match="has ended"):
        measurement(robot, "nothing")
    robot.command("effort", dict.fromkeys(robot.limits, 10.0))


def test_robot_ends_with_its_driver(robot):
    robot._socket.close()
    assert robot._process.wait(PATIENCE) == 0


def test_stop_is_at_once(robot):
    robot.command("effort", dict.fromkeys(robot.limits, 10.0))
    measurement(robot, "joints", moving)
    robot.stop()
    sent = time_ns()
    assert (measurement(robot, "joints", limp)["stamp"] - sent) * 1e-9 < TIMEOUT


def test_robot_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="robot 'spot' is unknown; available: ant"):
        RobotLink(IDEAL, **SETTINGS | {"robot": "spot"})
