"""Machines that are not like ours: each works, or says in one line what to do."""

import fcntl
import os
import pty
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

import ant_sim

ROOT = Path(__file__).parents[2]
ANOTHER_ROS = "another_ros"
"""In PYTHONPATH: a folder with the rclpy of another Python."""

REFUSED = [
    ({"ROS_DOMAIN_ID": "233"}, "ROS_DOMAIN_ID is '233'; expected a number from 0 to 232"),
    ({"ROS_DOMAIN_ID": "abc"}, "ROS_DOMAIN_ID is 'abc'; expected a number from 0 to 232"),
    ({"HOME": "/proc/nowhere", "ROS_LOG_DIR": ""}, "set ROS_LOG_DIR to a folder that can be written"),
    ({"ROS_LOG_DIR": "/sys"}, "set ROS_LOG_DIR to a folder that can be written"),
    ({"RMW_IMPLEMENTATION": "rmw_none_cpp"}, "RMW_IMPLEMENTATION is 'rmw_none_cpp', which is not installed; unset it"),
    ({"PYTHONPATH": ANOTHER_ROS}, "take it off PYTHONPATH (new shell, `source env.sh` of this workspace)"),
]
WORKING = [
    {"LC_ALL": "tlh_QO.UTF-8"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"TZ": "Mars/Olympus"},
    {"ROS_LOCALHOST_ONLY": "1"},
]
JUMP = ("--policy", "zero", "--real-time-factor", "0", "--seconds", "1")


@pytest.mark.parametrize("name", ["jump", "policy"])
@pytest.mark.parametrize(("environment", "words"), REFUSED)
def test_environment_in_which_ros_cannot_start_is_refused_in_one_line(start, tmp_path, name, environment, words):
    if environment.get("PYTHONPATH") == ANOTHER_ROS:
        other = tmp_path / ANOTHER_ROS
        (other / "rclpy").mkdir(parents=True)
        (other / "rclpy" / "__init__.py").write_text("from rclpy import _rclpy_pybind11")
        environment = {"PYTHONPATH": os.pathsep.join([str(other), os.environ.get("PYTHONPATH", "")])}
    process = start(name, environment=environment)
    assert process.wait() == 2
    (line,) = process.output.splitlines()
    assert line.startswith("error: ")
    assert words in line


@pytest.mark.parametrize("environment", WORKING, ids=str)
def test_jump_works_with_other_locales_time_zones_and_terminals(start, environment):
    jump = start("jump", *JUMP, environment=environment)
    assert jump.wait() == 0
    assert "Traceback" not in jump.output
    assert "control steps" in jump.output


def test_policies_run_without_ros_whatever_is_wrong_with_ros():
    command = [sys.executable, "-m", "ant_policy.evaluate", "zero", "--episodes", "1"]
    environment = os.environ | {"RMW_IMPLEMENTATION": "rmw_none_cpp"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_line_of_a_running_robot_fits_into_a_narrow_terminal(domain):
    """Longer lines would wrap, and each update would leave a line behind."""
    columns = 40
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    environment = os.environ | {"ROS_DOMAIN_ID": str(domain), "TERM": "xterm"}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "ant_bringup.jump", "--policy", "random", "--seconds", "1"]
    with subprocess.Popen(command, env=environment, stdin=child, stdout=child, stderr=subprocess.DEVNULL) as jump:
        os.close(child)
        output = b""
        with suppress(OSError):  # the end of what runs in the terminal
            while part := os.read(parent, 65536):
                output += part
    os.close(parent)
    assert jump.returncode == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.decode())
    lines = [part for line in text.split("\n") for part in line.split("\r")]
    assert len([line for line in lines if "height" in line]) > 3, text
    assert max(map(len, lines)) <= columns, max(lines, key=len)
    assert re.search(r"control steps +. \d+ ", text)


