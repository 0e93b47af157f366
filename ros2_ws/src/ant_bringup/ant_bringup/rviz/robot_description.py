"""Root link and driven joints of a robot, from its URDF."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

URDF_PATH = Path(__file__).parents[1] / "assets" / "ant" / "ant.urdf"

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class JointAxis:
    """A driven joint.

    Attributes:
        name: of the joint.
        link: child link; the joint is at the origin of its frame.
        axis: unit vector along the joint's axis, in the frame of `link`.
        max_effort: limit of the effort [N m].
    """

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
    links = [link.get("name", "") for link in robot.findall("link")]
    children = {child.get("link", "") for child in robot.findall("joint/child")}
    roots = [link for link in links if link not in children]
    if robot.tag != "robot" or len(roots) != 1:
        raise ValueError(f"{path} is no URDF: expected <robot> with one root link, found <{robot.tag}> with {roots}")
    moving = [joint for joint in robot.findall("joint") if joint.get("type") in ("revolute", "continuous")]
    joints = [_joint(joint, path) for joint in moving]
    return RobotDescription(roots[0], tuple(joint for joint in joints if joint.max_effort > 0.0))


def _joint(element: ET.Element, path: str | Path) -> JointAxis:
    name = element.get("name", "")
    child, axis, limit = element.find("child"), element.find("axis"), element.find("limit")
    try:
        x, y, z = (float(number) for number in (axis.get("xyz", "") if axis is not None else "1 0 0").split())
        max_effort = float(limit.get("effort", "0")) if limit is not None else 0.0
        length = (x * x + y * y + z * z) ** 0.5
        direction = (x / length, y / length, z / length)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{path}: joint '{name}' has no axis or no effort limit that is a number") from None
    return JointAxis(name, child.get("link", "") if child is not None else "", direction, max_effort)
