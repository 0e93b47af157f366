from dataclasses import replace

import mujoco
import numpy as np
import pytest
import torch

from ant_policy import load_policy
from ant_policy.card.card import Card, default_card
from ant_policy.errors import CardError
from ant_policy.observation.feature_registry import FEATURES, features_of
from ant_policy.observation.frames import to_world
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.mlp import Layer
from ant_policy.tasks.jump.features import (
    FLIGHT_HEIGHT,
    FLIGHT_TRANSITION,
    HIP_LOOKAHEAD,
    INERTIA_RATIO,
    TOUCHDOWN_HEIGHT,
    landing,
    righting,
    torso_frame,
)
from ant_sim.physics.batch import AntBatch

OBSERVATIONS = 200


@pytest.fixture(scope="module")
def observations():
    """Observations (n, 27) float32 of robots that tumble."""
    robots = AntBatch(OBSERVATIONS, 1)
    rng = np.random.default_rng(3)
    for robot in range(OBSERVATIONS):
        robots.reset(robot, rng)
    for _ in range(20):
        robots.step(rng.uniform(-1.0, 1.0, (OBSERVATIONS, 8)))
    return robots.observe().astype(np.float32)


@pytest.fixture(params=[name for name in FEATURES if FEATURES[name].task == "jump"])
def name(request):
    return request.param


def save_linear(folder, features):
    card = default_card("pgpe")
    card = replace(card, observation=replace(card.observation, features=features))
    card.save(folder / "card.yaml")
    weight = np.random.default_rng(1).normal(0.0, 0.1, (8, 27))
    save_npz(folder / card.policy.file, [Layer(weight, np.zeros(8))])
    return folder


@pytest.fixture
def seeing(tmp_path_factory):
    """A policy that sees from the torso."""
    return save_linear(tmp_path_factory.mktemp("seeing"), "torso_frame")


@pytest.fixture
def blind(tmp_path_factory):
    """The same weights on the observation itself."""
    return save_linear(tmp_path_factory.mktemp("blind"), None)


def test_parts_are_what_they_are_called(observations):
    features = torso_frame(observations)
    for x, seen in zip(observations.astype(float), features, strict=True):
        quaternion, velocity_w = x[1:5], x[13:16]
        assert seen[0] == np.float32(x[0])
        assert seen[4] == np.float32(velocity_w[2])
        assert np.array_equal(seen[5:13], np.float32(x[5:13]))
        assert np.array_equal(seen[16:], np.float32(x[16:]))
        # Rotated back, the vertical is the vertical and the velocity that in the world.
        assert to_world(quaternion, seen[1:4]) == pytest.approx((0.0, 0.0, 1.0), abs=1e-5)
        assert to_world(quaternion, seen[13:16]) == pytest.approx(velocity_w, abs=1e-4)


def test_heading_and_sign_of_the_quaternion_change_nothing(observations, name):
    angle = 1.234
    w, x, y, z = observations[:, 1:5].T
    c, s = np.cos(angle / 2), np.sin(angle / 2)
    turned = observations.copy()
    turned[:, 1:5] = -np.stack([c * w - s * z, c * x - s * y, c * y + s * x, c * z + s * w], axis=1)
    v_x, v_y = observations[:, 13], observations[:, 14]
    turned[:, 13] = np.cos(angle) * v_x - np.sin(angle) * v_y
    turned[:, 14] = np.sin(angle) * v_x + np.cos(angle) * v_y
    assert features_of(name, turned) == pytest.approx(features_of(name, observations), abs=1e-3)


def test_one_observation_has_the_features_that_it_has_among_others(observations, name):
    among_others = features_of(name, observations)
    assert among_others.shape == (OBSERVATIONS, FEATURES[name].size)
    assert all(np.array_equal(features_of(name, x), seen) for x, seen in zip(observations, among_others, strict=True))
    assert among_others.dtype == np.float32


def test_tensors_have_the_features_that_arrays_have(observations, name):
    of_tensors = features_of(name, torch.as_tensor(observations), torch)
    np.testing.assert_allclose(of_tensors.numpy(), features_of(name, observations), atol=1e-4)


