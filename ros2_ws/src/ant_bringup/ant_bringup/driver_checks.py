"""What fits the interface contract in a recording of a driver and what does not; free of ROS.

Each check gives one row. What could not be seen, such as the frame of a velocity while the robot stands still, is
"not observed", never a pass.
"""

from collections.abc import Mapping, Sequence

import mujoco
import numpy as np

from ant_bringup.driver_recording import BaseMessage, Floats, Recording, Row
from ant_policy import Card

CONTROL_PERIOD = 0.05
STATE_TIMEOUT = 0.2
PAIRING_TOLERANCE = 0.02
RANGE_MARGIN = 0.7
"""How far a healthy jump leaves the joint ranges of the model [rad]."""
GRAVITY = 9.81


def check_recording(recording: Recording, card: Card, ranges: Mapping[str, tuple[float, float]]) -> list[Row]:
    """All checks of what was heard.

    Args:
        recording: what the driver said.
        card: of the policy that is to drive it.
        ranges: least and greatest position of each joint in the model [rad], by name.
    """
    if not recording.joints or not recording.bases:
        silent = "joint_states" if not recording.joints else "odom"
        return [Row("messages", "fail", f"no {silent} in {recording.seconds:g} s: nothing else can be checked")]
    return [
        rate("joint_states rate", [message.received for message in recording.joints], recording.seconds),
        rate("odom rate", [message.received for message in recording.bases], recording.seconds),
        joint_names(recording, card),
        finite(recording),
        *joint_units(recording, card, ranges),
        stamps("joint_states stamps", [(m.received, m.stamp) for m in recording.joints]),
        stamps("odom stamps", [(m.received, m.stamp) for m in recording.bases]),
        paired(recording),
        frames(recording),
        orientation(recording),
        *twist(recording),
        imu(recording),
        torso_height(recording),
        e_stop_active(recording),
        envelope(recording, card),
    ]


def rate(check: str, received: Sequence[float], seconds: float) -> Row:
    """Often enough for the control period, and never silent for long."""
    gaps = np.diff(received)
    if not len(gaps):
        return Row(check, "fail", f"one message in {seconds:g} s; expected at least {1 / CONTROL_PERIOD:g} a second")
    found = len(gaps) / (received[-1] - received[0])
    detail = f"{found:.1f} Hz, gaps p50 {np.median(gaps) * 1e3:.1f}, p99 {np.quantile(gaps, 0.99) * 1e3:.1f} ms"
    if found < 0.95 / CONTROL_PERIOD:
        return Row(check, "fail", f"{detail}; expected at least {1 / CONTROL_PERIOD:g} Hz")
    if gaps.max() > STATE_TIMEOUT:
        return Row(check, "fail", f"{detail}; silent for {gaps.max():.2f} s, the policy stops after {STATE_TIMEOUT:g}")
    return Row(check, "pass", detail)


def joint_names(recording: Recording, card: Card) -> Row:
    """Every joint of the policy is in every message, once, with a position and a velocity."""
    expected = card.observation.joints
    for message in recording.joints:
        for name in expected:
            found = message.names.count(name)
            if found != 1:
                return Row(
                    "joint names",
                    "fail",
                    f"'{name}' is there {found} times; found: {', '.join(message.names)[:200] or 'none'}",
                )
        for part, values in (("position", message.positions), ("velocity", message.velocities)):
            if len(values) != len(message.names):
                return Row("joint names", "fail", f"{len(values)} values in '{part}' for {len(message.names)} names")
    others = sorted(set(recording.joints[-1].names) - set(expected))
    return Row("joint names", "pass", f"all {len(expected)}" + (f"; ignored: {', '.join(others)}" if others else ""))


