"""Conversion of MJCF to URDF: `python -m ant_sim.urdf > assets/ant/ant.urdf`.

Bodies become links and keep their names; the root link is the floating or fixed body, or `world` if the root moves on a
hinge or slide. URDF (https://wiki.ros.org/urdf/XML) has no armature, no capsules (each becomes a cylinder with two
spheres) and one joint a link (several become a chain of links without mass).
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_sim.broken_pipe import ends_with_its_reader
from ant_sim.physics.robot import WORLD, Robot, load_robot
from ant_sim.physics.shipped import find_model
from ant_sim.physics.simulator import MODEL_PATH

Floats = NDArray[np.float64]
Material = tuple[str, float, float, float, float]
"""Default class of a geom, and its colour; URDF's materials are named after the class."""

UNLIMITED = 1000.0
"""Limit of velocities [rad/s] or [m/s], and of efforts and slides without one in the MJCF: URDF requires limits."""


def urdf_from_mjcf(path: str | Path) -> str:
    """Convert a robot; geoms that are no sphere, capsule, cylinder or box are left out, with a comment.

    Args:
        path: MJCF file of a robot as of `load_robot`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for an invalid file, or for a robot with several roots.
    """
    robot, spec = load_robot(path), mujoco.MjSpec.from_file(str(path))
    spec.compile()  # gives geoms their ids
    return _Converter(robot, spec).convert()


class _Converter:
    def __init__(self, robot: Robot, spec: mujoco.MjSpec) -> None:
        self._robot, self._model, self._spec = robot, robot.model, spec
        model, root = robot.model, robot.root
        self._bodies = [i for i in range(model.nbody) if root in (WORLD, model.body_rootid[i])]
        moving = [i for i in range(model.nbody) if i not in self._bodies and model.body_dofnum[i]]
        if moving:
            raise ValueError(f"body '{model.body(moving[0]).name}' stands in the world; a robot has one root")
        self._classes = {geom.id: geom.classname.name for geom in spec.geoms}
        self._materials: dict[Material, str] = {}
        for geom in range(model.ngeom):
            material = self._material(geom)
            if model.geom_bodyid[geom] in self._bodies and material not in self._materials:
                count = sum(material[0] == other[0] for other in self._materials)
                self._materials[material] = f"{material[0]}_{count + 1}" if count else material[0]

    def _material(self, geom: int) -> Material:
        material = int(self._model.geom_matid[geom])
        rgba = self._model.mat_rgba[material] if material >= 0 else self._model.geom_rgba[geom]
        return self._classes[geom], *rgba.astype(float).round(6).tolist()

    def convert(self) -> str:
        element = Element("robot", name=self._spec.modelname)
        file_name = self._robot.path.name
        element.append(ET.Comment(f" Written by `python -m ant_sim.urdf` from {file_name}: change that one. "))
        for (_, *rgba), name in self._materials.items():
            ET.SubElement(ET.SubElement(element, "material", name=name), "color", rgba=_text(np.array(rgba)))
        for body in self._bodies:
            element.append(self._link(body))
        for body in self._bodies:
            if body != self._robot.root:
                element.extend(self._joints(body))
        ET.indent(element)
        return f'<?xml version="1.0"?>\n{ET.tostring(element, encoding="unicode")}\n'

    def _name(self, body: int) -> str:
        if body == self._robot.base:
            return self._robot.base_link
        return self._model.body(body).name or f"body_{body}"

    def _link(self, body: int) -> Element:
        model = self._model
        link = Element("link", name=self._name(body))
        if model.body_mass[body] > 0.0:
            inertial = ET.SubElement(link, "inertial")
            ET.SubElement(inertial, "origin", xyz=_text(model.body_ipos[body]), rpy="0 0 0")
            ET.SubElement(inertial, "mass", value=_text(model.body_mass[body]))
            axes = _matrix(model.body_iquat[body])
            tensor = axes @ np.diag(model.body_inertia[body]) @ axes.T
            names = {"ixx": (0, 0), "ixy": (0, 1), "ixz": (0, 2), "iyy": (1, 1), "iyz": (1, 2), "izz": (2, 2)}
            ET.SubElement(inertial, "inertia", {name: _text(tensor[at]) for name, at in names.items()})
        first = model.body_geomadr[body]
        geoms = range(first, first + model.body_geomnum[body])
        for kind in ("visual", "collision"):
            for geom in geoms:
                if kind == "collision" and not (model.geom_contype[geom] or model.geom_conaffinity[geom]):
                    continue
                for xyz, rpy, shape in _shapes(model, geom):
                    part = ET.SubElement(link, kind)
                    ET.SubElement(part, "origin", xyz=_text(xyz), rpy=_text(rpy))
                    ET.SubElement(part, "geometry").append(shape)
                    if kind == "visual":
                        ET.SubElement(part, "material", name=self._materials[self._material(geom)])
        for geom in geoms:
            if not _shapes(model, geom):
                kind = mujoco.mjtGeom(model.geom_type[geom]).name.removeprefix("mjGEOM_").lower()
                link.append(ET.Comment(f" geom {geom} ({kind}) is left out "))
        return link

    def _joints(self, body: int) -> Iterator[Element]:
        """Joint to a body's link, or the chain of links and joints that stands for its joints."""
        model, name = self._model, self._name(body)
        parent = self._name(model.body_parentid[body])
        position, rotation = model.body_pos[body].copy(), _matrix(model.body_quat[body])
        first = model.body_jntadr[body]
        joints = range(first, first + model.body_jntnum[body])
        for joint in joints:
            is_hinge = model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_HINGE
            anchor = model.jnt_pos[joint] if is_hinge else np.zeros(3)
            axis, zero = model.jnt_axis[joint], model.qpos0[model.jnt_qposadr[joint]]
            # MuJoCo's pose is that of `qpos0`, URDF's that of position 0.
            position = position + rotation @ (anchor if is_hinge else -zero * axis)
            if is_hinge and zero:
                rotation = rotation @ _rotation(axis, -zero)
            is_last = joint == joints[-1] and not anchor.any()
            child = name if is_last else f"{model.joint(joint).name}_link"
            if not is_last:
                yield Element("link", name=child)
            yield self._joint(joint, parent, child, position, rotation)
            parent, position, rotation = child, -anchor, np.eye(3)
        if parent != name:
            yield _connect(Element("joint", name=f"{name}_mount", type="fixed"), parent, name, position, rotation)

    def _joint(self, index: int, parent: str, child: str, position: Floats, rotation: Floats) -> Element:
        model = self._model
        joint, is_limited = model.joint(index), bool(model.jnt_limited[index])
        is_slide = model.jnt_type[index] == mujoco.mjtJoint.mjJNT_SLIDE
        kind = "prismatic" if is_slide else "revolute" if is_limited else "continuous"
        element = Element("joint", name=joint.name, type=kind)
        _connect(element, parent, child, position, rotation)
        ET.SubElement(element, "axis", xyz=_text(joint.axis))
        lower, upper = joint.range if is_limited else (-UNLIMITED, UNLIMITED)
        limit = {"lower": _text(lower), "upper": _text(upper)} if is_limited or is_slide else {}
        limit |= {"effort": _text(min(self._robot.max_effort(joint.name), UNLIMITED)), "velocity": _text(UNLIMITED)}
        ET.SubElement(element, "limit", limit)
        dof = joint.dofadr[0]
        damping, friction = _text(model.dof_damping[dof]), _text(model.dof_frictionloss[dof])
        ET.SubElement(element, "dynamics", damping=damping, friction=friction)
        return element


