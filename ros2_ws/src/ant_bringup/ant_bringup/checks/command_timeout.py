"""Test of a driver's command timeout: command the robot, fall silent, and see how soon it stops."""

import time
from collections.abc import Callable, Sequence

from sensor_msgs.msg import JointState

from ant_bringup.checks.joints import STATE_TIMEOUT, newest, newest_stamp
from ant_bringup.checks.listener import Listener
from ant_bringup.checks.recording import JointMessage, Row, Verdict
from ant_policy import Card
from ant_ros.messages import to_time

APPLY_TIMEOUT = 3.0
"""Timeout [s] for the first commanded effort to appear in joint_states."""
APPLIED_PERIOD = 0.5
"""Time [s] for which it is commanded further, longer than a message may be delayed."""
MIN_HELD = 0.2
"""Sum of the efforts [N m] of a robot that holds its pose, from which their end is seen."""
RELEASED_SHARE, RELEASED_MOTION = 0.3, 0.05
"""Share of these efforts, and motion of a joint [rad], that tell that the pose is held no more."""


def describe(card: Card, effort: float) -> str:
    """Say what `check_timeout` does to the robot."""
    seconds = f"for at most {APPLY_TIMEOUT + APPLIED_PERIOD:g} s"
    if card.action.interface == "effort":
        return f"The timeout test commands {effort:g} N m to all joints {seconds}. The robot may move."
    return f"The timeout test commands all joints to stay where they are {seconds}, then nothing. The robot may sink."


def check_timeout(listener: Listener, card: Card, effort: float) -> Row:
    """Command the robot until it shows, fall silent, and measure when it stops.

    Robots that take efforts get a small one [N m] on all joints. Those that take positions are told to stay where they
    are, so that they yield to their load rather than move: a stop shows in the efforts that carry them, or in their
    sinking; if they go on holding, that may be what they do on a stop, or there is no timeout.
    """
    joints, interface = card.action.joints, card.action.interface
    listener.follow_joints()
    heard = listener.recording.joints
    if interface == "effort":
        return _measure(listener, joints, {"effort": [effort] * len(joints)}, lambda: _is_driven(heard, joints))
    positions = newest(heard, joints, "positions")
    if interface == "velocity" or len(positions) < len(joints):
        why = "a robot that takes velocities" if interface == "velocity" else "not all joints are in joint_states"
        return Row("command timeout", "not observed", f"{why}: kill the policy while it moves")
    hold = Hold(heard, joints)
    row = _measure(listener, joints, {"position": [positions[name] for name in joints]}, hold.is_held, hold.settle)
    if row.verdict == "fail" and hold.is_held() is not False:
        why = "holding is what it does on a stop, or there is no timeout: kill the policy while it moves"
        return Row("command timeout", "not observed", f"the pose is still held 1 s after the last command: {why}")
    return row


class Hold:
    """A pose that is held, by the efforts that it takes."""

    def __init__(self, heard: Sequence[JointMessage], joints: Sequence[str]) -> None:
        """Watch messages, of which new ones are added."""
        self._heard, self._joints = heard, joints
        self._pose: dict[str, float] = {}
        self._held = 0.0

    def settle(self) -> None:
        """Take the present efforts and pose as those that are held."""
        self._pose, self._held = newest(self._heard, self._joints, "positions"), self._effort()

    def is_held(self) -> bool | None:
        """False if efforts are gone or a joint has moved since `settle`; None if there are no efforts that could tell.

        Before, whether there are efforts.
        """
        if not self._pose:
            return self._effort() > MIN_HELD
        if self._held < MIN_HELD:
            return None
        positions = newest(self._heard, self._joints, "positions")
        has_moved = any(abs(positions[name] - self._pose[name]) > RELEASED_MOTION for name in self._joints)
        return self._effort() > RELEASED_SHARE * self._held and not has_moved

    def _effort(self) -> float:
        return sum(map(abs, newest(self._heard, self._joints, "efforts").values()))


def _is_driven(heard: Sequence[JointMessage], joints: Sequence[str]) -> bool | None:
    efforts = newest(heard, joints, "efforts")
    return any(efforts.values()) if efforts else None


def _measure(
    listener: Listener,
    joints: Sequence[str],
    fields: dict[str, list[float]],
    is_driven: Callable[[], bool | None],
    on_silence: Callable[[], None] = lambda: None,
) -> Row:
    message = JointState(name=list(joints), **fields)
    message.header.frame_id = "check_driver"
    heard = listener.recording.joints
    is_applied, end = False, time.monotonic() + APPLY_TIMEOUT
    while time.monotonic() < end:
        listener.listen(0.02)
        answered = newest_stamp(heard, joints)
        message.header.stamp = to_time(round(answered * 1e9))
        listener.commands.publish(message)
        if not is_applied and is_driven():
            is_applied, end = True, time.monotonic() + APPLIED_PERIOD
    if not is_applied:
        return Row("command timeout", "not observed", "no effort was applied: joint_states' effort stayed zero")
    on_silence()
    silent_at = time.monotonic()
    while (took := time.monotonic() - silent_at) < 1.0:
        if is_driven() is False:
            # Both are too long: a message may be read late, and a command answers an older state.
            took = min(took, newest_stamp(heard, joints) - answered)
            verdict: Verdict = "pass" if took <= STATE_TIMEOUT + 0.1 else "fail"
            return Row("command timeout", verdict, f"stopped {took:.2f} s after the last command")
        listener.listen(0.01)
    return Row("command timeout", "fail", "effort is still applied 1 s after the last command")
