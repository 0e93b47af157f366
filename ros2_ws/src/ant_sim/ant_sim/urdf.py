"""Conversion of MJCF to URDF: `python -m ant_sim.urdf > assets/ant/ant.urdf`.

Bodies become links and keep their names; the floating body is the root link. URDF (https://wiki.ros.org/urdf/XML) has
no armature and no capsules: each becomes a cylinder with two spheres.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_sim.broken_pipe import ends_with_its_reader
from ant_sim.physics.simulator import MODEL_PATH

Floats = NDArray[np.float64]

ANY_VELOCITY = 1000.0
"""Velocity limit [rad/s] of every joint: URDF requires one, and MJCF has none."""


def urdf_from_mjcf(path: str | Path) -> str:
    """Convert a robot.

    Args:
        path: MJCF file with one floating body, hinges with a range, spheres and capsules.

    Raises:
        ValueError: for an invalid file, or for a body, joint or geom that URDF cannot express.
    """
    spec = mujoco.MjSpec.from_file(str(path))
    model = spec.compile()
    classes = {geom.id: geom.classname.name for geom in spec.geoms}
    robot = Element("robot", name=spec.modelname)
    robot.append(ET.Comment(f" Written by `python -m ant_sim.urdf` from {Path(path).name}: change that one. "))
    colours = {classes[geom]: model.geom_rgba[geom] for geom in range(model.ngeom) if model.geom_bodyid[geom]}
    for name, rgba in colours.items():
        ET.SubElement(ET.SubElement(robot, "material", name=name), "color", rgba=_text(rgba.astype(float).round(6)))
    for body in range(1, model.nbody):
        robot.append(_link(model, body, classes))
    for body in range(2, model.nbody):
        robot.append(_joint(model, body))
    ET.indent(robot)
    return f'<?xml version="1.0"?>\n{ET.tostring(robot, encoding="unicode")}\n'


def _link(model: mujoco.MjModel, body: int, classes: dict[int, str]) -> Element:
    link = Element("link", name=model.body(body).name)
    inertial = ET.SubElement(link, "inertial")
    ET.SubElement(inertial, "origin", xyz=_text(model.body_ipos[body]), rpy="0 0 0")
    ET.SubElement(inertial, "mass", value=_text(model.body_mass[body]))
    axes = _matrix(model.body_iquat[body])
    tensor = axes @ np.diag(model.body_inertia[body]) @ axes.T
    names = {"ixx": (0, 0), "ixy": (0, 1), "ixz": (0, 2), "iyy": (1, 1), "iyz": (1, 2), "izz": (2, 2)}
    ET.SubElement(inertial, "inertia", {name: _text(tensor[at]) for name, at in names.items()})
    first = model.body_geomadr[body]
    for kind in ("visual", "collision"):
        for geom in range(first, first + model.body_geomnum[body]):
            for xyz, rpy, shape in _shapes(model, geom):
                part = ET.SubElement(link, kind)
                ET.SubElement(part, "origin", xyz=_text(xyz), rpy=_text(rpy))
                ET.SubElement(part, "geometry").append(shape)
                if kind == "visual":
                    ET.SubElement(part, "material", name=classes[geom])
    return link


def _shapes(model: mujoco.MjModel, geom: int) -> list[tuple[Floats, Floats, Element]]:
    """Position [m], roll, pitch and yaw [rad], and shape of each part of a geom."""
    centre, axes, size = model.geom_pos[geom], _matrix(model.geom_quat[geom]), model.geom_size[geom]
    radius, half_length = _text(size[0]), size[1]
    if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_SPHERE:
        return [(centre, np.zeros(3), Element("sphere", radius=radius))]
    if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_CAPSULE:
        ends = [centre + side * half_length * axes[:, 2] for side in (-1.0, 1.0)]
        cylinder = Element("cylinder", radius=radius, length=_text(2.0 * half_length))
        spheres = [(end, np.zeros(3), Element("sphere", radius=radius)) for end in ends]
        return [(centre, _roll_pitch_yaw(axes), cylinder), *spheres]
    raise ValueError(f"geom '{model.geom(geom).name}' is neither a sphere nor a capsule; nothing else is translated")


def _joint(model: mujoco.MjModel, body: int) -> Element:
    name = model.body(body).name
    if model.body_jntnum[body] > 1:
        raise ValueError(f"body '{name}' has {model.body_jntnum[body]} joints; a link of a URDF has one at most")
    if not model.body_jntnum[body]:
        element = Element("joint", name=f"{name}_mount", type="fixed")
        _add_origin(model, body, element)
        return element
    index = model.body_jntadr[body]
    joint = model.joint(index)
    if joint.type[0] != mujoco.mjtJoint.mjJNT_HINGE or not joint.limited[0] or joint.pos.any():
        raise ValueError(f"joint '{joint.name}' is no hinge with a range at its body's origin")
    element = Element("joint", name=joint.name, type="revolute")
    _add_origin(model, body, element)
    ET.SubElement(element, "axis", xyz=_text(joint.axis))
    lower, upper = joint.range
    limit = {"lower": _text(lower), "upper": _text(upper), "effort": _text(_max_effort(model, index))}
    ET.SubElement(element, "limit", limit | {"velocity": _text(ANY_VELOCITY)})
    ET.SubElement(element, "dynamics", damping=_text(model.dof_damping[joint.dofadr[0]]), friction="0")
    return element


def _add_origin(model: mujoco.MjModel, body: int, element: Element) -> None:
    parent = model.body(model.body_parentid[body]).name
    if parent == "world":
        raise ValueError(f"body '{model.body(body).name}' stands in the world; a robot has one root")
    rpy = _roll_pitch_yaw(_matrix(model.body_quat[body]))
    ET.SubElement(element, "origin", xyz=_text(model.body_pos[body]), rpy=_text(rpy))
    ET.SubElement(element, "parent", link=parent)
    ET.SubElement(element, "child", link=model.body(body).name)


def _max_effort(model: mujoco.MjModel, joint: int) -> float:
    """Maximum effort [N m] of the joint's motor: gear times control range; 0 without a motor."""
    motors = np.flatnonzero(model.actuator_trnid[:, 0] == joint)
    return float(sum(abs(model.actuator_gear[i, 0]) * np.abs(model.actuator_ctrlrange[i]).max() for i in motors))


