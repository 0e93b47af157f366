import mujoco
import numpy as np
import pytest

from ant_sim.physics.frames import rotation_matrix, to_body, to_world

SQRT_HALF = np.sqrt(0.5)


def unit_quaternions(count, seed=0):
    quaternions = np.random.default_rng(seed).normal(size=(count, 4))
    return (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).tolist()


def vectors(count, seed=1):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(count, 3)) * 10.0 ** rng.uniform(-3.0, 2.0, (count, 1))).tolist()


def test_to_body_is_the_inverse_of_to_world():
    for quaternion, vector in zip(unit_quaternions(2000), vectors(2000), strict=True):
        rotation = rotation_matrix(quaternion)
        scale = np.linalg.norm(vector)
        np.testing.assert_allclose(to_body(rotation, to_world(rotation, vector)), vector, rtol=0, atol=1e-14 * scale)
        np.testing.assert_allclose(to_world(rotation, to_body(rotation, vector)), vector, rtol=0, atol=1e-14 * scale)


def test_to_world_rotates_as_mujoco_does():
    expected = np.zeros(3)
    for quaternion, vector in zip(unit_quaternions(2000), vectors(2000), strict=True):
        mujoco.mju_rotVecQuat(expected, np.array(vector), np.array(quaternion))
        np.testing.assert_allclose(to_world(rotation_matrix(quaternion), vector), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("quaternion", "x_axis_w"),
    [
        ((1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
        ((SQRT_HALF, 0.0, 0.0, SQRT_HALF), (0.0, 1.0, 0.0)),
        ((SQRT_HALF, 0.0, SQRT_HALF, 0.0), (0.0, 0.0, -1.0)),
        ((SQRT_HALF, SQRT_HALF, 0.0, 0.0), (1.0, 0.0, 0.0)),
    ],
)
def test_quarter_turns_take_the_body_s_x_axis_where_they_should(quaternion, x_axis_w):
    np.testing.assert_allclose(to_world(rotation_matrix(quaternion), (1.0, 0.0, 0.0)), x_axis_w, atol=1e-15)
