import numpy as np
import pytest

from ant_sim import MODEL_PATH
from ant_sim.control_loop.clamping import ClampCounter
from ant_sim.control_loop.commands import LIMP, Command
from ant_sim.physics.robot import load_robot


@pytest.fixture
def clamps():
    return ClampCounter(load_robot(MODEL_PATH))


def test_controls_within_their_limits_are_not_clamped(clamps):
    for ctrl in (np.ones(8), -np.ones(8), np.zeros(8)):
        assert clamps.add(Command(ctrl.astype(np.float32))) == ""
    assert clamps.add(LIMP) == ""
    assert clamps.count == 0


def test_first_clamped_command_is_named_and_all_are_counted(clamps):
    ctrl = np.zeros(8, dtype=np.float32)
    ctrl[2] = -2.0
    assert clamps.add(Command(ctrl)) == (
        "control of joint 'hip_1' is -2, clamped to -1 to 1; was the policy trained on other gears or limits?"
    )
    assert [clamps.add(Command(ctrl)) for _ in range(3)] == [""] * 3
    assert clamps.count == 4
