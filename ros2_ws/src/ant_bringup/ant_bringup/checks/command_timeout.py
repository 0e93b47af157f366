"""Test of a driver's command timeout: command the robot, fall silent, and see how soon it stops."""

import time
from collections.abc import Callable, Sequence

from sensor_msgs.msg import JointState

from ant_bringup.checks.joints import STATE_TIMEOUT, newest, newest_stamp
from ant_bringup.checks.listener import Listener
from ant_bringup.checks.recording import JointMessage, Row, Verdict
from ant_policy import Card
from ant_ros.messages import to_time

Messages = Sequence[JointMessage]

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

    def efforts(messages: Messages) -> list[float]:
        return list(map(abs, newest(messages, joints, "efforts").values()))

    if interface == "effort":
        still = Row("command timeout", "fail", "effort is still applied 1 s after the last command")
        message = JointState(name=list(joints), effort=[effort] * len(joints))

        def has_let_go(_: Messages, now: Messages) -> bool:
            return bool(efforts(now)) and not any(efforts(now))

        return _measure(listener, message, lambda now: any(efforts(now)), has_let_go, still)

    positions = newest(listener.recording.joints, joints, "positions")
    if interface == "velocity" or len(positions) < len(joints):
        why = "a robot that takes velocities" if interface == "velocity" else "not all joints are in joint_states"
        return Row("command timeout", "not observed", f"{why}: kill the policy while it moves")
    why = "holding is what it does on a stop, or there is no timeout: kill the policy while it moves"
    still = Row("command timeout", "not observed", f"the pose is still held 1 s after the last command: {why}")
    message = JointState(name=list(joints), position=[positions[name] for name in joints])

    def has_yielded(held: Messages, now: Messages) -> bool:
        pose, present = newest(held, joints, "positions"), newest(now, joints, "positions")
        has_moved = any(abs(present[name] - pose[name]) > RELEASED_MOTION for name in joints)
        is_told_by_efforts = sum(efforts(held)) >= MIN_HELD
        return is_told_by_efforts and (has_moved or sum(efforts(now)) <= RELEASED_SHARE * sum(efforts(held)))

    return _measure(listener, message, lambda now: sum(efforts(now)) > MIN_HELD, has_yielded, still)


def _measure(
    listener: Listener,
    command: JointState,
    is_driven: Callable[[Messages], bool],
    has_stopped: Callable[[Messages, Messages], bool],
    still: Row,
) -> Row:
    """Row for the time from the last command to the stop, or `still` if there is none within 1 s.

    Args:
        listener: follows the joints.
        command: to repeat.
        is_driven: the messages so far show that the command is followed.
        has_stopped: of the messages up to the last command, and those so far.
        still: result for a robot that does not stop.
    """
    command.header.frame_id = "check_driver"
    heard = listener.recording.joints
    is_applied, end = False, time.monotonic() + APPLY_TIMEOUT
    while time.monotonic() < end:
        listener.listen(0.02)
        answered = newest_stamp(heard, command.name)
        command.header.stamp = to_time(round(answered * 1e9))
        listener.commands.publish(command)
        if not is_applied and is_driven(heard):
            is_applied, end = True, time.monotonic() + APPLIED_PERIOD
    if not is_applied:
        return Row("command timeout", "not observed", "no effort was applied: joint_states' effort stayed zero")
    before = list(heard)
    silent_at = time.monotonic()
    while (took := time.monotonic() - silent_at) < 1.0:
        if has_stopped(before, heard):
            # Both are too long: a message may be read late, and a command answers an older state.
            took = min(took, newest_stamp(heard, command.name) - answered)
            verdict: Verdict = "pass" if took <= STATE_TIMEOUT + 0.1 else "fail"
            return Row("command timeout", verdict, f"stopped {took:.2f} s after the last command")
        listener.listen(0.01)
    return still