@pytest.mark.parametrize("spin", [0.0, 2.0])
def test_landing_is_foreseen_in_free_flight(spin):
    """A symmetric top, as the robot is with its legs held, thrown up and turning."""
    model = mujoco.MjModel.from_xml_string(f"""
        <mujoco><option timestep="0.0005"/><worldbody><body><freejoint/>
        <inertial pos="0 0 0" mass="1" diaginertia="0.1 0.1 {0.1 * INERTIA_RATIO}"/>
        </body></worldbody></mujoco>""")
    data = mujoco.MjData(model)
    data.qpos[:] = [0.0, 0.0, 0.8, 0.9, 0.3, -0.3, 0.1]
    mujoco.mju_normalize4(data.qpos[3:])
    data.qvel[:] = [1.0, 0.0, 4.0, 3.0, 1.0, spin]
    thrown = as_observation(data)
    while data.qpos[2] > TOUCHDOWN_HEIGHT:
        mujoco.mj_step(model, data)
    landed = torso_frame(as_observation(data))
    time, speed, x, y, z = landing(thrown)[27:]
    assert time == pytest.approx(data.time, abs=0.002)
    assert speed == pytest.approx(-landed[4], abs=0.01)
    assert z == pytest.approx(landed[3], abs=0.01)
    # The other two have not turned with the top's own spin.
    assert np.hypot(x, y) == pytest.approx(np.hypot(*landed[1:3]), abs=0.01)


def at_height(observations, height):
    moved = observations.astype(float)
    moved[:, 0] = height
    return moved


def test_near_the_ground_righting_is_the_landing_alone(observations):
    low = at_height(observations, FLIGHT_HEIGHT - FLIGHT_TRANSITION)
    expected = np.column_stack([landing(low), np.ones(OBSERVATIONS), np.zeros((OBSERVATIONS, 6))])
    np.testing.assert_allclose(righting(low), expected, atol=1e-9)


def test_between_ground_and_flight_both_are_seen_in_part(observations):
    middle = at_height(observations, FLIGHT_HEIGHT - 0.25 * FLIGHT_TRANSITION)
    seen = righting(middle)
    np.testing.assert_allclose(seen[:, :32], 0.25 * landing(middle))
    np.testing.assert_allclose(seen[:, 32], 0.25)
    np.testing.assert_allclose(seen[:, 35:], 0.75 * (middle[:, 5:13:2] + HIP_LOOKAHEAD * middle[:, 19:27:2]))


def test_righting_tells_what_more_of_a_turn_changes(observations):
    """The same flight with the robot turning a little slower and faster."""
    high = at_height(observations, 4.0)
    seen = righting(high)
    assert not seen[:, :33].any()
    share = 1e-4
    slower, faster = high.copy(), high.copy()
    slower[:, 16:19] *= 1.0 - share
    faster[:, 16:19] *= 1.0 + share
    angular_velocity = high[:, 16:19] * [1.0, 1.0, INERTIA_RATIO]
    angle = np.linalg.norm(angular_velocity, axis=1) * landing(high)[:, 27]
    change = (landing(faster)[:, 31] - landing(slower)[:, 31]) / (2.0 * share * angle)
    np.testing.assert_allclose(seen[:, 33], change, atol=1e-4)
    # Times 1 for an axis of rotation along x, -1 for one along y.
    w_x, w_y = high[:, 16], high[:, 17]
    np.testing.assert_allclose(seen[:, 34], seen[:, 33] * np.cos(2.0 * np.arctan2(w_y, w_x)), atol=1e-4)


def as_observation(data):
    return np.concatenate([data.qpos[2:], np.zeros(8), data.qvel, np.zeros(8)]).astype(np.float32)


def test_card_keeps_its_features(tmp_path, seeing):
    card = Card.load(seeing / "card.yaml")
    assert card.observation.features == "torso_frame"
    card.save(tmp_path / "card.yaml")
    assert Card.load(tmp_path / "card.yaml") == card


def test_network_is_given_the_features(observations, seeing, blind):
    with_features, without = load_policy(seeing), load_policy(blind)
    for x in observations[:20]:
        assert np.array_equal(with_features.act(x), without.act(torso_frame(x)))
        assert not np.array_equal(with_features.act(x), without.act(x))


@pytest.mark.parametrize("value", ["torso", "[]", "1"])
def test_unknown_features_are_refused(tmp_path, value):
    path = tmp_path / "card.yaml"
    default_card("pgpe").save(path)
    text = path.read_text()
    assert "observation:\n" in text
    path.write_text(text.replace("observation:\n", f"observation:\n  features: {value}\n"))
    with pytest.raises(CardError, match=r"field 'observation.features': expected"):
        Card.load(path)


def test_features_of_terms_in_another_order_are_refused(tmp_path, seeing):
    card = Card.load(seeing / "card.yaml")
    path = tmp_path / "card.yaml"
    card.save(path)
    lines = path.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if "base_height" in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    path.write_text("\n".join(lines))
    with pytest.raises(CardError, match=r"field 'observation.features': expected null"):
        Card.load(path)
