"""Servos in place of a model's motors or position actuators, with the gains that a policy was trained with."""

from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np
import yaml

FIELDS = ("stiffness", "damping")
MAX_BYTES = 100_000


def read_gains(path: Path | str) -> dict[str, Mapping[str, float]]:
    """Read `action.stiffness` and `action.damping` of a card.yaml, or of the one in a folder, by joint.

    Units are [N m/rad] and [N m s/rad], for slide joints [N/m] and [N s/m].

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it has no such numbers.
    """
    path = Path(path)
    path = path / "card.yaml" if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(f"gains '{path}' does not exist; expected a policy's card.yaml")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES)
    try:
        card = yaml.safe_load(content)
        action = card["action"]
        gains = {field: {str(name): float(value) for name, value in action[field].items()} for field in FIELDS}
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"gains '{path}': expected numbers in action.stiffness and action.damping by joint") from error
    for field, values in gains.items():
        for joint, value in values.items():
            if not 0.0 <= value < np.inf:
                raise ValueError(
                    f"gains '{path}': action.{field}.{joint} is {value:g}; expected a finite number from 0"
                )
    return dict(gains)


def make_servos(model: mujoco.MjModel, path: Path | str) -> None:
    """Turn all actuators into position servos of their joints: effort = stiffness * error - damping * velocity.

    MuJoCo integrates this at each physics step. The largest effort stays that of the actuator; see MuJoCo's manual on
    actuators of type position.

    Args:
        model: has motors or position actuators of joints.
        path: see `read_gains`; it has all joints that are driven.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it has no such numbers, or a joint is missing.
    """
    gains = read_gains(path)
    for i in range(model.nu):
        joint = model.joint(model.actuator_trnid[i, 0]).name
        for field in FIELDS:
            if joint not in gains[field]:
                found = ", ".join(gains[field]) or "none"
                raise ValueError(
                    f"gains '{path}': action.{field} has no joint '{joint}', which is driven; found {found}"
                )
        is_motor = model.actuator_biastype[i] == mujoco.mjtBias.mjBIAS_NONE
        gear, efforts = model.actuator_gear[i, 0], np.array([-np.inf, np.inf])
        if model.actuator_forcelimited[i]:
            efforts = np.sort(gear * model.actuator_forcerange[i])
        if model.actuator_ctrllimited[i] and is_motor:
            of_control = np.sort(gear * model.actuator_gainprm[i, 0] * model.actuator_ctrlrange[i])
            efforts = np.array([max(efforts[0], of_control[0]), min(efforts[1], of_control[1])])
        model.actuator_forcelimited[i] = np.isfinite(efforts).all()
        model.actuator_forcerange[i] = np.nan_to_num(efforts, posinf=0.0, neginf=0.0)
        model.actuator_ctrllimited[i] &= not is_motor
        model.actuator_ctrlrange[i] = np.sort(model.actuator_ctrlrange[i] / gear)
        model.actuator_gear[i, 0] = 1.0
        stiffness, damping = (gains[field][joint] for field in FIELDS)
        model.actuator_gainprm[i] = 0.0
        model.actuator_gainprm[i, 0] = stiffness
        model.actuator_biastype[i] = mujoco.mjtBias.mjBIAS_AFFINE
        model.actuator_biasprm[i] = 0.0
        model.actuator_biasprm[i, 1:3] = -stiffness, -damping
