"""The packages find their assets however they are installed."""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from xml.etree import ElementTree

import pytest
from isolated import PACKAGES, ROOT, SOURCES, copy_of_the_tree
from packaging.utils import canonicalize_name

ROS_MODULE = re.compile(r"rclpy|launch|launch_ros|ament_index_python|tf2_ros|\w+_(msgs|srvs|interfaces)")
MODULES = {"tf2_ros": "tf2_ros_py"}
"""ROS package of a module of another name."""
NOT_IMPORTED = {
    "ros2launch": "its command runs the launch files",
    "lifecycle_msgs": "rclpy.lifecycle imports it",
    "rviz2": "the launch file starts it",
    "robot_state_publisher": "the launch file starts it",
    "ros2bag": "the launch file starts it",
    "rosbag2_storage_mcap": "ros2 bag writes MCAP by it",
    "imageio-ffmpeg": "imageio writes MP4 by it",
    "onnx": "torch exports to ONNX by it",
    "onnxscript": "torch exports to ONNX by it",
    "tensorboard": "torch.utils.tensorboard writes by it",
}
"""Packages that are declared and not imported -> why."""
LOOK = """
import ant_sim, ant_policy, ant_bringup, pathlib
from importlib.util import find_spec
from ant_bringup.web.server import FILES, PAGES
from ant_policy.policies.loading import ASSETS, shipped_policies
assert find_spec("ant_sim.ros.messages") and find_spec("ant_policy.ros.messages")
assert ant_sim.MODEL_PATH.is_file(), ant_sim.MODEL_PATH
assert (ant_sim.MODEL_PATH.parents[1] / "quadruped" / "robot.xml").is_file(), ant_sim.MODEL_PATH
assert all((PAGES / name).is_file() for name, _ in FILES.values()), PAGES
assert "sac" in shipped_policies(), ASSETS
ant_policy.load_policy("sac")
from ant_bringup.rviz.robot_description import URDF_PATH
assert URDF_PATH.is_file(), URDF_PATH
print(pathlib.Path(ant_sim.__file__).resolve())
"""


def look(*paths: Path) -> Path:
    """Import all packages from these paths alone; returns where ant_sim was found."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    run = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return Path(run.stdout.strip())


def test_pip_install_carries_the_assets(tmp_path: Path) -> None:
    workspace = copy_of_the_tree(tmp_path)
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    folders = [str(workspace / "src" / package) for package in PACKAGES]
    subprocess.run([*command, "--target", str(target), *folders], check=True, capture_output=True)
    shutil.rmtree(workspace)
    shutil.rmtree(tmp_path / "assets")
    assert look(target).is_relative_to(target)


@pytest.mark.parametrize("options", [[], ["--symlink-install"]], ids=["copied", "symlinked"])
def test_colcon_build_carries_the_assets_launch_and_config_files(options: list[str], tmp_path: Path) -> None:
    workspace = copy_of_the_tree(tmp_path)
    subprocess.run(["colcon", "build", *options], cwd=workspace, check=True, capture_output=True)
    install = workspace / "install"
    if not options:
        shutil.rmtree(workspace / "src")
        shutil.rmtree(workspace / "build")
        shutil.rmtree(tmp_path / "assets")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    paths = [install / package / "lib" / version / "site-packages" for package in PACKAGES]
    if options:
        paths += [workspace / "build" / package for package in PACKAGES]
    assert look(*paths).is_relative_to(workspace)
    share = install / "ant_bringup" / "share" / "ant_bringup"
    assert (share / "launch" / "jump.launch.py").exists()
    assert (share / "launch" / "rviz.launch.py").exists()
    assert (share / "config" / "sim.yaml").exists()
    assert (share / "rviz" / "ant.rviz").read_text() == (ROOT / "assets" / "rviz" / "ant.rviz").read_text()
    assert (share / "urdf" / "ant.urdf").read_text() == (ROOT / "assets" / "ant" / "ant.urdf").read_text()
    assert os.access(install / "ant_sim" / "lib" / "ant_sim" / "sim_node", os.X_OK)


def imported_by(package: str) -> set[str]:
    """Top-level names that a package's modules and launch files import."""
    names: set[str] = set()
    for path in (SOURCES / package).rglob("*.py"):
        if path.name == "setup.py" or "build" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_package_xml_declares_exactly_the_ros_packages_that_are_imported(package: str) -> None:
    imported = {MODULES.get(name, name) for name in imported_by(package) if ROS_MODULE.fullmatch(name)}
    imported |= {name for name in PACKAGES if name in needs(package)}
    manifest = ElementTree.parse(SOURCES / package / "package.xml")
    declared = {entry.text or "" for entry in manifest.iter("exec_depend")}
    declared = {name for name in declared if not name.startswith("python3-")}
    assert imported == declared - (NOT_IMPORTED.keys() - imported)


