from functools import partial

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from stable_baselines3.common.buffers import NStepReplayBuffer
from stable_baselines3.common.vec_env import VecNormalize

from ant_policy.card.card import default_card
from ant_policy.observation.feature_registry import FEATURES, features_of
from ant_policy.tasks.jump.symmetry import move_symmetries
from ant_policy.tasks.symmetry import equivariant_maps, symmetries
from ant_policy.training.off_policy.symmetric_replay import SymmetricMovesReplayBuffer, SymmetricReplayBuffer
from ant_policy.training.off_policy.trainer import make_model
from ant_policy.training.pgpe.linear_policies import LinearPolicies
from ant_policy.training.preset import load_preset
from ant_sim.envs.sb3 import AntVecEnv
from ant_sim.envs.vector import CustomAntVectorEnv, DiscreteAntVectorEnv
from ant_sim.physics.simulator import MODEL_PATH

STATES = 10


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_path(str(MODEL_PATH))


@pytest.fixture(params=[name for name in FEATURES if FEATURES[name].task == "jump"])
def features(request):
    return request.param


def see(data, features):
    return features_of(features, np.concatenate([data.qpos[2:], data.qvel]).astype(np.float32))


def in_the_air(model, rng):
    data = mujoco.MjData(model)
    data.qpos[:] = model.qpos0 + rng.normal(0.0, 0.3, model.nq)
    data.qpos[2] = rng.uniform(0.4, 1.5)
    data.qpos[3:7] = rng.normal(0.0, 1.0, 4)
    mujoco.mju_normalize4(data.qpos[3:7])
    data.qvel[:] = rng.normal(0.0, 3.0, model.nv)
    return data


def changed(data, model, number):
    """The state as the symmetry has it, by the places and axes of the model's joints."""
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    matrix = np.linalg.matrix_power(turn, number % 4)
    if number >= 4:
        matrix = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]) @ matrix
    other = mujoco.MjData(model)
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, data.qpos[3:7])
    other.qpos[:3] = matrix @ data.qpos[:3]
    mujoco.mju_mat2Quat(other.qpos[3:7], (matrix @ rotation.reshape(3, 3) @ matrix.T).ravel())
    other.qvel[:3] = matrix @ data.qvel[:3]
    other.qvel[3:6] = np.linalg.det(matrix) * matrix @ data.qvel[3:6]
    joints = [model.joint(j) for j in range(1, model.njnt)]
    for joint in joints:
        kind = joint.name.partition("_")[0]
        place = matrix @ leg_place(model, joint)
        target = next(
            each for each in joints if each.name.startswith(kind) and np.allclose(leg_place(model, each), place)
        )
        sign = round(target.axis @ (np.linalg.det(matrix) * matrix @ joint.axis) / (joint.axis @ joint.axis))
        assert abs(sign) == 1
        other.qpos[target.qposadr] = sign * data.qpos[joint.qposadr]
        other.qvel[target.dofadr] = sign * data.qvel[joint.dofadr]
    return other


def leg_place(model, joint):
    """Start of the thigh of a joint's leg in the torso frame."""
    body = int(model.jnt_bodyid[joint.id])
    while not model.body(body).name.startswith("thigh"):
        body = int(model.body_parentid[body])
    return model.body(body).pos


def test_there_are_eight_and_they_form_a_group(features):
    group = symmetries(features)
    keys = {each.features.tobytes() + each.actions.tobytes() for each in group}
    assert len(keys) == 8
    products = [(a.features @ b.features, a.actions @ b.actions) for a in group for b in group]
    assert {f.astype(np.float32).tobytes() + a.astype(np.float32).tobytes() for f, a in products} == keys


@pytest.mark.parametrize("number", range(8))
def test_changed_robot_goes_on_as_the_robot_does(number, model, features):
    rng = np.random.default_rng(number)
    each = symmetries(features)[number]
    for _ in range(STATES):
        robot = in_the_air(model, rng)
        other = changed(robot, model, number)
        action = rng.uniform(-1.0, 1.0, 8)
        np.testing.assert_allclose(see(other, features), each.features @ see(robot, features), atol=1e-4)
        robot.ctrl[:], other.ctrl[:] = action, each.actions @ action
        mujoco.mj_step(model, robot, 5)
        mujoco.mj_step(model, other, 5)
        np.testing.assert_allclose(see(other, features), each.features @ see(robot, features), atol=1e-2)


def test_actions_are_in_the_order_of_the_actuators(model):
    assert default_card("pgpe").action.joints == tuple(model.actuator(i).name for i in range(model.nu))


def test_symmetric_policies_do_the_changed_action_in_the_changed_state(features):
    policies = LinearPolicies(features, symmetric=True)
    rng = np.random.default_rng(1)
    matrix = policies.matrices(rng.normal(0.0, 1.0, (1, policies.size)).astype(np.float32))[0]
    x = rng.normal(0.0, 1.0, FEATURES[features].size)
    for each in symmetries(features):
        expected = each.actions @ (matrix @ np.append(x, 1.0))
        np.testing.assert_allclose(matrix @ np.append(each.features @ x, 1.0), expected, atol=1e-4)


def test_maps_are_all_that_are_equivariant(features):
    group = symmetries(features)
    size = FEATURES[features].size + 1
    # The mean over the group projects on them, so its trace is their number.
    trace = sum((np.trace(each.features) + 1.0) * np.trace(each.actions) for each in group) / len(group)
    maps = equivariant_maps(features)
    assert maps.shape == (round(trace), 8, size)
    assert np.linalg.matrix_rank(maps.reshape(len(maps), -1)) == len(maps)


