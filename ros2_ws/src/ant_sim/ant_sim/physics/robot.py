"""Description of a robot, read from its MJCF: base link, joints, actuators and the interface that drives them."""

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_sim.physics.gains import make_servos

Floats = NDArray[np.float64]

WORLD = 0
"""Index of the world body, which is also its name in MuJoCo."""

HOME = "home"
"""Keyframe of the initial pose, by a common habit of MuJoCo's models."""

EXPECTED = "expected a motor, position or velocity actuator of one hinge or slide joint"


class Interface(StrEnum):
    """Quantity that the actuators take as command."""

    EFFORT = "effort"
    POSITION = "position"
    VELOCITY = "velocity"


@dataclass(frozen=True)
class Robot:
    """A robot with a free or fixed root, hinge and slide joints.

    Attributes:
        path: its MJCF file.
        name: of the model.
        model: MuJoCo's model.
        root: index of the free or fixed body that carries all others; the world if it moves on a hinge or slide.
        base: index of the base link's body.
        base_link: name of the base link.
        has_free_root: the first joint is free; otherwise the root is fixed to the world.
        base_is_root: pose and twist of the base are those of the free joint.
        joint_names: hinge and slide joints in the order of the model's positions; those without actuator are passive.
        interface: common to all actuators.
        actuator_joints: the joint that each entry of a control vector drives, in actuator order.
        gears: (nu,) actuator order; for motors [N m] or [N] of effort per unit of control.
    """

    path: Path
    name: str
    model: mujoco.MjModel
    root: int
    base: int
    base_link: str
    has_free_root: bool
    base_is_root: bool
    joint_names: tuple[str, ...]
    interface: Interface
    actuator_joints: tuple[str, ...]
    gears: Floats

    @property
    def initial_keyframe(self) -> str:
        """Keyframe in which the robot begins unless another one is asked for: `home`, if the model has it."""
        names = [self.model.key(i).name for i in range(self.model.nkey)]
        return HOME if HOME in names else ""

    def effort_unit(self, joint: str) -> str:
        """Unit of a joint's effort."""
        is_slide = self.model.joint(joint).type[0] == mujoco.mjtJoint.mjJNT_SLIDE
        return "N" if is_slide else "N m"

    @property
    def ctrl_limits(self) -> Floats:
        """Lower and upper limit (2, nu) of the controls, actuator order; MuJoCo clamps to them."""
        model = self.model
        limits = np.where(model.actuator_ctrllimited[:, None], model.actuator_ctrlrange, (-np.inf, np.inf))
        return np.ascontiguousarray(limits.T)

    def max_effort(self, joint: str) -> float:
        """Maximum effort [N m] or [N] of a joint's actuator; infinite without limits, 0 without an actuator."""
        if joint not in self.actuator_joints:
            return 0.0
        model, i = self.model, self.actuator_joints.index(joint)
        limits = [math.inf]
        if model.actuator_ctrllimited[i] and self.interface is Interface.EFFORT:
            limits.append(abs(self.gears[i]) * np.abs(model.actuator_ctrlrange[i]).max())
        if model.actuator_forcelimited[i]:
            limits.append(abs(model.actuator_gear[i, 0]) * np.abs(model.actuator_forcerange[i]).max())
        index = model.actuator_trnid[i, 0]
        if model.jnt_actfrclimited[index]:
            limits.append(np.abs(model.jnt_actfrcrange[index]).max())
        return float(min(limits))