@pytest.mark.parametrize("shared_memory", ["size=64k", "ro", None])
def test_two_nodes_work_without_shared_memory_multicast_and_anything_to_write_to(start, tmp_path, shared_memory):
    own = ["unshare", "--mount", "--net"]
    if subprocess.run([*own, "true"], capture_output=True).returncode:
        pytest.skip("unshare may not make namespaces here")
    read_only = [str(ROOT), str(Path.home())]
    small = f"mount -t tmpfs -o {shared_memory} tmpfs /dev/shm"
    other = shlex.quote(str(tmp_path / "dev"))
    devices = "/dev/null /dev/zero /dev/random /dev/urandom"
    absent = f"mkdir {other}; mount -t tmpfs tmpfs {other}; cp -a {devices} {other}; mount --bind {other} /dev"
    script = [absent if shared_memory is None else small, "ip link set lo up multicast off"]
    script += [f"mount --bind {path} {path}; mount -o remount,bind,ro {path}" for path in map(shlex.quote, read_only)]
    script = ["set -e", *script, 'exec "$@"']
    environment = {"ROS_LOG_DIR": str(tmp_path)}
    sim = start("sim", prefix=(*own, "sh", "-c", "\n".join(script), "sh"), environment=environment)
    sim.wait_for("standing still")
    beside = ("nsenter", f"--target={sim.process.pid}", "--mount", "--net")
    policy = start("policy", policy="zero", prefix=beside, environment=environment)
    sim.wait_for("first command received")
    assert (policy.stop(), sim.stop()) == (0, 0)
    assert "Traceback" not in policy.output + sim.output


def test_env_goes_before_another_active_environment(tmp_path):
    if not Path(sys.prefix, "bin", "activate").exists():
        pytest.skip("this Python is in no virtual environment")
    conda, tree = tmp_path / "conda", tmp_path / "tree"
    (conda / "bin").mkdir(parents=True)
    for name in ("python", "python3"):
        (conda / "bin" / name).write_text("#!/bin/sh\nexit 9\n")
        (conda / "bin" / name).chmod(0o755)
    tree.mkdir()
    (tree / ".venv").symlink_to(sys.prefix)
    (tree / "env.sh").write_text((ROOT / "env.sh").read_text())
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "other")], check=True)
    script = f"""
        set -e
        source {tmp_path}/other/bin/activate
        export CONDA_PREFIX={conda} CONDA_DEFAULT_ENV=base PATH={conda}/bin:$PATH
        source {tree}/env.sh
        exec python -c 'import sys, rclpy; print(sys.prefix)'
    """
    run = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == sys.prefix


@pytest.mark.parametrize("arguments", [("-q", "foo"), ("-p", "max_effort:=[1"), ("-p", "max_effort")], ids=" ".join)
def test_arguments_that_ros_does_not_know_are_refused(start, arguments):
    process = start("policy", "--ros-args", *arguments)
    assert process.wait() == 2
    assert "Traceback" not in process.output
    assert "expected -p NAME:=VALUE" in process.output


def test_few_file_descriptors_are_enough(start):
    limited = start("jump", *JUMP, prefix=("prlimit", "--nofile=256"))
    assert limited.wait() == 0
    assert "control steps" in limited.output


def test_hangup_of_the_terminal_ends_the_robot_cleanly(start):
    jump = start("jump", "--policy", "zero", "--viewer", "none")
    jump.wait_for("first command received")
    assert jump.stop(signal.SIGHUP) == 0
    assert "Summary" in jump.output


def test_paths_with_spaces_and_other_letters_work(start, tmp_path, linear_policy):
    folder = tmp_path / "Läufe und Sprünge"
    policy = shutil.copytree(linear_policy, folder / "Regler 1")
    model = shutil.copy(ant_sim.MODEL_PATH, folder / "Käfer 2.xml")
    bag = folder / "bag 3"
    # Without more, Python takes the locale C as UTF-8.
    options = ("--policy", str(policy), "--model", str(model), "--record", str(bag), "--seconds", "1")
    jump = start("jump", *options, environment={"LC_ALL": "C"})
    assert jump.wait() == 0, jump.output
    assert "first command received" in jump.output
    command = [sys.executable, "-m", "ant_bringup.bag_report", str(bag), "--out", str(folder / "Bericht 4")]
    report = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
    assert report.returncode == 0, report.stderr


def test_nohup_keeps_the_robot_running(start):
    jump = start("jump", "--policy", "zero", prefix=("nohup",))
    jump.wait_for("first command received")
    jump.process.send_signal(signal.SIGHUP)
    assert jump.process.poll() is None
    assert jump.stop() == 0
