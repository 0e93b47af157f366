"""Machines that are not like ours: each works, or says in one line what to do."""

import signal
import subprocess
import sys

import pytest

REFUSED = [
    ({"ROS_DOMAIN_ID": "233"}, "ROS_DOMAIN_ID is '233'; expected a number from 0 to 232"),
    ({"ROS_DOMAIN_ID": "abc"}, "ROS_DOMAIN_ID is 'abc'; expected a number from 0 to 232"),
    ({"HOME": "/proc/nowhere", "ROS_LOG_DIR": ""}, "set ROS_LOG_DIR to a folder that can be written"),
]
WORKING = [
    {"LC_ALL": "tlh_QO.UTF-8"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"TZ": "Mars/Olympus"},
    {"TERM": "dumb", "COLUMNS": "40"},
    {"ROS_LOCALHOST_ONLY": "1"},
]
JUMP = ("--policy", "zero", "--real-time-factor", "0", "--seconds", "1")


@pytest.mark.parametrize("name", ["jump", "sim", "policy", "recorder"])
@pytest.mark.parametrize(("environment", "words"), REFUSED)
def test_environment_in_which_ros_cannot_start_is_refused_in_one_line(start, tmp_path, name, environment, words):
    arguments = [str(tmp_path / "bag")] if name == "recorder" else []
    process = start(name, *arguments, environment=environment)
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


def test_paths_with_spaces_and_other_letters_work(start, tmp_path):
    bag = tmp_path / "Läufe und Sprünge"
    jump = start("jump", *JUMP, "--record", str(bag))
    assert jump.wait() == 0
    report = subprocess.run(
        [sys.executable, "-m", "ant_bringup.bag_report", str(bag), "--out", str(tmp_path / "Bericht 1")],
        capture_output=True,
        text=True,
    )
    assert report.returncode == 0, report.stderr


def test_nohup_keeps_the_robot_running(start):
    jump = start("jump", "--policy", "zero", prefix=("nohup",))
    jump.wait_for("first command received")
    jump.process.send_signal(signal.SIGHUP)
    assert jump.process.poll() is None
    assert jump.stop() == 0