def _matrix(quaternion: Floats) -> Floats:
    """Rotation matrix (3, 3) of a quaternion (w, x, y, z)."""
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)


def _roll_pitch_yaw(rotation: Floats) -> Floats:
    """Angles [rad] about the fixed x, y and z axes, in this order, as in URDF."""
    pitch = math.atan2(-rotation[2, 0], math.hypot(rotation[0, 0], rotation[1, 0]))
    if math.cos(pitch) < 1e-9:
        return np.array([math.atan2(-rotation[1, 2], rotation[1, 1]), pitch, 0.0])
    roll, yaw = math.atan2(rotation[2, 1], rotation[2, 2]), math.atan2(rotation[1, 0], rotation[0, 0])
    return np.array([roll, pitch, yaw])


def _text(values: float | Floats) -> str:
    """Format numbers to 12 digits, without negative zeros."""
    return " ".join(f"{value + 0.0:.12g}" for value in np.round(np.atleast_1d(values), 15))


@ends_with_its_reader()
def main(argv: Sequence[str] | None = None) -> int:
    """Print the URDF of a robot; returns exit code 0, or 2 for an invalid file."""
    parser = argparse.ArgumentParser(prog="python -m ant_sim.urdf", description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default=str(MODEL_PATH), help="MJCF file (default: the Ant)")
    arguments = parser.parse_args(argv)
    try:
        print(urdf_from_mjcf(arguments.model), end="")
    except ValueError as error:
        print(f"urdf: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
