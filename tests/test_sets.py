"""Each package runs with what it declares alone, and says in one line what of another set it would need."""

import re
import subprocess
from pathlib import Path

import pytest
from isolated import PACKAGES, build_wheels, environment_of, make_environment

ROOT = Path(__file__).parents[1]
NOT_IN_RUN = ("torch", "stable_baselines3", "evotorch", "ray", "matplotlib", "plotly", "pytest")
FOR_TRAINING = {
    "ant_policy": [
        ["train", "sac", "--out", "run"],
        ["train", "pgpe", "--out", "run"],
        ["evaluate", "zero"],
        ["export", "sac", "--out", "exported/policy.onnx"],
        ["evaluate", "sac", "--picture", "jump.png", "--video", "jump.mp4"],
        ["evaluate", "sac", "dqn", "--robustness"],
        ["evaluate", str(ROOT / "docs" / "runs" / "sac_fast_1"), "--curves", "curves.png"],
    ],
    "ant_bringup": [["bag_report", "bag", "--out", "report"]],
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module", params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def python(package: str, wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the package and its run set."""
    return make_environment(tmp_path_factory.mktemp(package), wheels, package)


def run(python: Path, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    program = [str(python.parent / command[0]), *command[1:]]
    return subprocess.run(
        program, env=environment_of(python), cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def scripts(package: str) -> list[str]:
    text = (ROOT / "ros2_ws" / "src" / package / "setup.py").read_text()
    return re.findall(r'"(\w+) = [\w.]+:main"', text)


def test_environment_holds_nothing_else(package: str, python: Path, tmp_path: Path) -> None:
    others = {
        "ant_policy": ("ant_sim", "ant_bringup", "mujoco", "gymnasium", "rich"),
        "ant_sim": ("ant_bringup", "rich"),
    }
    absent = [*NOT_IN_RUN, *others.get(package, ())]
    code = f"from importlib.util import find_spec; import {package}; print([n for n in {absent!r} if find_spec(n)])"
    done = run(python, ["python", "-c", code], tmp_path)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_every_console_script_answers_help(package: str, python: Path, tmp_path: Path) -> None:
    assert scripts(package)
    for script in scripts(package):
        done = run(python, [script, "--help"], tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), f"{script}: {done.stderr}"
        assert done.stdout.startswith("usage: "), script


def test_commands_of_another_set_are_refused_in_one_line(package: str, python: Path, tmp_path: Path) -> None:
    for command in FOR_TRAINING.get(package, []):
        done = run(python, command, tmp_path)
        assert done.returncode == 2, f"{command}: {done.stdout}{done.stderr}"
        assert re.fullmatch(
            r"error: this needs \w+, which is not installed here: `make setup SET=\w+` in the workspace .*\n",
            done.stderr,
        ), f"{command}: {done.stderr}"
        assert not list(tmp_path.iterdir()), command


def test_sb3_zip_without_torch_is_refused_in_one_line(package: str, python: Path, tmp_path: Path) -> None:
    code = "from ant_policy.policies.loading import ASSETS, load_policy; load_policy(ASSETS / 'sac' / 'policy.zip')"
    done = run(python, ["python", "-c", code], tmp_path)
    last = done.stderr.splitlines()[-1]
    assert "reading an SB3 zip needs torch, which is not installed (make setup SET=train)" in last
    assert "python -m ant_policy.export ZIP --out policy.npz" in last
