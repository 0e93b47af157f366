"""Root link and driven joints of a robot, from its URDF."""

import math
from dataclasses import dataclass
from xml.etree import ElementTree as ET

Vector = tuple[float, float, float]

UNITS = {"revolute": "N m", "continuous": "N m", "prismatic": "N"}
"""Unit of the effort by type of a joint that moves."""


@dataclass(frozen=True)
class JointAxis:
    """A driven joint at the origin of its child `link`; unit `axis` in the link's frame; `max_effort` in `unit`."""

    name: str
    link: str
    axis: Vector
    max_effort: float
    unit: str


@dataclass(frozen=True)
class RobotDescription:
    """Root link and driven joints, in the order of the file."""

    root: str
    joints: tuple[JointAxis, ...]


def parse_urdf(text: str, name: str = "robot_description") -> RobotDescription:
    """Read a URDF.

    Raises:
        ValueError: if it is not a URDF; the message has its `name`, and that of the joint at fault.
    """
    try:
        robot = ET.fromstring(text)
    except ET.ParseError as error:
        raise ValueError(f"{name} is no URDF: {error}") from None
    children = {child.get("link") for child in robot.findall("joint/child")}
    roots = [link for each in robot.findall("link") if (link := each.get("name", "")) not in children]
    if robot.tag != "robot" or len(roots) != 1:
        raise ValueError(f"{name} is no URDF: expected <robot> with one root link, found <{robot.tag}> with {roots}")
    joints = (_joint(joint, name) for joint in robot.findall("joint") if joint.get("type") in UNITS)
    return RobotDescription(roots[0], tuple(joint for joint in joints if joint.max_effort > 0.0))


def _joint(element: ET.Element, source: str) -> JointAxis:
    def attribute(tag: str, key: str, default: str) -> str:
        found = element.find(tag)
        return default if found is None else found.get(key, default)

    name = element.get("name", "")
    try:
        x, y, z = (float(number) for number in attribute("axis", "xyz", "1 0 0").split())
        length = math.hypot(x, y, z)
        max_effort = float(attribute("limit", "effort", "0"))
        axis, unit = (x / length, y / length, z / length), UNITS[element.get("type", "")]
        return JointAxis(name, attribute("child", "link", ""), axis, max_effort, unit)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{source}: joint '{name}' has no axis or no effort limit that is a number") from None
