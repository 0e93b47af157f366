"""Virtual environments that hold a package and what it declares, nothing else; made without a network."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import cache_from_source
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "ros2_ws" / "src"
PACKAGES = ("ant_sim", "ant_policy", "ant_bringup")
OURS = {canonicalize_name(name) for name in PACKAGES}


def copy_of_the_tree(folder: Path) -> Path:
    """A copy of packages and assets, so that builds leave nothing in this tree; returns its workspace."""
    ignored = shutil.ignore_patterns("*.egg-info", "__pycache__")
    shutil.copytree(SOURCES, folder / "ros2_ws" / "src", symlinks=True, ignore=ignored)
    shutil.copytree(ROOT / "assets", folder / "assets")
    return folder / "ros2_ws"


def build_wheels(folder: Path) -> dict[str, Path]:
    """Wheels of our packages, by name."""
    workspace = copy_of_the_tree(folder / "tree")
    sources = [str(workspace / "src" / name) for name in PACKAGES]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), *sources], check=True, capture_output=True)
    return {wheel.name.split("-")[0]: wheel for wheel in folder.glob("*.whl")}


def make_environment(folder: Path, wheels: dict[str, Path], package: str) -> Path:
    """Install a package with what its setup.py and package.xml ask for to run; returns the environment's Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    names = sorted(_with_ours(wheels, package))
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, *(str(wheels[name]) for name in names)], check=True, capture_output=True)
    found: dict[str, Distribution] = {}
    for name in names:
        for requirement in [*_requirements(wheels[name]), *_ros_packages(name)]:
            _add(requirement, found)
    for each in found.values():
        _link(each, folder)
    return python


def environment_of(python: Path) -> dict[str, str]:
    """Variables in which an isolated Python sees itself alone, and the ROS 2 of the machine where there is one."""
    prefix = python.parents[1]
    ros = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path.startswith("/opt/ros/")]
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONHOME")}
    ament = [path for path in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if path.startswith("/opt/ros/")]
    return kept | {
        "PYTHONPATH": os.pathsep.join(ros),
        "AMENT_PREFIX_PATH": os.pathsep.join([str(prefix), *ament]),
        "PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]]),
    }


def _requirements(wheel: Path) -> list[str]:
    name, version = wheel.name.split("-")[:2]
    with ZipFile(wheel) as archive:
        metadata = message_from_bytes(archive.read(f"{name}-{version}.dist-info/METADATA"))
    return [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]


def _with_ours(wheels: dict[str, Path], package: str) -> set[str]:
    """The package and those of ours that it needs."""
    names = {package}
    for requirement in _requirements(wheels[package]):
        needed = Requirement(requirement).name.replace("-", "_")
        if needed in PACKAGES:
            names |= _with_ours(wheels, needed)
    return names


def _ros_packages(name: str) -> Iterator[str]:
    """The wheels of the ROS packages in package.xml; what has no wheel is not needed to import anything."""
    manifest = ElementTree.parse(SOURCES / name / "package.xml")
    for entry in manifest.iter("exec_depend"):
        ros_name = re.sub(r"_", "-", entry.text or "")
        yield f"ros-jazzy-{ros_name}[fastrtps]" if ros_name == "rclpy" else f"ros-{ros_name}"


def _add(requirement: str, found: dict[str, Distribution], extras: Sequence[str] = ("",)) -> None:
    """Add what a requirement needs, and what that needs in turn, as it is installed here."""
    parsed = Requirement(requirement)
    if parsed.marker is not None and not any(parsed.marker.evaluate({"extra": extra}) for extra in extras):
        return
    name = canonicalize_name(parsed.name)
    key = f"{name}{sorted(parsed.extras)}"
    if name in OURS or key in found:
        return
    try:
        found[key] = distribution(name)
    except PackageNotFoundError:
        assert name.startswith("ros-"), f"{requirement} is declared and not installed here"
        return
    for each in found[key].requires or ():
        _add(each, found, ("", *parsed.extras))


def _link(each: Distribution, folder: Path) -> None:
    """Make a distribution's files, compiled ones too, part of an environment: as links to the same where possible."""
    site = Path(str(each.locate_file("")))
    prefix = site.parents[2]
    for file in each.files or ():
        source = Path(os.path.normpath(site / file))
        if source.suffix == ".pyc" or not source.is_relative_to(prefix):
            continue
        if source.parent == prefix / "bin":  # its first line names the Python that it was installed for
            continue
        compiled = [Path(cache_from_source(source))] if source.suffix == ".py" else []
        for path in filter(Path.is_file, [source, *compiled]):
            _link_file(path, folder / path.relative_to(prefix))


def _link_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
