"""The walk ends with a fall and has no reward."""

import numpy as np
import pytest

from ant_sim.tasks.walk import WalkTask


@pytest.mark.parametrize(
    ("height", "tilt", "has_fallen"),
    [
        (0.3, 0.0, False),
        (0.151, 0.0, False),
        (0.149, 0.0, True),
        (0.3, 0.99, False),
        (0.3, 1.01, True),
        (0.3, 3.1, True),
    ],
)
@pytest.mark.parametrize("axis", [(1.0, 0.0), (0.0, 1.0), (0.6, 0.8)])
def test_fall_is_a_low_or_tilted_trunk(floating, height, tilt, axis, has_fallen):
    floating.data.qpos[2] = height
    floating.data.qpos[3:7] = [np.cos(tilt / 2.0), *np.sin(tilt / 2.0) * np.array(axis), 0.0]
    assert WalkTask().step(floating) == (0.0, has_fallen)


def test_heading_is_no_tilt(floating):
    floating.data.qpos[3:7] = [0.0, 0.0, 0.0, 1.0]
    assert WalkTask().step(floating) == (0.0, False)


def test_controls_every_20_ms_without_noise():
    task = WalkTask()
    assert (task.control_period, task.reset_noise, task.publishes_height, task.report()) == (0.02, 0.0, False, {})
