"""Pure logic is free of ROS (DESIGN section 2): ruff says so, and says so where it must."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = "ros2_ws/src"


def banned(file: str, statement: str) -> list[str]:
    """What ruff has against an import in a file of that name."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select",
        "TID251",
        "--output-format",
        "concise",
        "--stdin-filename",
    ]
    run = subprocess.run([*command, file, "-"], input=statement, capture_output=True, text=True, cwd=ROOT, check=False)
    return [line for line in run.stdout.splitlines() if "TID251" in line]


@pytest.mark.parametrize("statement", ["import rclpy", "from sensor_msgs.msg import JointState", "import launch"])
@pytest.mark.parametrize("file", ["ant_sim/ant_sim/task.py", "ant_policy/ant_policy/card/card.py"])
def test_pure_logic_may_not_import_ros(file: str, statement: str) -> None:
    assert len(banned(f"{SOURCES}/{file}", statement)) == 1


@pytest.mark.parametrize("file", ["ant_sim/ant_sim/task.py", "ant_policy/ant_policy/card/card.py"])
def test_pure_logic_may_not_import_its_packages_ros_part(file: str) -> None:
    package = file.split("/")[0]
    assert len(banned(f"{SOURCES}/{file}", f"from {package}.ros.messages import to_ns")) == 1


@pytest.mark.parametrize(
    "file",
    ["ant_sim/ant_sim/sim_node.py", "ant_policy/ant_policy/ros/messages.py", "ant_bringup/ant_bringup/markers.py"],
)
def test_nodes_import_ros(file: str) -> None:
    assert banned(f"{SOURCES}/{file}", "import rclpy") == []


def test_every_ros_package_that_is_imported_is_banned_elsewhere() -> None:
    """A new message package would slip into pure logic otherwise."""
    files = [path for path in (ROOT / SOURCES).glob("*/ant_*/**/*.py") if "build" not in path.parts]
    packages = {
        line.split()[1].split(".")[0]
        for path in files
        for line in path.read_text().splitlines()
        if line.startswith(("from ", "import ")) and ("_msgs." in line or "_srvs." in line or "rclpy" in line)
    }
    assert len(packages) > 8
    for package in packages:
        assert banned(f"{SOURCES}/ant_sim/ant_sim/task.py", f"import {package}"), package
