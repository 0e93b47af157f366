"""Commands that print many lines end quietly when their reader has left."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("command", ["ant_sim.demo --episodes 1 --steps 2", "ant_sim.urdf"])
def test_command_whose_reader_has_left_ends_without_a_word(command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        run = subprocess.run(
            [sys.executable, "-m", *command.split()], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writing)
    assert run.stderr == ""
    assert run.returncode == 1