def load_robot(path: Path | str, base_link: str = "", gains: Path | str = "") -> Robot:
    """Read a robot.

    Args:
        path: MJCF file.
        base_link: a body; empty: the root.
        gains: see `make_servos`; empty: the actuators are as in the model.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for an invalid file, or naming a joint, actuator or body that is not supported.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"model '{path}' does not exist; expected an MJCF file")
    try:
        model = mujoco.MjModel.from_xml_path(str(path))
    except ValueError as error:
        raise ValueError(f"model '{path}' cannot be read: {' '.join(str(error).split())}") from error
    try:
        return _read(path, model, base_link, gains)
    except ValueError as error:
        raise ValueError(f"model '{path}': {error}") from error


def _read(path: Path, model: mujoco.MjModel, base_link: str, gains: Path | str) -> Robot:
    if not model.njnt:
        raise ValueError("no joints found; expected hinge or slide joints, with a free or fixed root")
    _check_joints(model)
    interface = _common_interface(model)
    if gains:
        if interface is Interface.VELOCITY:
            raise ValueError(f"gains '{gains}': expected motors or position actuators, found velocity actuators")
        make_servos(model, gains)
        interface = Interface.POSITION
    has_free_root = bool(model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE)
    root = int(model.body_rootid[model.jnt_bodyid[0]])
    if model.body_jntnum[root] and not has_free_root:
        root = WORLD
    base = _find_body(model, base_link) if base_link else root
    return Robot(
        path=path,
        name=model.names.split(b"\0")[0].decode(),
        model=model,
        root=root,
        base=base,
        base_link=model.body(base).name or "base_link",
        has_free_root=has_free_root,
        base_is_root=has_free_root and base == root,
        joint_names=tuple(model.joint(i).name for i in range(int(has_free_root), model.njnt)),
        interface=interface,
        actuator_joints=tuple(model.joint(model.actuator_trnid[i, 0]).name for i in range(model.nu)),
        gears=model.actuator_gear[:, 0] * np.where(model.actuator_biastype == 0, model.actuator_gainprm[:, 0], 1.0),
    )


def _check_joints(model: mujoco.MjModel) -> None:
    for i in range(model.njnt):
        joint, kind = model.joint(i), model.jnt_type[i]
        if kind == mujoco.mjtJoint.mjJNT_FREE:
            if i:
                body = model.body(model.jnt_bodyid[i]).name
                raise ValueError(
                    f"body '{body}' has a free joint '{joint.name}'; expected free motion of the base alone, with its "
                    "free joint the first joint of the model"
                )
        elif kind == mujoco.mjtJoint.mjJNT_BALL:
            raise ValueError(f"joint '{joint.name}' is a ball joint; expected hinge or slide joints")
        elif not joint.name:
            body = model.body(model.jnt_bodyid[i]).name
            raise ValueError(f"a joint of body '{body}' has no name; expected one, as messages go by name")


def _find_body(model: mujoco.MjModel, name: str) -> int:
    names = [model.body(i).name for i in range(model.nbody)]
    if name not in names:
        raise ValueError(f"base_link '{name}' is no body; available: {', '.join(filter(None, names))}")
    return names.index(name)


def _common_interface(model: mujoco.MjModel) -> Interface:
    """Interface of all actuators, which are checked one by one."""
    if not model.nu:
        raise ValueError(f"no actuators found; {EXPECTED}, at least one")
    interfaces = [_interface(model, i) for i in range(model.nu)]
    for i, interface in enumerate(interfaces):
        if interface is not interfaces[0]:
            first, other = model.actuator(0).name, model.actuator(i).name
            raise ValueError(
                f"actuator '{other}' takes {interface} and actuator '{first}' {interfaces[0]}; expected one interface"
            )
        for j in range(i):
            if model.actuator_trnid[i, 0] == model.actuator_trnid[j, 0]:
                joint = model.joint(model.actuator_trnid[i, 0]).name
                names = f"'{model.actuator(j).name}' and '{model.actuator(i).name}'"
                raise ValueError(f"joint '{joint}' has two actuators, {names}; expected one at most")
    return interfaces[0]


def _interface(model: mujoco.MjModel, index: int) -> Interface:
    """Interface of an actuator, by MuJoCo's gain and bias: `force = gain * ctrl + bias`.

    Raises:
        ValueError: for one that is not supported.
    """
    actuator = f"actuator '{model.actuator(index).name}'"
    transmission = mujoco.mjtTrn(model.actuator_trntype[index])
    if transmission not in (mujoco.mjtTrn.mjTRN_JOINT, mujoco.mjtTrn.mjTRN_JOINTINPARENT):
        kind = transmission.name.removeprefix("mjTRN_").lower()
        raise ValueError(f"{actuator} drives a {kind}; {EXPECTED}")
    if model.jnt_type[model.actuator_trnid[index, 0]] == mujoco.mjtJoint.mjJNT_FREE:
        raise ValueError(f"{actuator} drives the free joint; {EXPECTED}")
    if model.actuator_dyntype[index] != mujoco.mjtDyn.mjDYN_NONE or model.actuator_delay[index] > 0.0:
        kind = mujoco.mjtDyn(model.actuator_dyntype[index]).name.removeprefix("mjDYN_").lower()
        raise ValueError(f"{actuator} has a state (dynamics '{kind}', or a delay); {EXPECTED}, without a state")
    gain, (constant, stiffness, damping) = model.actuator_gainprm[index, 0], model.actuator_biasprm[index, :3]
    bias_type = model.actuator_biastype[index]
    if model.actuator_gaintype[index] == mujoco.mjtGain.mjGAIN_FIXED and gain and model.actuator_gear[index, 0]:
        if bias_type == mujoco.mjtBias.mjBIAS_NONE:
            return Interface.EFFORT
        if bias_type == mujoco.mjtBias.mjBIAS_AFFINE and constant == 0.0 and gain > 0.0:
            if stiffness == -gain and damping <= 0.0:
                return Interface.POSITION
            if stiffness == 0.0 and damping == -gain:
                return Interface.VELOCITY
    kinds = (mujoco.mjtGain(model.actuator_gaintype[index]), mujoco.mjtBias(bias_type))
    gains = f"gain {kinds[0].name[7:].lower()} {gain:g}, bias {kinds[1].name[7:].lower()}"
    found = f"{gains} ({constant:g}, {stiffness:g}, {damping:g}), gear {model.actuator_gear[index, 0]:g}"
    raise ValueError(f"{actuator} has {found}; {EXPECTED}")