def _shapes(model: mujoco.MjModel, geom: int) -> list[tuple[Floats, Floats, Element]]:
    """Position [m], roll, pitch and yaw [rad], and shape of each part of a geom; none if URDF has no such shape."""
    centre, axes, size = model.geom_pos[geom], _matrix(model.geom_quat[geom]), model.geom_size[geom]
    radius, half_length = _text(size[0]), size[1]
    kind = model.geom_type[geom]
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return [(centre, np.zeros(3), Element("sphere", radius=radius))]
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        return [(centre, _roll_pitch_yaw(axes), Element("box", size=_text(2.0 * size)))]
    cylinder = Element("cylinder", radius=radius, length=_text(2.0 * half_length))
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return [(centre, _roll_pitch_yaw(axes), cylinder)]
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        ends = [centre + side * half_length * axes[:, 2] for side in (-1.0, 1.0)]
        spheres = [(end, np.zeros(3), Element("sphere", radius=radius)) for end in ends]
        return [(centre, _roll_pitch_yaw(axes), cylinder), *spheres]
    return []


def _connect(element: Element, parent: str, child: str, position: Floats, rotation: Floats) -> Element:
    ET.SubElement(element, "origin", xyz=_text(position), rpy=_text(_roll_pitch_yaw(rotation)))
    ET.SubElement(element, "parent", link=parent)
    ET.SubElement(element, "child", link=child)
    return element


def _rotation(axis: Floats, angle: float) -> Floats:
    """Rotation matrix (3, 3) about an axis by an angle [rad]."""
    quaternion = np.empty(4)
    mujoco.mju_axisAngle2Quat(quaternion, axis, angle)
    return _matrix(quaternion)


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
    text = "MJCF file, or name of a shipped robot (default: the Ant)"
    parser.add_argument("model", nargs="?", default=str(MODEL_PATH), help=text)
    arguments = parser.parse_args(argv)
    try:
        path = arguments.model if Path(arguments.model).is_file() else find_model(arguments.model)
        print(urdf_from_mjcf(path), end="")
    except ValueError as error:
        print(f"urdf: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
