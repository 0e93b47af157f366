"""Randomised robots differ within the ranges, and only where asked."""

import numpy as np
import pytest

from ant_policy.tasks.walk.batch import PUSH_INTERVAL, ROBUST, WalkBatch
from ant_policy.tasks.walk.robot import CONTROL_PERIOD, FRAME_SKIP
from ant_sim.physics.randomisation import Randomisation

FIELDS = {"mass": "body_mass", "friction": "geom_friction", "damping": "dof_damping", "gear": "actuator_gainprm"}


def reset(randomisation, robots_per_draw=1):
    robots = WalkBatch(50, 1, randomisation, robots_per_draw)
    robots.reset(np.arange(50), np.random.default_rng(0))
    return robots


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
def test_factor_multiplies_its_field_alone(name, field):
    robots = reset(Randomisation(**{name: (0.8, 1.2)}))
    nominal = getattr(robots.model, field)
    for other in FIELDS.values():
        values = robots.batch.expand(other)
        if other != field:
            np.testing.assert_array_equal(values, np.broadcast_to(getattr(robots.model, other), values.shape))
    values = robots.batch.expand(field)
    here = nominal != 0.0
    ratios = values[:, here] / nominal[here]
    assert 0.8 <= ratios.min() < 0.85
    assert 1.15 < ratios.max() <= 1.2
    np.testing.assert_allclose(ratios, ratios[:, :1] * np.ones(here.sum()))


def test_stiffness_keeps_the_servo_without_torque_at_its_target():
    robots = reset(Randomisation(gear=(0.8, 1.2)))
    gain, bias = robots.batch.expand("actuator_gainprm"), robots.batch.expand("actuator_biasprm")
    np.testing.assert_array_equal(gain[:, :, 0], -bias[:, :, 1])


@pytest.mark.parametrize("robots_per_draw", [1, 2, 50])
def test_neighbours_share_a_draw(robots_per_draw):
    robots = reset(ROBUST, robots_per_draw)
    for values in (robots.batch.expand("body_mass"), robots.randomiser.zero_offset, robots.batch.bind("qpos")):
        assert len(np.unique(values, axis=0)) == 50 // robots_per_draw
        np.testing.assert_array_equal(values[:robots_per_draw], values[:1].repeat(robots_per_draw, axis=0))


def test_push_changes_the_horizontal_velocity_about_as_often_as_asked():
    robots = WalkBatch(800, 1, Randomisation(push=0.5))
    rng = np.random.default_rng(0)
    robots._push(rng)
    velocities = robots.batch.bind("qvel")
    pushed = np.abs(velocities[:, :2]).max(axis=1) > 0.0
    assert 0 < pushed.sum() < 5 * 800 * CONTROL_PERIOD / PUSH_INTERVAL
    assert not velocities[:, 2:].any()


def test_encoders_are_off_by_up_to_the_half_range():
    offset = reset(Randomisation(zero_offset=0.02)).randomiser.zero_offset
    assert offset.shape == (50, 12)
    assert 0.019 < np.abs(offset).max() <= 0.02


def test_latency_of_more_than_a_control_period_is_refused():
    with pytest.raises(ValueError, match=r"latency is \(0, 5\); expected at most 4 physics steps"):
        WalkBatch(1, 1, Randomisation(latency=(0, FRAME_SKIP + 1)))
