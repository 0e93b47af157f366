"""Servos in place of a model's motors or position actuators, with the gains that a policy was trained with."""

from pathlib import Path

import mujoco
import numpy as np
import yaml

FIELDS = ("stiffness", "damping")
MAX_BYTES = 100_000


def read_gains(path: Path | str) -> dict[str, dict[str, float]]:
    """Read `action.stiffness` and `action.damping` of a card.yaml, or of the one in a folder, by joint.

    Units are [N m/rad] and [N m s/rad], for slide joints [N/m] and [N s/m].

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no card with gains; names the field.
    """
    path = Path(path)
    path = path / "card.yaml" if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(f"gains '{path}' does not exist; expected a policy's card.yaml or its folder")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        card = yaml.safe_load(content) if len(content) <= MAX_BYTES else None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        card = None
    action = card.get("action") if isinstance(card, dict) else None
    if not isinstance(action, dict):
        raise ValueError(f"gains '{path}': expected a card.yaml, of at most {MAX_BYTES:,} bytes, with an 'action'")
    gains: dict[str, dict[str, float]] = {}
    for field in FIELDS:
        values = action.get(field)
        if not isinstance(values, dict):
            takes = str(action.get("interface", "nothing"))[:20]
            raise ValueError(
                f"gains '{path}': field 'action.{field}': expected numbers by joint, found none; "
                f"the policy commands {takes}"
            )
        for joint, value in values.items():
            is_good = type(value) in (int, float) and 0.0 <= value < 1e9 and (value or field == "damping")
            if not is_good:
                expected = "a positive number" if field == "stiffness" else "a number of at least 0"
                raise ValueError(
                    f"gains '{path}': field 'action.{field}.{joint}': expected {expected}, found {str(value)[:20]}"
                )
        gains[field] = {str(joint): float(value) for joint, value in values.items()}
    return gains


def make_servos(model: mujoco.MjModel, path: Path | str) -> None:
    """Turn all actuators into position servos of their joints: effort = stiffness * error - damping * velocity.

    A joint's own damping counts towards that of the card. MuJoCo integrates the servos at each physics step; the
    largest effort stays that of the actuator (MuJoCo's XML reference, actuator/position).

    Args:
        model: has motors or position actuators of joints.
        path: see `read_gains`; it has all joints that are driven.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it has no gains, or not those of a joint that is driven.
    """
    gains = read_gains(path)
    for i in range(model.nu):
        joint = model.joint(model.actuator_trnid[i, 0]).name
        for field in FIELDS:
            if joint not in gains[field]:
                found = ", ".join(gains[field])[:200] or "none"
                raise ValueError(f"gains '{path}': field 'action.{field}': expected joint '{joint}', found {found}")
        is_motor = model.actuator_biastype[i] == mujoco.mjtBias.mjBIAS_NONE
        gear, efforts = model.actuator_gear[i, 0], np.array([-np.inf, np.inf])
        if model.actuator_forcelimited[i]:
            efforts = np.sort(gear * model.actuator_forcerange[i])
        if model.actuator_ctrllimited[i] and is_motor:
            efforts = np.clip(np.sort(gear * model.actuator_gainprm[i, 0] * model.actuator_ctrlrange[i]), *efforts)
        model.actuator_forcelimited[i] = np.isfinite(efforts).all()
        model.actuator_forcerange[i] = np.nan_to_num(efforts, posinf=0.0, neginf=0.0)
        model.actuator_ctrllimited[i] &= not is_motor
        model.actuator_ctrlrange[i] = np.sort(model.actuator_ctrlrange[i] / gear)
        model.actuator_gear[i, 0] = 1.0
        passive = model.joint(joint).damping[0]
        stiffness, damping = gains["stiffness"][joint], max(gains["damping"][joint] - passive, 0.0)
        model.actuator_gainprm[i] = 0.0
        model.actuator_gainprm[i, 0] = stiffness
        model.actuator_biastype[i] = mujoco.mjtBias.mjBIAS_AFFINE
        model.actuator_biasprm[i] = 0.0
        model.actuator_biasprm[i, 1:3] = -stiffness, -damping
