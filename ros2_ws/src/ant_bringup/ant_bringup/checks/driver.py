"""Checks of a driver's recorded messages against the interface contract, free of ROS.

Each check gives one row. A property that the recording cannot show, such as the frame of a velocity while the robot
stands still, is "not observed", never a pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ant_bringup.checks.driver_motion import imu, joint_units, orientation, torso_height, twist
from ant_bringup.checks.joints import PAIRING_TOLERANCE, STATE_TIMEOUT, JointStates, joint_names
from ant_bringup.checks.recording import Recording, Row
from ant_policy import Card


def check_recording(recording: Recording, card: Card, ranges: Mapping[str, tuple[float, float]]) -> list[Row]:
    """Run all checks for the policy of `card`; `ranges` are the model's joint positions, minimum and maximum [rad]."""
    if not recording.joints or not recording.bases:
        silent = "joint_states" if not recording.joints else "odom"
        return [Row("messages", "fail", f"no {silent} in {recording.seconds:g} s: nothing else can be checked")]
    period, expected = card.control_period, card.joints.names
    heard = JointStates(recording.joints, expected)
    if not heard.messages:
        found = f"found: {', '.join(heard.names)[:200] or 'no joint at all'}"
        return [Row("joint names", "fail", f"none of the policy's joints; {found}; expected: {expected[0]}, ...")]
    names = joint_names(heard, expected)
    # Rates and stamps are checked even if the messages do not complete each other.
    recording = replace(recording, joints=heard.states or heard.messages)
    units = [Row("joint units", "not observed", "see joint names")]
    if names.verdict == "pass" and heard.states:
        units = joint_units(recording, expected, ranges)
    if missing := heard.missing_velocity():
        detail = f"{missing}; the policy refuses that unless its velocity_from_positions is true"
        units = [*(row for row in units if row.check != "joint velocities"), Row("joint velocities", "fail", detail)]
    return [
        *clock(recording),
        rate("joint_states rate", [message.received for message in recording.joints], recording.seconds, period),
        rate("odom rate", [message.received for message in recording.bases], recording.seconds, period),
        names,
        finite(recording, heard, expected),
        *units,
        stamps("joint_states stamps", [(m.received, m.stamp) for m in recording.joints], period),
        stamps("odom stamps", [(m.received, m.stamp) for m in recording.bases], period),
        paired(recording),
        frames(recording),
        orientation(recording),
        *twist(recording),
        imu(recording),
        torso_height(recording),
        e_stop_active(recording),
        envelope(recording, card),
    ]


def clock(recording: Recording) -> list[Row]:
    """Time advances; a row only if it does not, as while a simulator waits for commands or is paused."""
    for messages in (recording.joints, recording.bases):
        if len(messages) > 1 and messages[-1].received <= messages[0].received:
            begin, end = messages[0].received, messages[-1].received
            state = f"stands still at {end:.2f} s" if begin == end else f"jumped back from {begin:.2f} to {end:.2f} s"
            return [Row("clock", "fail", f"time {state}; expected a running robot: start a policy, or resume")]
    return []


def rate(check: str, received: Sequence[float], seconds: float, period: float) -> Row:
    """Messages come often enough for the control period [s], without long gaps."""
    gaps = np.diff(received)
    if not len(gaps):
        return Row(check, "fail", f"one message in {seconds:g} s; expected at least {1 / period:g} a second")
    if received[-1] <= received[0]:
        return Row(check, "not observed", f"{len(received)} messages, but time does not advance")
    found = len(gaps) / (received[-1] - received[0])
    detail = f"{found:.1f} Hz, gaps p50 {np.median(gaps) * 1e3:.1f}, p99 {np.quantile(gaps, 0.99) * 1e3:.1f} ms"
    if found < 0.95 / period:
        return Row(check, "fail", f"{detail}; expected at least {1 / period:g} Hz")
    if gaps.max() > STATE_TIMEOUT:
        return Row(check, "fail", f"{detail}; silent for {gaps.max():.2f} s, the policy stops after {STATE_TIMEOUT:g}")
    return Row(check, "pass", detail)


