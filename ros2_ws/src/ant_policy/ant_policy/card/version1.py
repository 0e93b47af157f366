"""Cards of version 1, which were the Ant's alone, as data of version 2."""

from typing import Any

from ant_policy.card.fields import Field

TERMS = {
    "torso_height": ({"size": 1, "unit": "m", "frame": "odom"}, {"name": "base_height"}),
    "torso_orientation": (
        {"size": 4, "unit": "1", "frame": "odom", "layout": "wxyz"},
        {"name": "base_orientation"},
    ),
    "joint_positions": ({"size": 8, "unit": "rad"}, {"name": "joint_positions"}),
    "torso_linear_velocity": (
        {"size": 3, "unit": "m/s", "frame": "odom"},
        {"name": "base_linear_velocity", "frame": "odom"},
    ),
    "torso_angular_velocity": ({"size": 3, "unit": "rad/s", "frame": "torso"}, {"name": "base_angular_velocity"}),
    "joint_velocities": ({"size": 8, "unit": "rad/s"}, {"name": "joint_velocities"}),
}
"""Fields of each term of version 1, and the term of version 2."""

OUTPUTS = {"sac": "tanh", "dqn": "argmax", "pgpe": "clip", "zero": "none", "random": "none"}
"""By algorithm; an ONNX file of version 1 gave the finished action."""


def upgrade(root: Field) -> dict[str, Any]:
    """Convert.

    Raises:
        CardError: a field that version 2 does not have or has elsewhere is missing or wrong.
    """
    entry = root.mapping(
        ("card_version", "algorithm", "file", "control_period", "observation", "action", "network"),
        ("sb3_file", "envelope", "model", "versions", "training", "returns"),
    )
    observation = entry["observation"].mapping(("joints", "terms"), ("features", "normalisation"))
    action = entry["action"].mapping(("joints", "effort_scale"), ("moves", "exploration_rate"))
    for joints in (observation["joints"], action["joints"]):
        joints.items(8)
    algorithm = entry["algorithm"].choice(*OUTPUTS)
    file, moves = entry["file"].value, action["moves"].value
    is_onnx = isinstance(file, str) and file.endswith(".onnx")
    output = OUTPUTS[algorithm] if not is_onnx or moves is not None else "clip"
    scale = action["effort_scale"]
    if isinstance(scale.value, int | float):
        raise scale.refused("a mapping")
    kept = ("envelope", "model", "versions", "training", "returns")
    return {
        "robot": "ant",
        "base_link": "torso",
        "policy": {
            "algorithm": algorithm,
            "file": file,
            "output": output,
            "network": entry["network"].value,
            "sb3_file": entry["sb3_file"].value,
        },
        "control_period": entry["control_period"].value,
        "joints": {"names": observation["joints"].value},
        "observation": {
            "terms": [_term(item) for item in observation["terms"].items(len(TERMS))],
            "features": observation["features"].value,
            "normalisation": observation["normalisation"].value,
        },
        "action": {
            "interface": "effort",
            "joints": action["joints"].value,
            "scale": scale.value,
            "moves": moves,
            "exploration_rate": action["exploration_rate"].value,
        },
        **{name: entry[name].value for name in kept},
    }


def _term(field: Field) -> dict[str, str]:
    entry = field.mapping(("name", "size", "unit"), ("frame", "layout"))
    said, term = TERMS[entry["name"].choice(*TERMS)]
    for name in ("size", "unit", "frame", "layout"):
        found, expected = entry[name].value, said.get(name)
        if type(found) is not type(expected) or found != expected:
            raise entry[name].refused(f"{expected!r} for {entry['name'].value}")
    return term
