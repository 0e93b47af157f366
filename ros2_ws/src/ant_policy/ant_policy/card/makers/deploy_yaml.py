"""Cards of Unitree-style `deploy.yaml` files, as unitree_rl_lab writes them.

`joint_ids_map[i]` is the index in the SDK's order of motors of the policy's joint i. `stiffness` and `damping` are in
the SDK's order, all else in the policy's. Joints have no names there. Base and joints are measured as the robot's own
controller does: angular velocity and gravity by the IMU.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ant_policy.card.archive import read_file
from ant_policy.card.fields import Field
from ant_policy.card.makers.draft import Draft, Help, by_name, joint_names
from ant_policy.card.makers.onnx_metadata import PHASE_PERIOD, known_term
from ant_policy.card.observation import entries
from ant_policy.card.safe_yaml import MAX_BYTES, load_yaml
from ant_policy.errors import CardError

ALL_JOINTS = re.compile(r"!!python/object/apply:builtins\.slice(?:\s*\[null, null, null\]|(?:\n\s*- null){3})")
"""Form in which PyYAML writes the joints of an action that has all of them; the only tag that is understood."""
COMMAND_RANGES = {"lin_vel_x": "linear_x", "lin_vel_y": "linear_y", "ang_vel_z": "angular_z"}
MAX_MOTORS = 1000


def draft_of_deploy_yaml(path: Path, settings: Mapping[str, object]) -> Draft:
    """Make a draft of a deploy.yaml.

    Args:
        path: the file.
        settings: what the user sets, by field; `joints.names` are in the SDK's order.

    Raises:
        CardError: it cannot be read, an index map that is no permutation, an action or observation that is not known,
            or numbers that are not one for each joint.
    """
    text = read_file(path, MAX_BYTES, CardError).decode("utf-8", "replace")
    root = Field(load_yaml(path, ALL_JOINTS.sub("null", text)), "", str(path))
    motors = len(root.at("stiffness").items())
    order = _read_map(root.at("joint_ids_map"), motors)
    sdk_names = joint_names(settings)
    if sdk_names is not None and len(sdk_names) != motors:
        raise CardError(
            f"--set joints.names: expected {motors} names in the order of the SDK, as stiffness of {path} has, "
            f"found {len(sdk_names)}"
        )
    names_of_motors = sdk_names or tuple(f"joint {index}" for index in range(motors))
    names = tuple(names_of_motors[index] for index in order)
    data: dict[str, Any] = {
        "policy": {"algorithm": "onnx", "output": "none"},
        "control_period": root.at("step_dt").positive(),
        "joints": {"default_pose": by_name(root.at("default_joint_pos"), names)},
        "action": _read_action(root.at("actions"), names),
        "observation": {},
    }
    for gain in ("stiffness", "damping"):
        gains = by_name(root.at(gain), names_of_motors)
        data["action"][gain] = {name: gains[name] for name in data["action"]["joints"]}
    data["observation"] = _read_observations(root, names, tuple(data["action"]["joints"]))
    draft = Draft(str(path), data)
    if sdk_names is not None:
        data["joints"]["names"] = list(names)
    else:
        example = f"[{', '.join(f'joint_{index}' for index in range(min(motors, 3)))}{', ...' if motors > 3 else ''}]"
        draft.asked["joints.names"] = Help(f"names of the {motors} motors in the order of the SDK", example)
    if any(term["name"] == "gait_phase" and "period" not in term for term in data["observation"]["terms"]):
        draft.asked |= PHASE_PERIOD
    return draft


def find_onnx(path: Path) -> Path:
    """Path of the ONNX file that belongs to a deploy.yaml: the only one beside it or in `../exported`.

    Raises:
        CardError: there is none, or there are several.
    """
    found = [*sorted(path.parent.glob("*.onnx")), *sorted(path.parent.parent.glob("exported/*.onnx"))]
    if len(found) != 1:
        names = ", ".join(str(each) for each in found[:10]) or "none"
        raise CardError(
            f"{path}: expected one .onnx beside it or in ../exported, found {names}; name it by --policy FILE"
        )
    return found[0]


def _read_map(field: Field, motors: int) -> tuple[int, ...]:
    items = field.items()
    if not 1 <= len(items) <= MAX_MOTORS:
        raise field.refused(f"1 to {MAX_MOTORS} indices", f"{len(items)}")
    # Robots of which the policy has some joints alone map these to some of the motors.
    values: list[Any] = [item.value for item in items]
    for item in items:
        if type(item.value) is not int or item.value not in range(motors) or values.count(item.value) > 1:
            raise item.refused(f"each index from 0 to {motors - 1} once, a permutation of the {motors} motors")
    return tuple(values)


def _read_action(field: Field, names: Sequence[str]) -> dict[str, Any]:
    action = field.mapping(("JointPositionAction",))["JointPositionAction"]
    entry = action.mapping(("scale", "offset"), ("clip", "joint_names", "joint_ids"))
    joints = list(names)
    if entry["joint_ids"].value is not None:
        indices = [item.integer(0, len(names) - 1) for item in entry["joint_ids"].items()]
        if len(set(indices)) < len(indices):
            raise entry["joint_ids"].refused("each index once")
        joints = [names[index] for index in indices]
    clip = entry["clip"].optional(
        lambda item: dict(zip(joints, (list(each.numbers(2)) for each in item.items(len(joints))), strict=True))
    )
    return {
        "interface": "position",
        "joints": joints,
        "scale": by_name(entry["scale"], joints),
        "offset": by_name(entry["offset"], joints),
    } | ({} if clip is None else {"clip": clip})


def _read_observations(root: Field, names: tuple[str, ...], actions: tuple[str, ...]) -> dict[str, Any]:
    field = root.at("observations")
    given = field.free_mapping()
    options = {name: given.pop(name, False) for name in ("use_gym_history", "scale_first")}
    for name, value in options.items():
        if not isinstance(value, bool):
            raise field.at(name).refused("true or false")
    terms = [_read_term(field.at(name), name, names, actions, options["scale_first"] is True) for name in given]
    for term in terms:
        if term["name"] == "velocity_command":
            ranges = _command_ranges(root)
            clip = term.get("clip", ranges)
            # Both bound the command.
            for key, (low, high) in ranges.items():
                least, greatest = clip.get(key, (low, high))
                clip[key] = [max(low, least), min(high, greatest)]
            term["clip"] = clip
    if options["use_gym_history"]:
        lengths = {term.pop("history", 1) for term in terms}
        if len(lengths) != 1:
            raise field.refused("one history_length for all terms where use_gym_history is true", f"{sorted(lengths)}")
        return {"terms": terms, "history": lengths.pop()}
    return {"terms": terms}


def _read_term(
    field: Field, name: str, names: tuple[str, ...], actions: tuple[str, ...], is_scaled_first: bool
) -> dict[str, Any]:
    term = known_term(Field(name, field.path, field.file, field.error))
    entry = field.mapping((), ("params", "clip", "scale", "history_length", "scale_first"))
    parts = entries(term["name"], names, actions)
    if term["name"] in ("base_angular_velocity", "projected_gravity"):
        term["source"] = "imu"
    params = entry["params"].optional(Field.free_mapping) or {}
    if params.get("asset_cfg") is not None:
        indices = entry["params"].at("asset_cfg", "joint_ids")
        if indices.value not in (None, list(range(len(names)))):
            raise indices.refused("all joints in their order")
    if params.get("period") is not None:
        term["period"] = entry["params"].at("period").positive()
    scale = entry["scale"].optional(lambda item: by_name(item, parts)) or dict.fromkeys(parts, 1.0)
    if set(scale.values()) != {1.0}:
        term["scale"] = scale
    if entry["clip"].value is not None:
        low, high = entry["clip"].numbers(2)
        is_scaled = is_scaled_first or entry["scale_first"].value is True
        term["clip"] = {
            part: sorted((low / scale[part], high / scale[part])) if is_scaled and scale[part] else [low, high]
            for part in parts
        }
    history = entry["history_length"].optional(lambda item: item.integer(0, 100)) or 1
    return term | ({"history": history} if history > 1 else {})


def _command_ranges(root: Field) -> dict[str, list[float]]:
    ranges = root.at("commands").optional(lambda item: item.at("base_velocity", "ranges"))
    if ranges is None or ranges.value is None:
        return {}
    found = {key: ranges.at(name) for name, key in COMMAND_RANGES.items()}
    return {key: list(item.numbers(2)) for key, item in found.items() if item.value is not None}
