import numpy as np
import pytest

from ant_sim.envs.shaping import Shaping, fall_risks, landing_costs

LEGS, SIDE, BACK = 0.0, np.pi / 2, np.pi


def observation(fall_speed, tilt):
    x = np.zeros((1, 27))
    x[0, 1:5] = np.cos(tilt / 2), np.sin(tilt / 2), 0.0, 0.0
    x[0, 15] = -fall_speed
    return x


@pytest.mark.parametrize(
    ("before", "after", "tilt", "cost"),
    [
        (10.0, 0.0, BACK, 1.0),
        (10.0, 0.0, LEGS, 0.0),
        (10.0, 0.0, SIDE, 0.5),
        (5.0, 0.0, BACK, 0.25),
        (10.0, -4.0, BACK, 1.0),
        (3.0, 3.5, BACK, 0.0),
        (-6.0, -5.5, BACK, 0.0),
        (90.0, 0.0, BACK, 4.0),
    ],
)
def test_cost_of_a_step(before, after, tilt, cost):
    assert landing_costs(observation(before, tilt), observation(after, tilt)) == pytest.approx([cost], abs=1e-12)


def test_landing_over_two_steps_costs_what_it_costs_in_one():
    parts = [(observation(10.0, BACK), observation(6.0, BACK)), (observation(6.0, BACK), observation(0.0, BACK))]
    assert sum(landing_costs(*part)[0] for part in parts) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("speed", "tilt", "risk"),
    [
        (9.0, BACK, 0.006),
        (13.0, BACK, 0.534),
        (13.0, SIDE, 0.0),
        (17.0, LEGS, 0.0),
        (90.0, BACK, 1.0),
        (-9.0, BACK, 0.0),
    ],
)
def test_risk_of_a_landing(speed, tilt, risk):
    assert fall_risks(observation(speed, tilt), observation(0.0, tilt)) == pytest.approx([risk], abs=1e-4)


def test_risk_is_about_the_share_of_landings_that_ended_an_episode():
    """Counted shares of falls among landings at 12 to 15 m/s, by cosine of the tilt."""
    for cosine, counted in ((-0.965, 0.44), (-0.925, 0.36), (-0.85, 0.11), (-0.7, 0.05), (-0.45, 0.0)):
        tilt = np.arccos(cosine)
        assert fall_risks(observation(13.3, tilt), observation(0.0, tilt)) == pytest.approx([counted], abs=0.1)


def test_shaping_adds_up_what_is_asked_for():
    step = observation(13.0, BACK), observation(0.0, BACK)
    assert Shaping().costs(*step) == pytest.approx([0.0])
    assert Shaping(landing=10.0).costs(*step) == pytest.approx(10.0 * landing_costs(*step))
    both = Shaping(landing=10.0, fall=100.0).costs(*step)
    assert both == pytest.approx(10.0 * landing_costs(*step) + 100.0 * fall_risks(*step))
