import numpy as np
import pytest

from ant_sim.shaping import landing_costs

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
