"""`check_parity` as users run it."""

import os
import subprocess
import sys


def check_parity(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ant_bringup.check_parity", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=os.environ)


def test_shipped_policy_equals_the_environment() -> None:
    run = check_parity("sac", "--seed", "3", "--steps", "100")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout == "EQUAL: 101 states and 101 commands, number for number\n"


def test_unknown_policy_is_one_line() -> None:
    run = check_parity("sax")
    assert run.returncode == 2
    assert run.stderr.startswith("error: policy 'sax' is unknown")
    assert run.stderr.count("\n") == 1
