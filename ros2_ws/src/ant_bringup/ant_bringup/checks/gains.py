"""Checks of gains against a policy's card: gears or gains of a model, stiffness and pose at rest of a robot."""

from dataclasses import asdict

import numpy as np

from ant_bringup.checks.recording import Floats, Recording, Row
from ant_policy import Card
from ant_policy.card.makers.mujoco_model import read_actuators
from ant_sim.physics.robot import Robot

POSE_MARGIN = 0.5
"""Distance [rad] of a resting robot from the pose that an action of 0 commands, beyond which one may be wrong."""
MIN_ERROR = 0.01
"""Standard deviation of the control error [rad] from which a stiffness is fitted."""
GAIN_MARGIN = 0.2
"""Relative difference between stiffnesses that is said."""


def gains_warning(robot: Robot, card: Card) -> str:
    """Difference between a model's gears or gains and the card's; empty if there is none."""
    row = model_gains(robot, card)
    return row.detail if row.verdict in ("warning", "fail") else ""


def model_gains(robot: Robot, card: Card) -> Row:
    """A model's gears (motors) or gains (servos) are those that the policy was trained with, by its card."""
    action, model = card.action, read_actuators(robot.model, str(robot.path))
    check, fields = ("gears", ["scale"]) if action.interface == "effort" else ("gains", ["stiffness", "damping"])
    if model["interface"] != action.interface or set(action.joints) != set(model["joints"]):
        of_card, of_model = (f"{each['interface']} of {', '.join(each['joints'])}" for each in (asdict(action), model))
        can_be_servos = (action.interface, model["interface"]) == ("position", "effort") and action.stiffness
        hint = "; parameter 'gains' turns motors into servos" if can_be_servos else ""
        return Row(check, "fail", f"the card commands {of_card}; the model's actuators take {of_model}{hint}")
    off: dict[str, str] = {}
    known = [field for field in fields if getattr(action, field)]
    for field in known:
        for joint, value in getattr(action, field).items():
            found = model.get(field, {}).get(joint, 0.0)
            # The scale may be the whole effort of controls beyond [-1, 1], and the damping that of the joint.
            passive = found + float(robot.model.joint(joint).damping[0])
            expected = {"scale": [found, robot.max_effort(joint)], "damping": [passive, found]}.get(field, [found])
            if not np.isclose(value, expected, rtol=0.01).any():
                off.setdefault(joint, f"'{joint}' has {field} {value:g} on the card, {expected[0]:g} in the model")
    if off:
        first, names = next(iter(off.values())), ", ".join(off)
        return Row(check, "warning", f"{first} ({len(off)} differ: {names}); was the policy trained on this model?")
    same = f"{' and '.join(known)} on the card as in the model"
    return Row(check, "pass", same) if known else Row(check, "not observed", "the card has no gains")


def position_control(recording: Recording, card: Card) -> list[Row]:
    """Rows for a policy that commands positions, none for others; each message of joint_states must have all joints."""
    if card.action.interface != "position":
        return []
    return [rest_pose(recording, card), stiffness(recording, card)]


def rest_pose(recording: Recording, card: Card) -> Row:
    """The pose that an action of 0 commands, and that of joint positions observed as 0, is the one at rest."""
    positions = recording.joint_rows(card.joints.names, "positions")
    if np.ptp(positions, axis=0).max() > 0.1:
        return Row("default pose", "not observed", "the robot was not at rest")
    at_rest = dict(zip(card.joints.names, np.median(positions, axis=0).tolist(), strict=True))
    poses = {"an action of 0 commands": card.action.offset or {}}
    for offset in (term.offset for term in card.observation.terms if term.name == "joint_positions"):
        pose = offset if isinstance(offset, dict) else dict.fromkeys(card.joints.names, offset or 0.0)
        poses["joint_positions are 0 at"] = pose
    worst, detail = 0.0, ""
    for what, pose in poses.items():
        for name in card.action.joints:
            distance = abs(at_rest[name] - pose.get(name, 0.0))
            if distance > worst:
                worst, detail = distance, f"'{name}' rests at {at_rest[name]:.2f} rad, {what} {pose.get(name, 0.0):.2f}"
    if worst > POSE_MARGIN:
        hint = "is default_pose or an offset left out, or is the robot not in its initial pose?"
        return Row("default pose", "warning", f"{detail}; {hint}")
    return Row("default pose", "pass", f"at rest within {worst:.2f} rad of the pose of an action of 0")


def stiffness(recording: Recording, card: Card) -> Row:
    """Stiffness that explains the efforts by the control errors, joint by joint, is the card's."""
    expected = card.action.stiffness
    if expected is None:
        return Row("stiffness", "not observed", "the card has none")
    found = {}
    for name in card.action.joints:
        errors, velocities, efforts = _control_errors(recording, card, name)
        if len(errors) < 20 or errors.std() < MIN_ERROR or not efforts.any():
            continue
        inputs = np.column_stack([errors, -velocities, np.ones(len(errors))])
        fit, *_ = np.linalg.lstsq(inputs, efforts, rcond=None)
        # Efforts that follow the velocity alone are those of a robot that is stopped.
        is_servo = abs(fit[0]) * errors.std() > 0.5 * efforts.std()
        if is_servo and (efforts - inputs @ fit).std() < 0.3 * efforts.std():
            found[name] = float(fit[0])
    if not found:
        return Row("stiffness", "not observed", "needs a policy that moves the joints, and efforts in joint_states")
    off = {name: value for name, value in found.items() if abs(value / expected[name] - 1.0) > GAIN_MARGIN}
    if off:
        name = max(off, key=lambda each: abs(off[each] / expected[each] - 1.0))
        detail = f"'{name}' has {off[name]:.3g} N m/rad, the card says {expected[name]:.3g}; {len(off)} joints differ"
        return Row("stiffness", "warning", detail)
    return Row(
        "stiffness", "pass", f"that of the card within {GAIN_MARGIN:.0%} ({len(found)} joints; damping not seen)"
    )


def _control_errors(recording: Recording, card: Card, name: str) -> tuple[Floats, Floats, Floats]:
    """Distance from the target [rad], velocity [rad/s] and effort [N m] of a joint in the last part of each command."""
    commands = [
        (message.stamp, float(message.positions[message.names.index(name)]))
        for message in recording.commands
        if name in message.names and len(message.positions) == len(message.names)
    ]
    rows = []
    times = np.array([stamp for stamp, _ in commands])
    for message in recording.joints:
        newest = int(np.searchsorted(times, message.stamp)) - 1
        index = message.names.index(name)
        # A command takes its time to the motors: the beginning of its period still shows the one before.
        is_old = newest >= 0 and 0.5 < (message.stamp - times[newest]) / card.control_period < 1.5
        if is_old and len(message.efforts) == len(message.velocities) == len(message.names):
            error = commands[newest][1] - message.positions[index]
            rows.append((error, message.velocities[index], message.efforts[index]))
    errors, velocities, efforts = np.array(rows).T if rows else np.zeros((3, 0))
    return errors, velocities, efforts
