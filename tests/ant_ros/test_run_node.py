"""The process of a node, in a process of its own."""

import os
import signal
import subprocess
import sys

import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

PROGRAM = """
import sys
from dataclasses import dataclass
from rclpy.node import Node
from ant_ros.config import parameter
from ant_ros.parameters import declare_config
from ant_ros.run_node import run_node

@dataclass(frozen=True)
class Config:
    fails: bool = parameter(False, "fail in a callback")
    colour: str = parameter("red", "of the lamp", choices=("red", "green"))

class Lamp(Node):
    def __init__(self):
        super().__init__("lamp")
        if declare_config(self, Config).fails:
            self.create_timer(0.01, self.fail)
        print("ready", flush=True)

    def fail(self):
        raise ValueError("a bug")

    def destroy_node(self):
        print("going", flush=True)
        sys.stdin.readline()
        super().destroy_node()

sys.exit(run_node("lamp", "A lamp.", Lamp, config=Config))
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    environment = os.environ | {"ROS_DOMAIN_ID": str(os.getpid() % 100 + 1)}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)


def finish(node: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and error output."""
    _, errors = node.communicate("\n", timeout=60)
    return node.returncode, errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_a_node_without_timers(number: int) -> None:
    node = start()
    assert node.stdout.readline() == "ready\n"
    node.send_signal(number)
    assert node.stdout.readline() == "going\n"
    assert finish(node) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_during_the_shutdown_are_ignored(number: int) -> None:
    node = start()
    assert node.stdout.readline() == "ready\n"
    node.send_signal(number)
    assert node.stdout.readline() == "going\n"
    node.stdin.write("\n")
    node.stdin.flush()
    while node.poll() is None:
        node.send_signal(number)
    assert finish(node) == (0, "")


def test_bug_in_a_callback_ends_with_a_traceback_and_code_1() -> None:
    code, errors = finish(start("--ros-args", "-p", "fails:=true"))
    assert code == 1
    assert "Traceback" in errors
    assert errors.endswith("ValueError: a bug\n")


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("colour:=blue", "parameter 'colour' is 'blue'; expected one of: red, green"),
        ("color:=red", "parameter 'color' is unknown; available: fails, colour"),
    ],
)
def test_bad_parameter_is_refused_in_one_line_with_code_2(parameter: str, reason: str) -> None:
    assert finish(start("--ros-args", "-p", parameter)) == (2, f"lamp: error: {reason}\n")
