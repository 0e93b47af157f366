"""Import contracts (pyproject.toml, import-linter) hold, and break where they must."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "ros2_ws" / "src"
MAX_MODULES = 12


def lint(sources: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    paths = [sources / name for name in ("ant_policy", "ant_sim", "ant_bringup")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, paths), os.environ.get("PYTHONPATH", "")])}
    command = ["lint-imports", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("file", "statement", "contract"),
    [
        ("ant_policy/ant_policy/control/limits.py", "import rclpy", "Nothing that decides or computes knows ROS"),
        ("ant_sim/ant_sim/tasks/jump.py", "import sensor_msgs.msg", "Nothing that decides or computes knows ROS"),
        ("ant_policy/ant_policy/control/config.py", "import ant_ros.qos", "Nothing that decides or computes knows ROS"),
        ("ant_policy/ant_ros/qos.py", "import ant_policy.errors", "What all nodes share knows neither"),
        ("ant_policy/ant_policy/policies/mlp.py", "import torch", "The policy's runtime knows no simulator"),
        ("ant_policy/ant_policy/card/card.py", "import ant_sim", "The policy's runtime knows no simulator"),
        ("ant_sim/ant_sim/physics/batch.py", "import ant_policy.card.card", "The simulator knows no policy"),
        ("ant_policy/ant_policy/card/parts.py", "import ant_policy.policies.loading", "Layers of the policy package"),
        ("ant_policy/ant_policy/card/makers/draft.py", "import gymnasium", "The policy's runtime knows no simulator"),
        ("ant_sim/ant_sim/physics/batch.py", "import ant_sim.envs.single", "Layers of the simulator package"),
    ],
)
def test_forbidden_import_breaks_its_contract(file: str, statement: str, contract: str, tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path / "src", symlinks=True, ignore=shutil.ignore_patterns("*.egg-info"))
    path = tmp_path / "src" / file
    path.write_text(f"{path.read_text()}\n{statement}\n")
    run = lint(tmp_path / "src", tmp_path)
    assert run.returncode == 1, run.stdout + run.stderr
    broken = [line for line in run.stdout.splitlines() if "BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), run.stdout


def test_contracts_hold(tmp_path: Path) -> None:
    run = lint(SOURCES, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_folder_has_too_many_modules() -> None:
    files = [path for path in SOURCES.glob("*/ant_*/**/*.py") if "build" not in path.parts]
    crowded = {str(folder): count for folder, count in Counter(path.parent for path in files).items()}
    assert len(crowded) > 15
    assert not {folder: count for folder, count in crowded.items() if count > MAX_MODULES}
