import numpy as np

from ant_policy.observation.frames import to_world
from ant_sim.physics import frames


def test_policy_side_rotates_with_the_same_bits_as_the_simulator():
    rng = np.random.default_rng(2)
    quaternions = rng.normal(size=(5000, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    vectors = rng.normal(size=(5000, 3)) * 10.0 ** rng.uniform(-3.0, 2.0, (5000, 1))
    for quaternion, vector in zip(quaternions.tolist(), vectors.tolist(), strict=True):
        assert to_world(quaternion, vector) == frames.to_world(frames.rotation_matrix(quaternion), vector)
