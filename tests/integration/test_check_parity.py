"""`check_parity` as users run it."""

import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import PATIENCE, child_pids, children, wait_until
from robots import write_walker

from ant_bringup.check_parity import main
from ant_policy.policies.loading import ASSETS
from ant_sim.physics.shipped import find_model


def check_parity(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ant_bringup.check_parity", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=os.environ)


def test_shipped_policy_equals_the_environment() -> None:
    run = check_parity("sac", "--seed", "3", "--steps", "100")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout == "EQUAL: 101 states and 101 commands, bit for bit\n"


@pytest.mark.parametrize("command", [(), ("--cmd-vel", "0.3", "-0.1", "0.2")])
def test_policy_with_a_memory_equals_a_plain_loop(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Histories, the last action and cmd_vel are part of it."""
    folder = write_walker(tmp_path)
    run = check_parity(str(folder), "--model", str(folder / "robot.xml"), "--steps", "60", *command)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout == "EQUAL: 61 states and 61 commands, bit for bit\n"


def test_policy_for_servos_runs_on_motors_with_its_cards_gains(tmp_path: Path) -> None:
    motors = re.sub(r"<position(?= name)", "<motor", find_model("quadruped").read_text())
    motors = re.sub(r'<position (kp="35" inheritrange="1"|forcerange="-([\d.]+) [\d.]+")', as_motor, motors)
    (tmp_path / "robot.xml").write_text(motors)
    robot = "--model", str(tmp_path / "robot.xml"), "--keyframe", "home"
    run = check_parity("walk", *robot, "--steps", "100")
    assert run.returncode == 2
    assert "the policy commands position, the robot takes effort" in run.stderr
    run = check_parity("walk", *robot, "--steps", "100", "--gains", str(ASSETS / "walk"), "--cmd-vel", "0.5", "0", "0")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout == "EQUAL: 101 states and 101 commands, bit for bit\n"


def as_motor(found: re.Match[str]) -> str:
    """A motor that is as strong as the servo."""
    return f'<motor gear="{found[2]}" ctrlrange="-1 1"' if found[2] else "<motor"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sac", "--cmd-vel", "1", "0", "0"], "the policy has no term velocity_command"),
        (["sac", "--model", "MODEL"], "the policy commands effort, the robot takes position"),
        (["FOLDER"], "the policy commands position, the robot takes effort"),
        (["FOLDER", "--model", "MODEL", "--keyframe", "up"], "keyframe 'up' is not in the model"),
        (["FOLDER", "--model", "MODEL", "--task", "dance"], "task 'dance' is unknown"),
        (["FOLDER", "--model", "MODEL", "--base-link", "foot"], "base_link 'foot' is no body"),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path: Path, arguments: list[str], words: str, capsys) -> None:
    folder = write_walker(tmp_path)
    places = {"FOLDER": str(folder), "MODEL": str(folder / "robot.xml")}
    assert main([places.get(each, each) for each in arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error


def test_unknown_policy_is_one_line() -> None:
    run = check_parity("sax")
    assert run.returncode == 2
    assert run.stderr.startswith("error: policy 'sax' is unknown")
    assert run.stderr.count("\n") == 1


def test_nodes_end_with_a_check_that_is_killed(start) -> None:
    check = start("check_parity", "sac", "--steps", "1000000")

    def nodes_run() -> bool:
        """Python has begun with them; before, a child has the name of its parent, then that of what starts it."""
        commands = [Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in child_pids(check)]
        return [words[1:3] for words in commands] == [["-m", "ant_policy.policy_node"], ["-m", "ant_sim.sim_node"]]

    wait_until(nodes_run, "two nodes")
    with children(check) as nodes:
        check.stop(signal.SIGKILL)
        for node in nodes:
            assert select.select([node], [], [], PATIENCE)[0], "a node goes on"