def finite(recording: Recording) -> Row:
    """No NaN, no infinity."""
    for joints in recording.joints:
        for part, values in (("position", joints.positions), ("velocity", joints.velocities)):
            for name, value in zip(joints.names, values, strict=False):
                if not np.isfinite(value):
                    return Row("finite values", "fail", f"joint_states: {part} of '{name}' is {value}")
    for base in recording.bases:
        for part in ("position", "quaternion", "velocity", "angular_velocity"):
            if not np.isfinite(getattr(base, part)).all():
                return Row("finite values", "fail", f"odom: {part} is {getattr(base, part).tolist()}")
    return Row("finite values", "pass", f"{len(recording.joints)} joint_states, {len(recording.bases)} odom")


def joint_units(recording: Recording, card: Card, ranges: Mapping[str, tuple[float, float]]) -> list[Row]:
    """Positions are in the model's ranges, and velocities are their derivatives."""
    names = card.observation.joints
    if joint_names(recording, card).verdict == "fail":
        return [Row("joint units", "not observed", "see joint names")]
    order = [[message.names.index(name) for name in names] for message in recording.joints]
    positions = np.array([message.positions[o] for message, o in zip(recording.joints, order, strict=True)])
    velocities = np.array([message.velocities[o] for message, o in zip(recording.joints, order, strict=True)])
    times = np.array([message.stamp for message in recording.joints])
    rows = []
    worst = Row("joint positions", "pass", f"within the model's ranges and {RANGE_MARGIN:g} rad")
    for name, values in zip(names, positions.T, strict=True):
        low, high = ranges[name]
        if values.min() < low - RANGE_MARGIN or values.max() > high + RANGE_MARGIN:
            worst = Row(
                "joint positions",
                "fail",
                f"'{name}' is at {values.min():.3g} to {values.max():.3g} rad; the model's range is {low:.3g} to "
                f"{high:.3g} (degrees? another zero?)",
            )
    rows.append(worst)
    rows.append(velocity_units(names, times, positions, velocities))
    return rows


def velocity_units(names: Sequence[str], times: Floats, positions: Floats, velocities: Floats) -> Row:
    """Velocities against differences of positions over about 0.02 s; both have noise, so by regression."""
    newest = np.maximum.accumulate(times)
    forward = np.concatenate([[True], times[1:] > newest[:-1]])
    times, positions, velocities = times[forward], positions[forward], velocities[forward]
    step = max(1, int(np.searchsorted(np.cumsum(np.diff(times)), 0.02))) if len(times) > 1 else 1
    if len(times) <= 2 * step:
        return Row("joint velocities", "not observed", "too few messages")
    spans = times[step:] - times[:-step]
    near = spans < 0.06
    if not near.any():
        return Row("joint velocities", "not observed", "messages are too far apart")
    differences = (positions[step:] - positions[:-step])[near] / spans[near, None]
    means = (0.5 * (velocities[step:] + velocities[:-step]))[near]
    # Noise of encoders at rest, divided by a short time, looks like motion, but leads nowhere.
    moving = [i for i in range(len(names)) if differences[:, i].std() > 0.5 and np.ptp(positions[:, i]) > 0.1]
    if not moving:
        return Row("joint velocities", "not observed", "no joint moved")
    for i in moving:
        slope = float(differences[:, i] @ means[:, i] / (differences[:, i] @ differences[:, i]))
        if not 0.5 < slope < 2.0:
            return Row(
                "joint velocities",
                "fail",
                f"velocity of '{names[i]}' is {slope:.2g} times its position's change; expected 1 (degrees? sign?)",
            )
    return Row("joint velocities", "pass", f"the derivative of the positions ({len(moving)} joints moved)")