def needs(package: str) -> set[str]:
    """Distributions that a package's setup.py asks for to run."""
    text = (SOURCES / package / "setup.py").read_text()
    return _names(re.search(r"install_requires=(\[.*?\]),\n", text, re.DOTALL))


def _names(found: re.Match[str] | None) -> set[str]:
    assert found is not None
    return {re.split(r"[\[=]", name)[0] for name in re.findall(r'"([\w\[\]-]+)"', found[1])}


@pytest.mark.parametrize("package", PACKAGES)
def test_setup_declares_exactly_the_distributions_that_are_imported(package: str) -> None:
    text = (SOURCES / package / "setup.py").read_text()
    extras = _names(re.search(r"extras_require=(\{.*?\n    \}|\{.*?\}),\n", text, re.DOTALL))
    test_only = {"hypothesis", "pytest", "pytest-timeout"}
    keys = {"train", "check", "onnx", "test"}
    declared = {canonicalize_name(name) for name in needs(package) | extras - test_only - keys}
    distributions = packages_distributions() | {"mujoco": ["mujoco"]}
    modules = {name for name in imported_by(package) - {package, ""} if not ROS_MODULE.fullmatch(name)}
    imported = {canonicalize_name(distributions[name][0]) for name in modules if name in distributions}
    # ant_ros is in the distribution of ant_policy; an import of ant_sim may be for training alone.
    assert imported - {canonicalize_name(package)} == declared - NOT_IMPORTED.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_has_its_tests(package: str) -> None:
    assert (SOURCES / package / "test").resolve() == ROOT / "tests" / package


def test_colcon_test_runs_the_tests_of_a_package(tmp_path: Path) -> None:
    workspace = ROOT / "ros2_ws"
    bases = {"base-paths": "src", "build-base": "build", "install-base": "install"}
    command = ["colcon", "--log-base", str(tmp_path / "log"), "test", "--packages-select", "ant_sim"]
    command += [item for name, folder in bases.items() for item in (f"--{name}", str(workspace / folder))]
    command += [
        "--test-result-base",
        str(tmp_path),
        "--return-code-on-test-failure",
        "--pytest-args",
        " -k",
        "test_timing",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    results = ElementTree.parse(tmp_path / "ant_sim" / "pytest.xml")
    modules = {case.attrib["classname"].rpartition(".")[2] for case in results.iter("testcase")}
    assert modules == {"test_timing"}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({}, "SYSTEM_DEFAULT dds_this_machine.xml"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}, "SYSTEM_DEFAULT dds_this_machine.xml"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}, "SUBNET none"),
        ({"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}, "LOCALHOST none"),
        ({"FASTRTPS_DEFAULT_PROFILES_FILE": "mine.xml"}, "LOCALHOST mine.xml"),
    ],
)
def test_env_keeps_dds_on_this_machine_without_shared_memory(before: dict[str, str], expected: str) -> None:
    show = 'echo "$ROS_AUTOMATIC_DISCOVERY_RANGE $(basename "${FASTRTPS_DEFAULT_PROFILES_FILE:-none}")"'
    source = f'source "{ROOT}/env.sh"'
    script = f"{source}; {source}; {show}; export ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET; {source}; {show}"
    environment = {"PATH": "/usr/bin:/bin", **before}
    run = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    first, second = run.stdout.splitlines()
    assert first == expected
    assert second in {"SUBNET none", "SUBNET mine.xml"}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_env_can_be_sourced_twice_by_a_strict_shell(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    source = f'. "{ROOT}/env.sh"'
    script = f'set -eu; {source}; {source}; command -v python; echo "$-"; false; echo "went on"'
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    run = subprocess.run(
        [shell, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1, run.stderr
    python, options = run.stdout.splitlines()
    assert python == str(ROOT / ".venv" / "bin" / "python")
    assert {"e", "u"} <= set(options)
    assert run.stderr == ""


def test_env_leaves_the_options_of_a_lenient_shell(tmp_path: Path) -> None:
    script = f'. "{ROOT}/env.sh"; echo "$-"'
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert not {"e", "u"} & set(run.stdout.strip())


def test_sourcing_env_is_quick_to_repeat_and_works_from_any_folder(tmp_path: Path) -> None:
    script = f'source "{ROOT}/env.sh"; one="$PYTHONPATH$PATH$AMENT_PREFIX_PATH"; source "{ROOT}/env.sh"; '
    script += '[ "$one" = "$PYTHONPATH$PATH$AMENT_PREFIX_PATH" ] && command -v python'
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == str(ROOT / ".venv" / "bin" / "python")
