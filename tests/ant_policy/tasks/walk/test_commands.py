"""Commands stay within their limits, and training has all kinds of them."""

import numpy as np
import pytest

from ant_policy.tasks.walk.commands import COMMAND_LIMITS, draw_for_training, draw_uniform, is_moving


@pytest.mark.parametrize("draw", [draw_uniform, draw_for_training])
def test_commands_fill_their_limits(draw):
    commands = draw(np.random.default_rng(0), 4000)
    assert commands.shape == (4000, 3)
    assert (np.abs(commands).max(axis=0) <= COMMAND_LIMITS).all()
    assert (np.abs(commands).max(axis=0) > 0.98 * COMMAND_LIMITS).all()
    np.testing.assert_allclose(commands.mean(axis=0), 0.0, atol=0.03)


def test_training_has_standing_and_single_axes():
    commands = draw_for_training(np.random.default_rng(0), 4000)
    axes = np.bincount((commands != 0.0).sum(axis=1), minlength=4) / 4000
    np.testing.assert_allclose(axes, [0.15, 0.25, 0.0, 0.6], atol=0.03)


def test_robot_moves_only_for_a_command_that_is_not_zero():
    assert is_moving(np.array([[0.0, 0.0, 0.0], [0.01, 0.0, -0.01], [0.0, 0.0, 0.3]])).tolist() == [False, False, True]
