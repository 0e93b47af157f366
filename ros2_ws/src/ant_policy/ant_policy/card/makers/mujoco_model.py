"""Joints and actuators of a MuJoCo model; MuJoCo itself is not imported."""

from __future__ import annotations

from typing import Any

from ant_policy.errors import PolicyError

FREE, BALL, SLIDE, HINGE = range(4)
"""MuJoCo's kinds of joints."""


def joints_of(model: Any, kind: int) -> list[int]:
    """Indices of the joints of a kind."""
    return [index for index in range(model.njnt) if int(model.jnt_type[index]) == kind]


def joint_names(model: Any, env: str) -> tuple[str, ...]:
    """Names of the hinge and slide joints of a model.

    Raises:
        PolicyError: it has several free joints, a ball joint or a joint without a name.
    """
    if len(joints_of(model, FREE)) > 1:
        names = ", ".join(model.joint(index).name or str(index) for index in joints_of(model, FREE))
        raise PolicyError(f"environment {env}: expected one free joint at most, found {names}")
    joints = []
    for index in range(model.njnt):
        joint = model.joint(index).name
        if int(model.jnt_type[index]) == BALL:
            raise PolicyError(f"environment {env}: ball joint {joint or index!r}: expected hinge and slide joints")
        if int(model.jnt_type[index]) != FREE:
            if not joint:
                raise PolicyError(f"environment {env}: expected names of all joints, found none for joint {index}")
            joints.append(joint)
    return tuple(joints)


def read_actuators(model: Any, env: str) -> dict[str, Any]:
    """Read the actuators of a model.

    Returns:
        A card's `action` for the controls in their order: scale is the command for one unit of control.

    Raises:
        PolicyError: one is no motor, position or velocity actuator of one joint, or they are of several kinds.
    """
    kinds, scale, clip, stiffness, damping = set(), {}, {}, {}, {}
    for index in range(model.nu):
        place = f"environment {env}: actuator {model.actuator(index).name or index!r}"
        joint = model.joint(model.actuator_trnid[index, 0]).name if int(model.actuator_trntype[index]) in (0, 1) else ""
        if not joint or int(model.jnt_type[model.actuator_trnid[index, 0]]) not in (SLIDE, HINGE):
            raise PolicyError(f"{place}: expected one that drives a hinge or slide joint")
        if joint in scale:
            raise PolicyError(f"{place}: expected one actuator for each joint, found a second for {joint!r}")
        gear, bias = float(model.actuator_gear[index, 0]), [float(value) for value in model.actuator_biasprm[index, :3]]
        force = float(model.actuator_gainprm[index, 0])
        is_affine, is_plain = int(model.actuator_biastype[index]) == 1, not int(model.actuator_dyntype[index])
        kp, kv = (-bias[1], -bias[2]) if is_affine else (0.0, 0.0)
        kind = "position" if kp else "velocity" if kv else "effort"
        is_known = int(model.actuator_gaintype[index]) == 0 and int(model.actuator_biastype[index]) in (0, 1)
        if not (is_plain and is_known) or (is_affine and bias[0]) or min(kp, kv) < 0.0 or not gear or not force:
            raise PolicyError(f"{place}: expected a motor, position or velocity actuator")
        kinds.add(kind)
        scale[joint] = {
            "effort": gear * force,
            "position": force / (kp * gear or 1.0),
            "velocity": force / (kv * gear or 1.0),
        }[kind]
        stiffness[joint], damping[joint] = kp * gear**2, kv * gear**2
        if kind == "effort" and model.actuator_forcelimited[index]:
            clip[joint] = sorted(float(value) * gear for value in model.actuator_forcerange[index])
    if len(kinds) != 1:
        raise PolicyError(
            f"environment {env}: expected actuators of one kind, found {', '.join(sorted(kinds)) or 'none'}"
        )
    (interface,) = kinds
    action: dict[str, Any] = {"interface": interface, "joints": list(scale), "scale": scale}
    by_joint = {
        "clip": clip,
        "stiffness": stiffness if interface == "position" else {},
        "damping": damping if interface != "effort" else {},
    }
    return action | {name: values for name, values in by_joint.items() if values}