def finite(recording: Recording, heard: JointStates, joints: Sequence[str]) -> Row:
    """No NaN or infinity; NaN velocities are reported with the velocities."""
    for message in heard.messages:
        for part, values in (("position", message.positions), ("velocity", message.velocities)):
            for name, value in zip(message.names, values, strict=False):
                if name in joints and (np.isinf(value) or (np.isnan(value) and part == "position")):
                    return Row("finite values", "fail", f"joint_states: {part} of '{name}' is {value}")
    for base in recording.bases:
        for part in ("position", "quaternion", "velocity", "angular_velocity"):
            if not np.isfinite(getattr(base, part)).all():
                return Row("finite values", "fail", f"odom: {part} is {getattr(base, part).tolist()}")
    return Row("finite values", "pass", f"{len(heard.messages)} joint_states, {len(recording.bases)} odom")


def stamps(check: str, times: Sequence[tuple[float, float]], period: float) -> Row:
    """Stamps are set, mostly in order, neither old nor in the future; /clock may tick once a control period [s]."""
    received, stamped = np.array(times).T
    if (stamped <= 0.0).any():
        return Row(check, "fail", "a stamp is 0, which means unset; expected the time of the measurement")
    backwards = int((np.diff(stamped) < 0.0).sum())
    ages = received - stamped
    oldest, youngest = float(np.quantile(ages, 0.99)), float(ages.min())
    detail = f"age p50 {np.median(ages) * 1e3:.1f}, p99 {oldest * 1e3:.1f} ms; {backwards} out of order"
    if youngest < -1.2 * period or oldest > STATE_TIMEOUT:
        return Row(check, "fail", f"{detail}; expected 0 to {STATE_TIMEOUT * 1e3:g} ms (another clock?)")
    if backwards > 0.1 * len(stamped):
        return Row(check, "fail", f"{detail}; expected rising stamps")
    return Row(check, "pass", detail)


def paired(recording: Recording) -> Row:
    """Joint states have an odometry within the pairing tolerance."""
    odometry = np.sort([-np.inf, *(message.stamp for message in recording.bases), np.inf])
    joints = np.array([m.stamp for m in recording.joints if odometry[1] <= m.stamp <= odometry[-2]])
    if not len(joints):
        return Row("paired stamps", "fail", "the stamps of joint_states and odom do not overlap in time")
    after = np.searchsorted(odometry, joints)
    distance = np.minimum(odometry[after] - joints, joints - odometry[after - 1])
    share = float((distance <= PAIRING_TOLERANCE).mean())
    detail = f"{100 * share:.1f} % of joint_states have an odom within {PAIRING_TOLERANCE * 1e3:g} ms"
    return Row("paired stamps", "pass" if share >= 0.95 else "fail", detail)


def frames(recording: Recording) -> Row:
    """Frames are odom -> torso, with a common prefix, and the IMU's is the torso."""
    base = recording.bases[-1]
    prefix = base.frame.removesuffix("odom")
    found = f"odom '{base.frame}' -> '{base.child_frame}'"
    imu_frames = {message.frame for message in recording.imus}
    if not base.frame.endswith("odom") or base.child_frame != f"{prefix}torso":
        return Row("frame ids", "fail", f"{found}; expected 'odom' -> 'torso', or both with one prefix")
    if imu_frames - {base.child_frame}:
        return Row("frame ids", "fail", f"{found}, imu {sorted(imu_frames)}; expected imu in '{base.child_frame}'")
    return Row("frame ids", "pass", found)


def e_stop_active(recording: Recording) -> Row:
    """The driver publishes its e-stop latch."""
    if not recording.e_stops:
        detail = "silent; expected 10 Hz (real_robot.yaml activates only after hearing false)"
        return Row("e_stop_active", "fail", detail)
    found = len(recording.e_stops) / recording.seconds
    return Row("e_stop_active", "pass" if found > 5.0 else "fail", f"{found:.1f} Hz, last {recording.e_stops[-1][1]}")


def envelope(recording: Recording, card: Card) -> Row:
    """Positions are within those of the policy's training."""
    if card.envelope is None:
        return Row("envelope of the card", "not observed", "the policy's card has none")
    ranges = card.envelope.joint_positions
    outside = {
        name
        for message in recording.joints
        for name, position in zip(message.names, message.positions, strict=False)
        if name in ranges and not ranges[name][0] <= position <= ranges[name][1]
    }
    if outside:
        detail = f"positions that the policy has never seen: {', '.join(sorted(outside))}"
        return Row("envelope of the card", "warning", detail)
    return Row("envelope of the card", "pass", "positions that the policy has seen")
