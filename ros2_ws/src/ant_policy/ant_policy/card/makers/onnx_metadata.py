"""Cards of ONNX files; mjlab and Isaac Lab tools write the contract into their metadata.

Such an exporter writes `joint_names`, `default_joint_pos`, `action_scale`, `joint_stiffness`, `joint_damping`,
`observation_names` and `command_names` as comma-separated texts, numbers in the order of the joints. Its action is the
network's own output, a position target around the default pose. It writes no control period and no scales or history
of the observation.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ant_policy.card.fields import Field
from ant_policy.card.makers.draft import Draft, Help, by_name, joint_names
from ant_policy.card.values import DEFAULT_POSE, read_names
from ant_policy.errors import PolicyFileError

MAX_TEXT, MAX_ITEMS = 100_000, 1000
"""Longest text of a metadata field, and most entries."""

TERMS: dict[str, dict[str, Any]] = {
    "base_lin_vel": {"name": "base_linear_velocity"},
    "base_ang_vel": {"name": "base_angular_velocity"},
    "projected_gravity": {"name": "projected_gravity"},
    "joint_pos": {"name": "joint_positions", "offset": DEFAULT_POSE},
    "joint_pos_rel": {"name": "joint_positions", "offset": DEFAULT_POSE},
    "joint_vel": {"name": "joint_velocities"},
    "joint_vel_rel": {"name": "joint_velocities"},
    "actions": {"name": "last_action"},
    "last_action": {"name": "last_action"},
    "command": {"name": "velocity_command"},
    "velocity_commands": {"name": "velocity_command"},
    "gait_phase": {"name": "gait_phase"},
}
"""Term of a card by its name in mjlab, Isaac Lab and Unitree's tools, where velocities and gravity are in the base link
and joint positions are counted from the default pose."""
PHASE_PERIOD = {"observation.terms.gait_phase.period": Help("period of the gait [s]", "0.8")}
VELOCITY_COMMANDS = ("twist", "base_velocity", "velocity")
BY_JOINT = {
    "default_joint_pos": "joints.default_pose",
    "action_scale": "action.scale",
    "joint_stiffness": "action.stiffness",
    "joint_damping": "action.damping",
}
"""Field of the card by metadata field, for those with a number for each joint."""


def draft_of_metadata(path: Path, metadata: Mapping[str, str], settings: Mapping[str, object]) -> Draft:
    """Make a draft of a model's metadata; without any, everything is open.

    Args:
        path: the `.onnx`.
        metadata: its `metadata_props`.
        settings: what the user sets, by field.

    Raises:
        PolicyFileError: an observation or command that is not known, or numbers that are not one for each joint.
        CardError: the joints that the user sets are no names.
    """
    fields = {
        name: Field(_items(path, name, text), f"metadata_props.{name}", str(path), PolicyFileError)
        for name, text in metadata.items()
        if name in (*BY_JOINT, "joint_names", "observation_names", "command_names")
    }
    data: dict[str, Any] = {"policy": {"algorithm": "onnx"}, "joints": {}, "action": {}, "observation": {}}
    draft = Draft(str(path), data)
    if not fields:
        return draft
    names = joint_names(settings)
    if "joint_names" in fields:
        names = read_names(fields["joint_names"])
        data["joints"]["names"] = list(names)
    data["policy"]["output"] = "none"
    data["action"] |= {"interface": "position", "offset": DEFAULT_POSE}
    if names is None:
        counts = [len(field.items()) for name, field in fields.items() if name in BY_JOINT]
        names = tuple(f"joint {index}" for index in range(max(counts, default=0)))
    for name, target in BY_JOINT.items():
        if name in fields:
            part, _, last = target.partition(".")
            is_for_all = name == "action_scale" and len(fields[name].items()) == 1
            data[part][last] = by_name(fields[name].items()[0] if is_for_all else fields[name], names)
    if "observation_names" in fields:
        data["observation"]["terms"] = [known_term(item) for item in fields["observation_names"].items()]
        draft.notes.append("observation terms have no scale, clip or history, which the metadata would not say")
    for item in fields["command_names"].items() if "command_names" in fields else ():
        item.choice(*VELOCITY_COMMANDS)
    if "gait_phase" in metadata.get("observation_names", ""):
        draft.asked |= PHASE_PERIOD
    draft.notes += [
        "the action is a position target, default_pose + scale * output, as these exporters have it",
        "joint positions of the observation are taken from the default pose",
    ]
    return draft


def known_term(name: Field) -> dict[str, Any]:
    """Term of a card for a name of such a tool.

    Raises:
        PolicyError: the name is not known.
    """
    if name.value not in TERMS:
        raise name.refused(f"one of the observations {', '.join(TERMS)}")
    return dict(TERMS[str(name.value)])


def _items(path: Path, name: str, text: str) -> list[object]:
    if len(text) > MAX_TEXT:
        raise PolicyFileError(f"{path}: field 'metadata_props.{name}': expected at most {MAX_TEXT} characters")
    read = _number if name in BY_JOINT else str
    items = [read(item.strip()) for item in text.split(",")] if text.strip() else []
    if len(items) > MAX_ITEMS:
        raise PolicyFileError(
            f"{path}: field 'metadata_props.{name}': expected at most {MAX_ITEMS} entries, found {len(items)}"
        )
    return items


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text