def test_buffer_gives_each_transition_as_some_symmetry_has_it():
    spaces = gym.spaces.Box(-np.inf, np.inf, (32,), np.float32), gym.spaces.Box(-1.0, 1.0, (8,), np.float32)
    buffer = SymmetricReplayBuffer(4, *spaces, features="landing")
    rng = np.random.default_rng(1)
    before, after = rng.normal(0.0, 1.0, (2, 1, 32)).astype(np.float32)
    action = rng.uniform(-1.0, 1.0, (1, 8)).astype(np.float32)
    buffer.add(before, after, action, np.array([3.0]), np.array([False]), [{}])
    np.random.seed(1)
    samples = buffer.sample(200)
    group = symmetries("landing")
    seen = set()
    for x, a, y in zip(samples.observations, samples.actions, samples.next_observations, strict=True):
        number = next(i for i, each in enumerate(group) if np.array_equal(each.features @ before[0], x.numpy()))
        assert np.array_equal(group[number].features @ after[0], y.numpy())
        assert np.array_equal(group[number].actions @ action[0], a.numpy())
        seen.add(number)
    assert seen == set(range(8))
    assert (samples.rewards == 3.0).all()


def test_moves_have_one_mirror():
    matrices, becomes = move_symmetries("landing")
    moves, group = np.array(default_card("dqn").action.moves), symmetries("landing")
    assert len(matrices) == 2
    for matrix, numbers in zip(matrices, becomes, strict=True):
        each = next(each for each in group if np.array_equal(each.features, matrix))
        np.testing.assert_array_equal(moves[numbers], moves @ each.actions.T)
    assert becomes.tolist() == [[0, 1, 2, 3, 4], [0, 2, 1, 3, 4]]


def test_buffer_of_moves_gives_each_transition_as_it_is_or_mirrored():
    spaces = gym.spaces.Box(-np.inf, np.inf, (32,), np.float32), gym.spaces.Discrete(5)
    buffer = SymmetricMovesReplayBuffer(4, *spaces, features="landing", n_steps=2, gamma=0.5)
    rng = np.random.default_rng(1)
    before, between, after = rng.normal(0.0, 1.0, (3, 1, 32)).astype(np.float32)
    buffer.add(before, between, np.array([1]), np.array([3.0]), np.array([False]), [{}])
    buffer.add(between, after, np.array([4]), np.array([4.0]), np.array([True]), [{}])
    np.random.seed(1)
    samples = buffer.sample(100)
    matrices, becomes = move_symmetries("landing")
    seen = set()
    for x, a, y, reward in zip(
        samples.observations, samples.actions, samples.next_observations, samples.rewards, strict=True
    ):
        start, number = next(
            (start, number)
            for start in (0, 1)
            for number in (0, 1)
            if np.array_equal(matrices[number] @ (before, between)[start][0], x.numpy())
        )
        assert np.array_equal(matrices[number] @ after[0], y.numpy())
        assert a.item() == becomes[number][(1, 4)[start]]
        assert reward.item() == (3.0 + 0.5 * 4.0, 4.0)[start]
        seen.add((start, number))
    assert len(seen) == 4


def robots(env_type):
    return AntVecEnv(env_type(2, 1), features=partial(features_of, "landing"), num_features=32)


def test_observations_are_mirrored_before_they_are_normalised():
    spaces = gym.spaces.Box(-np.inf, np.inf, (32,), np.float32), gym.spaces.Discrete(5)
    buffer = SymmetricMovesReplayBuffer(4, *spaces, features="landing", n_steps=1, gamma=0.5)
    rng = np.random.default_rng(1)
    mean, before, after = rng.normal(0.0, 1.0, (3, 32)).astype(np.float32)
    buffer.add(before[None], after[None], np.array([1]), np.array([3.0]), np.array([False]), [{}])
    envs = VecNormalize(robots(DiscreteAntVectorEnv), norm_reward=False)
    envs.obs_rms.mean[:] = mean
    np.random.seed(1)
    samples = buffer.sample(50, envs)
    matrices, becomes = move_symmetries("landing")
    expected = {becomes[i][1]: envs.normalize_obs(matrices[i] @ before) for i in (0, 1)}
    assert {move.item() for move in samples.actions} == set(expected)
    for x, move in zip(samples.observations, samples.actions, strict=True):
        np.testing.assert_allclose(x.numpy(), expected[move.item()], atol=1e-6)


def test_trainers_learn_from_the_symmetric_buffers():
    sac = make_model(load_preset("sac", "fast", {"buffer_size": 1000}), robots(CustomAntVectorEnv))
    assert type(sac.replay_buffer) is SymmetricReplayBuffer
    config = load_preset("dqn", "fast", {"buffer_size": 1000, "n_steps": 2, "gamma": 0.5})
    dqn = make_model(config, robots(DiscreteAntVectorEnv))
    assert type(dqn.replay_buffer) is SymmetricMovesReplayBuffer
    assert (dqn.replay_buffer.n_steps, dqn.replay_buffer.gamma) == (2, 0.5)
    config = load_preset("dqn", "fast", {"buffer_size": 1000, "n_steps": 2, "symmetric": False})
    plain = make_model(config, robots(DiscreteAntVectorEnv)).replay_buffer
    assert (type(plain), plain.n_steps) == (NStepReplayBuffer, 2)
