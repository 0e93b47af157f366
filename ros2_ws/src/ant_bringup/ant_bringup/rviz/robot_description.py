"""Root link and driven joints of a robot, from its URDF."""

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

URDF_PATH = Path(__file__).parents[1] / "assets" / "ant" / "ant.urdf"

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class JointAxis:
    """A driven joint at the origin of its child `link`; unit `axis` in the link's frame; `max_effort` [N m]."""

    name: str
    link: str
    axis: Vector
    max_effort: float


@dataclass(frozen=True)
class RobotDescription:
    """Root link and driven joints, in the order of the file."""

    root: str
    joints: tuple[JointAxis, ...]


def read_urdf(path: str | Path) -> RobotDescription:
    """Read a URDF.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not a URDF; the message names the file, and the joint at fault.
    """
    try:
        robot = ET.parse(path).getroot()
    except ET.ParseError as error:
        raise ValueError(f"{path} is no URDF: {error}") from None
    children = {child.get("link") for child in robot.findall("joint/child")}
    roots = [name for link in robot.findall("link") if (name := link.get("name", "")) not in children]
    if robot.tag != "robot" or len(roots) != 1:
        raise ValueError(f"{path} is no URDF: expected <robot> with one root link, found <{robot.tag}> with {roots}")
    moving = [joint for joint in robot.findall("joint") if joint.get("type") in ("revolute", "continuous")]
    joints = (_joint(joint, path) for joint in moving)
    return RobotDescription(roots[0], tuple(joint for joint in joints if joint.max_effort > 0.0))


def _joint(element: ET.Element, path: str | Path) -> JointAxis:
    def attribute(tag: str, key: str, default: str) -> str:
        found = element.find(tag)
        return default if found is None else found.get(key, default)

    name = element.get("name", "")
    try:
        x, y, z = (float(number) for number in attribute("axis", "xyz", "1 0 0").split())
        length = math.hypot(x, y, z)
        max_effort = float(attribute("limit", "effort", "0"))
        return JointAxis(name, attribute("child", "link", ""), (x / length, y / length, z / length), max_effort)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{path}: joint '{name}' has no axis or no effort limit that is a number") from None
