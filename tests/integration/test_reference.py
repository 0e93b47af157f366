"""The documentation says what the nodes declare."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def check(docs: Path, domain: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(docs / "reference"), "--check"]
    environment = os.environ | {"ROS_DOMAIN_ID": str(domain)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_tables_are_those_of_the_nodes(domain: int) -> None:
    result = check(DOCS, domain)
    assert result.returncode == 0, f"run `make reference`:\n{result.stdout}{result.stderr}"


def test_difference_is_found(domain: int, tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    for name in ("ros2_ws", "Makefile"):
        (tmp_path / name).symlink_to(DOCS.parent / name)
    page = tmp_path / "docs" / "interface.md"
    text = page.read_text()
    assert text.count("std_msgs/Bool | `sim_node`, `fake_driver`") == 1
    page.write_text(text.replace("std_msgs/Bool | `sim_node`, `fake_driver`", "std_msgs/Bool | `sim_node`"))
    result = check(tmp_path / "docs", domain)
    assert result.returncode == 1
    assert "+| `e_stop_active`" in result.stdout
