import shutil
import subprocess

import pytest

from ant_bringup.child_process import command_line, this_machine

NEEDS_SETPRIV = pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed (util-linux)")


def test_module_is_run_with_its_arguments() -> None:
    result = subprocess.run(command_line("json.tool", "--help"), capture_output=True, text=True, check=True)
    assert "json.tool" in result.stdout


@NEEDS_SETPRIV
def test_child_of_somebody_else_does_not_start() -> None:
    """As after the end of the parent, when another process has taken its place."""
    shell = ["sh", "-c", '"$@"; echo "exit code $?"', "sh"]
    result = subprocess.run([*shell, *command_line("json.tool", "--help")], capture_output=True, text=True, check=True)
    assert result.stdout == "exit code 1\n"


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ({}, "LOCALHOST"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}, "LOCALHOST"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET", "FASTRTPS_DEFAULT_PROFILES_FILE": "mine.xml"}, "LOCALHOST"),
        ({"FASTRTPS_DEFAULT_PROFILES_FILE": "config/dds_this_machine.xml"}, "SYSTEM_DEFAULT"),
    ],
)
def test_children_stay_on_this_machine(shell, expected, monkeypatch):
    for name in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "FASTRTPS_DEFAULT_PROFILES_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    assert this_machine() == {"ROS_AUTOMATIC_DISCOVERY_RANGE": expected}
