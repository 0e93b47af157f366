"""Checks of physical consistency of a recording: units, frames, gravity; free of ROS."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import mujoco
import numpy as np

from ant_bringup.checks.recording import BaseMessage, Floats, ImuMessage, Recording, Row, Verdict

Oriented = TypeVar("Oriented", BaseMessage, ImuMessage)

RANGE_MARGIN = 0.7
"""Tolerance beyond the joint ranges of model or card, as seen in healthy jumps [rad]."""
MIN_FRAME_DIFFERENCE = 0.3
"""Difference between the readings of a velocity in the two frames that tells them apart [m/s or rad/s]."""


def joint_units(recording: Recording, names: Sequence[str], ranges: Mapping[str, tuple[float, float]]) -> list[Row]:
    """Positions are within the ranges [rad] of model or card, and velocities are their derivatives.

    Each message of joint_states must have all `names`.
    """
    positions, velocities = recording.joint_rows(names, "positions"), recording.joint_rows(names, "velocities")
    times = np.array([message.stamp for message in recording.joints])
    row = Row("joint positions", "pass", f"within the known ranges and {RANGE_MARGIN:g} rad")
    if not ranges:
        row = Row("joint positions", "not observed", "no range is known: the card has no envelope (--model)")
    for name, found_low, found_high in zip(names, positions.min(axis=0), positions.max(axis=0), strict=True):
        low, high = ranges.get(name, (-np.inf, np.inf))
        if found_low < low - RANGE_MARGIN or found_high > high + RANGE_MARGIN:
            found = f"'{name}' is at {found_low:.3g} to {found_high:.3g} rad"
            detail = f"{found}; its range is {low:.3g} to {high:.3g} (degrees? another zero?)"
            row = Row("joint positions", "fail", detail)
    return [row, velocity_units(names, times, positions, velocities)]


def velocity_units(names: Sequence[str], times: Floats, positions: Floats, velocities: Floats) -> Row:
    """Regression of velocities on differences of positions over about 0.02 s; both are noisy."""
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
    # Encoder noise at rest, divided by a short time, looks like velocity, but the position stays.
    moving = [i for i in range(len(names)) if differences[:, i].std() > 0.5 and np.ptp(positions[:, i]) > 0.1]
    if not moving:
        return Row("joint velocities", "not observed", "no joint moved")
    for i in moving:
        slope = float(differences[:, i] @ means[:, i] / (differences[:, i] @ differences[:, i]))
        if not 0.5 < slope < 2.0:
            detail = f"velocity of '{names[i]}' is {slope:.2g} times its position's change"
            return Row("joint velocities", "fail", f"{detail}; expected 1 (degrees? sign?)")
    return Row("joint velocities", "pass", f"the derivative of the positions ({len(moving)} joints moved)")


def orientations(recording: Recording) -> list[Row]:
    """Unit quaternions."""
    rows = []
    sources = ("orientation", "odom", recording.bases), ("imu orientation", "imu", recording.imus)
    for check, topic, messages in sources:
        norms = np.array([np.linalg.norm(message.quaternion) for message in messages if message.quaternion.size])
        if not len(norms):
            continue
        worst = float(norms[np.abs(norms - 1.0).argmax()])
        if abs(worst - 1.0) > 0.01:
            rows.append(Row(check, "fail", f"{topic}'s quaternion has norm {worst:.3g}; expected 1"))
        else:
            rows.append(Row(check, "pass", "unit quaternions"))
    return rows


def twists(recording: Recording) -> list[Row]:
    """Velocities match the differences of poses when taken in the child frame (REP-105, REP-145)."""
    rows = []
    if recording.bases:
        linear = []
        for first, second in pairs(recording.bases):
            span, middle, _ = _turn(first, second)
            change = (second.position - first.position) / span
            linear.append((middle, change, 0.5 * (first.velocity + second.velocity)))
        rows = [_frame_row("twist.linear", linear), _frame_row("twist.angular", _turning(recording.bases))]
    if recording.imus:
        rows.append(_frame_row("imu angular velocity", _turning(recording.oriented_imus)))
    return rows


def _turning(messages: Sequence[Oriented]) -> list[tuple[Floats, Floats, Floats]]:
    """Orientation, angular velocity in the outer frame by the orientations, and the one that messages say."""
    samples = []
    for first, second in pairs(messages):
        span, middle, turn = _turn(first, second)
        mean = 0.5 * (first.angular_velocity + second.angular_velocity)
        samples.append((middle, rotated(turn / span, middle), mean))
    return samples


def _turn(first: Oriented, second: Oriented) -> tuple[float, Floats, Floats]:
    """Time between two messages [s], orientation halfway, and rotation vector [rad] in the frame of the first."""
    turn, middle = np.zeros(3), first.quaternion.copy()
    mujoco.mju_subQuat(turn, second.quaternion, first.quaternion)
    mujoco.mju_quatIntegrate(middle, turn, 0.5)
    return second.stamp - first.stamp, middle, turn


def rotated(vector: Floats, quaternion: Floats) -> Floats:
    """Vector (3,) of a frame with this orientation (w, x, y, z), in the outer frame."""
    result = np.zeros(3)
    mujoco.mju_rotVecQuat(result, vector, quaternion)
    return result


def pairs(messages: Sequence[Oriented]) -> Iterator[tuple[Oriented, Oriented]]:
    """Pairs of messages 0.02 to 0.06 s apart, where motion exceeds sensor noise."""
    first = None
    for second in messages:
        if first is None or second.stamp - first.stamp >= 0.02:
            if first is not None and second.stamp - first.stamp <= 0.06:
                yield first, second
            first = second


def _frame_row(check: str, samples: Sequence[tuple[Floats, Floats, Floats]]) -> Row:
    errors = []
    for quaternion, true_w, found in samples:
        as_child = rotated(found, quaternion)
        if np.linalg.norm(as_child - found) > MIN_FRAME_DIFFERENCE:
            errors.append((np.linalg.norm(as_child - true_w), np.linalg.norm(found - true_w)))
    if len(errors) < 5:
        return Row(check, "not observed", "turn and move the robot: the two frames could not be told apart")
    child, world = np.median(np.array(errors), axis=0)
    detail = f"differs from the change of the pose by {child:.2g} as of the child frame, by {world:.2g} as of odom"
    if world < child:
        return Row(check, "fail", f"{detail}; expected the child frame (REP-105)")
    return Row(check, "pass", detail)


def imu(recording: Recording) -> Row:
    """At rest the accelerometer reads +9.81 m/s2 upwards (REP-145)."""
    if not recording.imus:
        return Row("imu gravity", "not observed", "no imu (the policy does not need one)")
    references = recording.bases or recording.oriented_imus
    if not references:
        return Row("imu gravity", "not observed", "neither imu nor odom has an orientation")
    times = np.array([message.stamp for message in references])
    readings = []
    for reading in recording.imus:
        base = references[int(np.abs(times - reading.stamp).argmin())]
        velocity = base.velocity if isinstance(base, BaseMessage) else np.zeros(3)
        if np.linalg.norm(velocity) < 0.2 and np.linalg.norm(base.angular_velocity) < 0.2:
            readings.append(rotated(reading.acceleration, base.quaternion))
    if len(readings) < 5:
        return Row("imu gravity", "not observed", "the robot was not at rest")
    found = np.median(np.array(readings), axis=0)
    detail = f"at rest {np.round(found, 2).tolist()} m/s2 in odom"
    if np.linalg.norm(found - [0.0, 0.0, 9.81]) < 1.0:
        return Row("imu gravity", "pass", detail)
    return Row("imu gravity", "fail", f"{detail}; expected [0, 0, +9.81]")


def torso_height(recording: Recording) -> list[Row]:
    """torso_height, where it is published, equals odom's z."""
    if not recording.heights or not recording.bases:
        return []
    times, heights = np.array(recording.heights).T
    odometry = np.interp(times, *np.array([(base.received, base.position[2]) for base in recording.bases]).T)
    gap = float(np.median(np.abs(odometry - heights)))
    verdict: Verdict = "pass" if gap < 0.1 else "fail"
    return [Row("torso_height", verdict, f"differs from odom's z by {gap:.3f} m (median)")]
