"""Randomised robots differ within the half-ranges, and only where asked."""

import numpy as np
import pytest

from ant_policy.tasks.walk.batch import WalkBatch
from ant_policy.tasks.walk.randomisation import FIELDS, ROBUST, Randomisation

FACTOR_FIELDS = ("body_mass", "geom_friction", "dof_damping", "actuator_gainprm")


def reset(randomisation, robots_per_draw=1):
    robots = WalkBatch(50, 1, randomisation, robots_per_draw)
    robots.reset(np.arange(50), np.random.default_rng(0))
    return robots


@pytest.mark.parametrize(
    ("name", "field"),
    list(zip(FIELDS, FACTOR_FIELDS, strict=True)),
)
def test_factor_multiplies_its_field_alone(name, field):
    robots = reset(Randomisation(**{name: 0.2}))
    nominal = getattr(robots.model, field)
    for other in FACTOR_FIELDS:
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
    robots = reset(Randomisation(stiffness=0.2))
    gain, bias = robots.batch.expand("actuator_gainprm"), robots.batch.expand("actuator_biasprm")
    np.testing.assert_array_equal(gain[:, :, 0], -bias[:, :, 1])


@pytest.mark.parametrize("robots_per_draw", [1, 2, 50])
def test_neighbours_share_a_draw(robots_per_draw):
    robots = reset(ROBUST, robots_per_draw)
    for values in (robots.batch.expand("body_mass"), robots.zero_offset(), robots.batch.bind("qpos")):
        assert len(np.unique(values, axis=0)) == 50 // robots_per_draw
        np.testing.assert_array_equal(values[:robots_per_draw], values[:1].repeat(robots_per_draw, axis=0))


def test_push_changes_the_horizontal_velocity_about_as_often_as_asked():
    robots = WalkBatch(400, 1, Randomisation(push=0.5, push_interval=2.0))
    rng = np.random.default_rng(0)
    robots._push(rng)
    velocities = robots.batch.bind("qvel")
    pushed = np.abs(velocities[:, :2]).max(axis=1) > 0.0
    assert 0 < pushed.sum() < 20
    assert not velocities[:, 2:].any()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mass": 1.0}, "mass is 1.0"),
        ({"friction": -0.1}, "friction is -0.1"),
        ({"push": -1.0}, "push is -1.0"),
        ({"latency": 5}, "latency is 5; expected 0 to 4"),
        ({"push_interval": 0.0}, "push_interval is 0.0"),
        ({"noise": float("nan")}, "noise is nan"),
    ],
)
def test_bad_values_are_refused_by_name(fields, message):
    with pytest.raises(ValueError, match=message):
        Randomisation(**fields)