def stamps(check: str, times: Sequence[tuple[float, float]]) -> Row:
    """Set, mostly in order, and neither old nor from the future."""
    received, stamped = np.array(times).T
    if (stamped <= 0.0).any():
        return Row(check, "fail", "a stamp is 0, which means unset; expected the time of the measurement")
    backwards = int((np.diff(stamped) < 0.0).sum())
    ages = received - stamped
    oldest, youngest = float(np.quantile(ages, 0.99)), float(ages.min())
    detail = f"age p50 {np.median(ages) * 1e3:.1f}, p99 {oldest * 1e3:.1f} ms; {backwards} out of order"
    if youngest < -1.2 * CONTROL_PERIOD or oldest > STATE_TIMEOUT:
        return Row(check, "fail", f"{detail}; expected 0 to {STATE_TIMEOUT * 1e3:g} ms (another clock?)")
    if backwards > 0.1 * len(stamped):
        return Row(check, "fail", f"{detail}; expected rising stamps")
    return Row(check, "pass", detail)


def paired(recording: Recording) -> Row:
    """Joint states have an odometry near enough in time to make a state."""
    odometry = np.sort([message.stamp for message in recording.bases])
    joints = np.array([m.stamp for m in recording.joints if odometry[0] <= m.stamp <= odometry[-1]])
    if not len(joints):
        return Row("paired stamps", "fail", "the stamps of joint_states and odom do not overlap in time")
    after = np.searchsorted(odometry, joints).clip(1, len(odometry) - 1) if len(odometry) > 1 else np.zeros_like(joints)
    index = after.astype(int)
    distance = np.minimum(np.abs(odometry[index] - joints), np.abs(odometry[index - 1] - joints))
    share = float((distance <= PAIRING_TOLERANCE).mean())
    detail = f"{100 * share:.1f} % of joint_states have an odom within {PAIRING_TOLERANCE * 1e3:g} ms"
    return Row("paired stamps", "pass" if share >= 0.95 else "fail", detail)


def frames(recording: Recording) -> Row:
    """Frame odom -> torso, with one prefix, and the IMU in the torso."""
    base = recording.bases[-1]
    prefix = base.frame.removesuffix("odom")
    found = f"odom '{base.frame}' -> '{base.child_frame}'"
    imu_frames = {message.frame for message in recording.imus}
    if not base.frame.endswith("odom") or base.child_frame != f"{prefix}torso":
        return Row("frame ids", "fail", f"{found}; expected 'odom' -> 'torso', or both with one prefix")
    if imu_frames - {base.child_frame}:
        return Row("frame ids", "fail", f"{found}, imu {sorted(imu_frames)}; expected imu in '{base.child_frame}'")
    return Row("frame ids", "pass", found)


def orientation(recording: Recording) -> Row:
    """Unit quaternions."""
    norms = np.array([np.linalg.norm(message.quaternion) for message in recording.bases])
    worst = float(norms[np.abs(norms - 1.0).argmax()])
    if abs(worst - 1.0) > 0.01:
        return Row("orientation", "fail", f"odom's quaternion has norm {worst:.3g}; expected 1")
    return Row("orientation", "pass", "unit quaternions")


def twist(recording: Recording) -> list[Row]:
    """Velocities against differences of poses: linear and angular must be those of the child frame (REP-105)."""
    newest, ordered = -np.inf, []
    for message in recording.bases:
        if message.stamp > newest:
            newest = message.stamp
            ordered.append(message)
    linear, angular = [], []
    for first, second in pairs(ordered):
        span = second.stamp - first.stamp
        turn = np.zeros(3)
        mujoco.mju_subQuat(turn, second.quaternion, first.quaternion)
        middle = first.quaternion.copy()
        mujoco.mju_quatIntegrate(middle, turn, 0.5)
        linear.append((middle, (second.position - first.position) / span, 0.5 * (first.velocity + second.velocity)))
        rate_w = np.zeros(3)
        mujoco.mju_rotVecQuat(rate_w, turn / span, middle)
        angular.append((middle, rate_w, 0.5 * (first.angular_velocity + second.angular_velocity)))
    return [_frame_row("twist.linear", linear, 0.3), _frame_row("twist.angular", angular, 0.3)]


