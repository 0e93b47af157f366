import math

import numpy as np
import pytest

from ant_policy.observation.frames import tilt, to_world
from ant_sim.physics import frames


def test_policy_side_rotates_with_the_same_bits_as_the_simulator():
    rng = np.random.default_rng(2)
    quaternions = rng.normal(size=(5000, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    vectors = rng.normal(size=(5000, 3)) * 10.0 ** rng.uniform(-3.0, 2.0, (5000, 1))
    for quaternion, vector in zip(quaternions.tolist(), vectors.tolist(), strict=True):
        assert to_world(quaternion, vector) == frames.to_world(frames.rotation_matrix(quaternion), vector)


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.5, 3.0])
@pytest.mark.parametrize("heading", [0.0, 2.0])
def test_tilt_is_the_angle_to_the_vertical_at_any_heading(angle, heading):
    c, s, cz, sz = math.cos(angle / 2), math.sin(angle / 2), math.cos(heading / 2), math.sin(heading / 2)
    assert tilt((cz * c, cz * s, sz * s, sz * c)) == pytest.approx(angle, abs=1e-7)


def test_tilt_of_an_orientation_that_is_a_bit_off_unit_norm_is_finite():
    assert tilt((0.0, 1.001, 0.0, 0.0)) == math.pi
