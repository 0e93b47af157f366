"""Checks of a driver's recorded messages against the interface contract, free of ROS.

Each check gives one row. A property that the recording cannot show, such as the frame of a velocity while the robot
stands still, is "not observed", never a pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ant_bringup.checks.driver_motion import imu, joint_units, orientations, torso_height, twists
from ant_bringup.checks.gains import position_control
from ant_bringup.checks.joints import PAIRING_TOLERANCE, STATE_TIMEOUT, JointStates, joint_names
from ant_bringup.checks.recording import Recording, Row, Verdict
from ant_policy import Card

ODOM_PARTS = ("position", "quaternion", "velocity", "angular_velocity")
IMU_PARTS = ("quaternion", "angular_velocity", "acceleration")


def check_recording(recording: Recording, card: Card, ranges: Mapping[str, tuple[float, float]]) -> list[Row]:
    """Run all checks for the policy of `card`; `ranges` are the least and greatest joint positions known [rad]."""
    needed = needed_topics(card)
    silent = [topic for topic in needed if topic not in recording.topics]
    if silent:
        found = f"no {' and no '.join(silent)} in {recording.seconds:g} s: nothing else can be checked"
        return [Row("messages", "fail", f"{found}; expected a driver in this ROS domain and namespace")]
    period, expected = card.control_period, card.joints.names
    heard = JointStates(recording.joints, expected)
    if not heard.messages:
        found = f"found: {', '.join(heard.names)[:200] or 'no joint at all'}"
        found = f"{found}; expected: {expected[0]}, ... as on the card; --policy names the policy"
        return [Row("joint names", "fail", f"none of the policy's joints; {found}")]
    names = joint_names(heard, expected)
    # Rates and stamps are checked even if the messages do not complete each other.
    recording = replace(recording, joints=heard.states or heard.messages)
    units = [Row("joint units", "not observed", "see joint names")]
    if names.verdict != "fail" and heard.states:
        units = [*joint_units(recording, expected, ranges), *position_control(recording, card)]
    if missing := heard.missing_velocity():
        detail = f"{missing}; the policy refuses that unless its velocity_from_positions is true"
        units = [*(row for row in units if row.check != "joint velocities"), Row("joint velocities", "fail", detail)]
    topics = recording.topics
    return [
        *clock(recording),
        *(rate(f"{topic} rate", [m.received for m in topics[topic]], recording.seconds, period) for topic in topics),
        names,
        finite(recording, heard, expected),
        *units,
        *(stamps(f"{topic} stamps", [(m.received, m.stamp) for m in topics[topic]], period) for topic in topics),
        paired(recording, needed[1:]),
        *frames(recording, card.base_link),
        *orientations(recording),
        *imu_orientation(recording, card),
        *twists(recording),
        imu(recording),
        *torso_height(recording),
        e_stop_active(recording),
        envelope(recording, card),
    ]


def needed_topics(card: Card) -> list[str]:
    """Topics of a driver with the states that a policy needs, joint_states first."""
    return ["joint_states", *(topic for topic in ("odom", "imu") if topic in card.sources)]


def clock(recording: Recording) -> list[Row]:
    """Time advances; a row only if it does not, as while a simulator waits for commands or is paused."""
    for messages in recording.topics.values():
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
    for topic, parts in (("odom", ODOM_PARTS), ("imu", IMU_PARTS)):
        for each in recording.topics.get(topic, ()):
            for part in parts:
                if not np.isfinite(getattr(each, part)).all():
                    return Row("finite values", "fail", f"{topic}: {part} is {getattr(each, part).tolist()}")
    counts = (f"{len(messages)} {topic}" for topic, messages in recording.topics.items())
    return Row("finite values", "pass", ", ".join(counts))


def stamps(check: str, times: Sequence[tuple[float, float]], period: float) -> Row:
    """Stamps are set, mostly in order, neither old nor in the future; /clock may tick once a control period [s]."""
    received, stamped = np.array(times).T
    if (stamped <= 0.0).any():
        return Row(check, "fail", "a stamp is 0, which means unset; expected the time of the measurement")
    if len(stamped) > 1 and not np.ptp(stamped) and np.ptp(received):
        same = f"all {len(stamped)} messages have the stamp {stamped[0]:.2f} s"
        return Row(check, "fail", f"{same}; expected the time of each measurement")
    backwards = int((np.diff(stamped) < 0.0).sum())
    ages = received - stamped
    oldest, youngest = float(np.quantile(ages, 0.99)), float(ages.min())
    detail = f"age p50 {np.median(ages) * 1e3:.1f}, p99 {oldest * 1e3:.1f} ms; {backwards} out of order"
    if youngest < -1.2 * period or oldest > STATE_TIMEOUT:
        return Row(check, "fail", f"{detail}; expected 0 to {STATE_TIMEOUT * 1e3:g} ms (another clock?)")
    if backwards > 0.1 * len(stamped):
        return Row(check, "fail", f"{detail}; expected rising stamps")
    return Row(check, "pass", detail)


def paired(recording: Recording, topics: Sequence[str]) -> Row:
    """Joint states have a message of each other topic that the policy needs within the pairing tolerance."""
    verdict: Verdict = "pass"
    details = []
    for topic in topics:
        times = np.sort([-np.inf, *(message.stamp for message in recording.topics[topic]), np.inf])
        joints = np.array([m.stamp for m in recording.joints if times[1] <= m.stamp <= times[-2]])
        if not len(joints):
            return Row("paired stamps", "fail", f"the stamps of joint_states and {topic} do not overlap in time")
        after = np.searchsorted(times, joints)
        distance = np.minimum(times[after] - joints, joints - times[after - 1])
        share = float((distance <= PAIRING_TOLERANCE).mean())
        details.append(f"{100 * share:.1f} % of joint_states have an {topic} within {PAIRING_TOLERANCE * 1e3:g} ms")
        verdict = verdict if share >= 0.95 else "fail"
    return Row("paired stamps", verdict, "; ".join(details) or "the policy needs joint_states alone")


def frames(recording: Recording, base_link: str) -> list[Row]:
    """Frames are odom -> base link, with a common prefix, and the IMU's is the base link."""
    named = (
        ("odom", "odom", {message.frame for message in recording.bases[-1:]}),
        ("child", base_link, {message.child_frame for message in recording.bases[-1:]}),
        ("imu", base_link, {message.frame for message in recording.imus}),
    )
    found = ", ".join(f"{kind} {sorted(frames)}" for kind, _, frames in named if frames)
    if not found:
        return []
    prefixes = {frame.removesuffix(name) for _, name, frames in named for frame in frames}
    if len(prefixes) == 1 and all(frame.endswith(name) for _, name, frames in named for frame in frames):
        return [Row("frame ids", "pass", found)]
    expected = f"odom in 'odom' -> '{base_link}', imu in '{base_link}', or all with one prefix"
    return [Row("frame ids", "fail", f"{found}; expected {expected}")]


def imu_orientation(recording: Recording, card: Card) -> list[Row]:
    """The IMU has the orientation that the policy needs; a row only if not."""
    names = [term.name for term in card.observation.terms if term.topic == "imu" and term.reads_orientation]
    if not names or recording.oriented_imus:
        return []
    return [Row("imu orientation", "fail", f"imu has none (covariance -1); the policy's {names[0]} needs it")]


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