def pairs(messages: Sequence[BaseMessage]) -> list[tuple[BaseMessage, BaseMessage]]:
    """Messages some 0.02 to 0.06 s apart, so that the sensors' noise does not drown the differences."""
    found, begin = [], 0
    for end in range(1, len(messages)):
        span = messages[end].stamp - messages[begin].stamp
        if span >= 0.02:
            if span <= 0.06:
                found.append((messages[begin], messages[end]))
            begin = end
    return found


def _frame_row(check: str, samples: Sequence[tuple[Floats, Floats, Floats]], least: float) -> Row:
    errors = []
    for quaternion, true_w, found in samples:
        as_child = np.zeros(3)
        mujoco.mju_rotVecQuat(as_child, found, quaternion)
        if np.linalg.norm(as_child - found) > least:
            errors.append((np.linalg.norm(as_child - true_w), np.linalg.norm(found - true_w)))
    if len(errors) < 5:
        return Row(check, "not observed", "turn and move the robot: the two frames could not be told apart")
    child, world = np.median(np.array(errors), axis=0)
    detail = f"differs from the change of the pose by {child:.2g} as of the child frame, by {world:.2g} as of odom"
    if world < child:
        return Row(check, "fail", f"{detail}; expected the child frame (REP-105)")
    return Row(check, "pass", detail)


def imu(recording: Recording) -> Row:
    """At rest an accelerometer reads +9.81 m/s2 upwards (REP-145)."""
    if not recording.imus:
        return Row("imu gravity", "not observed", "no imu (the policies here do not need one)")
    times = np.array([message.stamp for message in recording.bases])
    readings = []
    for reading in recording.imus:
        base = recording.bases[int(np.abs(times - reading.stamp).argmin())]
        if np.linalg.norm(base.velocity) < 0.2 and np.linalg.norm(base.angular_velocity) < 0.2:
            upwards = np.zeros(3)
            mujoco.mju_rotVecQuat(upwards, reading.acceleration, base.quaternion)
            readings.append(upwards)
    if len(readings) < 5:
        return Row("imu gravity", "not observed", "the robot was not at rest")
    found = np.median(np.array(readings), axis=0)
    detail = f"at rest {np.round(found, 2).tolist()} m/s2 in odom"
    good = np.linalg.norm(found - [0.0, 0.0, GRAVITY]) < 1.0
    return Row("imu gravity", "pass" if good else "fail", detail + ("" if good else "; expected [0, 0, +9.81]"))


def torso_height(recording: Recording) -> Row:
    """The same as odom's z."""
    if not recording.heights:
        return Row("torso_height", "not observed", "no torso_height (the policies here do not need it)")
    times = np.array([message.received for message in recording.bases])
    heights = np.array([message.position[2] for message in recording.bases])
    gaps = [abs(heights[int(np.abs(times - received).argmin())] - height) for received, height in recording.heights]
    detail = f"differs from odom's z by {np.median(gaps):.3f} m (median)"
    return Row("torso_height", "pass" if np.median(gaps) < 0.1 else "fail", detail)


def e_stop_active(recording: Recording) -> Row:
    """The driver tells of its latch."""
    if not recording.e_stops:
        return Row(
            "e_stop_active", "fail", "silent; expected 10 Hz (real_robot.yaml activates only after hearing false)"
        )
    found = len(recording.e_stops) / recording.seconds
    return Row("e_stop_active", "pass" if found > 5.0 else "fail", f"{found:.1f} Hz, last {recording.e_stops[-1][1]}")


def envelope(recording: Recording, card: Card) -> Row:
    """Whether the robot was where the policy has been."""
    if card.envelope is None:
        return Row("envelope of the card", "not observed", "the policy's card has none")
    outside = set()
    for message in recording.joints:
        for name, position in zip(message.names, message.positions, strict=False):
            low, high = card.envelope.joint_positions.get(name, (-np.inf, np.inf))
            if not low <= position <= high:
                outside.add(name)
    if outside:
        return Row(
            "envelope of the card", "warning", f"positions that the policy has never seen: {', '.join(sorted(outside))}"
        )
    return Row("envelope of the card", "pass", "positions that the policy has seen")
