import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import ant_sim  # noqa: F401  (registers the environments)
from ant_sim.envs.single import MOVES, CustomAntEnv, DiscreteAntEnv
from ant_sim.tasks.jump import has_fallen, height_reward

EXPECTED_WARNINGS = ("space minimum value is -infinity", "space maximum value is infinity")


@pytest.fixture
def env():
    return CustomAntEnv()


@pytest.fixture
def discrete_env():
    return DiscreteAntEnv()


def play(env, actions, seed):
    """Observations and rewards of an episode."""
    observations, rewards = [env.reset(seed=seed)[0]], []
    for action in actions:
        observation, reward, *_ = env.step(action)
        observations.append(observation)
        rewards.append(reward)
    return np.array(observations), np.array(rewards)


# What Gymnasium asks for


@pytest.mark.parametrize("env_id", ["CustomAntEnv-v1", "DiscreteAntEnv-v1"])
def test_gymnasium_s_checker_only_notes_the_infinite_bounds(env_id):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(gym.make(env_id).unwrapped, skip_render_check=True)
    notes = [str(warning.message) for warning in caught]
    assert [note for note in notes if not any(text in note for text in EXPECTED_WARNINGS)] == []


@pytest.mark.parametrize(
    ("env_id", "env_type"), [("CustomAntEnv-v1", CustomAntEnv), ("DiscreteAntEnv-v1", DiscreteAntEnv)]
)
def test_id_is_registered(env_id, env_type):
    env = gym.make(env_id)
    assert type(env.unwrapped) is env_type
    assert env.spec.max_episode_steps == 1000  # as Gymnasium's Ant: SB3 and EvoTorch rely on episodes that end


def test_spaces_are_those_of_ant_v4(env, discrete_env):
    assert env.observation_space == gym.spaces.Box(-np.inf, np.inf, (27,), np.float64)
    assert env.action_space == gym.spaces.Box(-1.0, 1.0, (8,), np.float32)
    assert discrete_env.observation_space == env.observation_space
    assert discrete_env.action_space == gym.spaces.Discrete(5)


def test_max_episode_steps_truncates(random_actions):
    env = gym.make("CustomAntEnv-v1", max_episode_steps=7)
    env.reset(seed=0)
    outcomes = [env.step(action)[2:4] for action in random_actions[:7]]
    assert outcomes == [(False, False)] * 6 + [(False, True)]


def test_the_time_limit_can_be_lifted(random_actions):
    env = gym.make("CustomAntEnv-v1", max_episode_steps=-1)
    env.reset(seed=0)
    assert not any(truncated for _, _, _, truncated, _ in map(env.step, np.tile(random_actions, (2, 1))[:1100]))


def test_render_fps_is_the_control_rate(env):
    assert env.metadata["render_fps"] == pytest.approx(1.0 / env.simulator.control_period)


def test_unknown_render_mode_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"render_mode 'video' is unknown; available: human, rgb_array, depth_array"):
        CustomAntEnv(render_mode="video")


def test_missing_model_is_named():
    with pytest.raises(FileNotFoundError, match=r"nowhere\.xml"):
        CustomAntEnv(model_path="nowhere.xml")


# Seeds


def test_same_seed_and_actions_give_the_same_episode(env, random_actions):
    first = play(env, random_actions[:100], seed=11)
    second = play(CustomAntEnv(), random_actions[:100], seed=11)
    third = play(env, random_actions[:100], seed=11)
    for observations, rewards in (second, third):
        np.testing.assert_array_equal(observations, first[0])
        np.testing.assert_array_equal(rewards, first[1])


def test_other_seed_gives_another_episode(env):
    assert not np.array_equal(env.reset(seed=1)[0], env.reset(seed=2)[0])


def test_later_resets_go_on_with_the_generator(env, simulator):
    env.reset(seed=3)
    simulator.reset(3)
    for _ in range(3):
        env.reset()
        simulator.reset()
        np.testing.assert_array_equal(env.simulator.data.qpos, simulator.data.qpos)
        np.testing.assert_array_equal(env.simulator.data.qvel, simulator.data.qvel)


# Observation


def test_observation_is_the_robot_s_state_in_the_order_of_ant_v4(env, random_actions):
    env.reset(seed=0)
    for action in random_actions[:50]:
        observation = env.step(action)[0]
        qpos, qvel = env.simulator.data.qpos, env.simulator.data.qvel
        expected = np.concatenate([qpos[2:], qvel])
        assert observation.shape == expected.shape == (27,)
        velocity = slice(13, 16)
        np.testing.assert_allclose(observation[velocity], expected[velocity], rtol=0, atol=1e-13)
        np.testing.assert_array_equal(np.delete(observation, velocity), np.delete(expected, velocity))


def test_first_observation_has_a_unit_quaternion(env):
    observation, _ = env.reset(seed=0)
    assert np.linalg.norm(observation[1:5]) == pytest.approx(1.0, abs=1e-12)


def test_observations_are_not_views_of_the_simulation(env, random_actions):
    first, _ = env.reset(seed=0)
    copy = first.copy()
    env.step(random_actions[0])
    np.testing.assert_array_equal(first, copy)


# Reward and end


def test_reward_is_that_of_the_height_at_the_end_of_the_step(env, random_actions):
    _, info = env.reset(seed=0)
    assert info == {"torso_height": env.simulator.torso_height}
    rewards = []
    for action in random_actions[:200]:
        observation, reward, _, _, info = env.step(action)
        assert info["torso_height"] == observation[0]
        assert reward == height_reward(observation[0])
        assert reward == sum(value for key, value in info.items() if key.startswith("reward_"))
        assert set(info) == {"torso_height", "reward_height"}
        rewards.append(reward)
    assert 0.0 in rewards
    assert max(rewards) > 0.5


def test_fall_terminates_at_the_first_state_below_0_2_metres(sunken_model):
    env = CustomAntEnv(model_path=sunken_model)
    env.reset(seed=0)
    heights, ends = [], []
    while not ends or not ends[-1]:
        _, _, terminated, truncated, info = env.step(np.zeros(8, dtype=np.float32))
        heights.append(info["torso_height"])
        ends.append(terminated)
        assert not truncated
    assert ends == [has_fallen(height) for height in heights]
    assert heights[-1] < 0.2 <= heights[-2]


# Actions


@pytest.mark.parametrize("action", [np.full(8, np.nan), np.r_[np.zeros(7), np.inf]])
def test_action_that_is_not_finite_is_refused(env, action):
    env.reset(seed=0)
    with pytest.raises(ValueError, match="not finite"):
        env.step(action)


def test_action_of_another_shape_is_refused(env):
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"shape \(7,\), expected \(8,\)"):
        env.step(np.zeros(7))


@pytest.mark.parametrize(
    ("move", "hip_4_to_ankle_1", "hip_2_to_ankle_3"),
    [(0, 0.0, 0.0), (1, 0.5, 0.5), (2, -0.5, -0.5), (3, 0.5, -0.5), (4, -0.5, 0.5)],
)
def test_move_is_a_control_of_the_continuous_environment(env, discrete_env, move, hip_4_to_ankle_1, hip_2_to_ankle_3):
    control = [hip_4_to_ankle_1] * 4 + [hip_2_to_ankle_3] * 4
    np.testing.assert_array_equal(MOVES[move], control)
    env.reset(seed=0)
    discrete_env.reset(seed=0)
    np.testing.assert_array_equal(discrete_env.step(move)[0], env.step(np.float32(control))[0])
    efforts = dict(zip(env.simulator.joint_names, discrete_env.simulator.state().joint_efforts, strict=True))
    first_legs = dict.fromkeys(("hip_4", "ankle_4", "hip_1", "ankle_1"), 300 * hip_4_to_ankle_1)
    last_legs = dict.fromkeys(("hip_2", "ankle_2", "hip_3", "ankle_3"), 300 * hip_2_to_ankle_3)
    assert efforts == first_legs | last_legs


@pytest.mark.parametrize("move", [np.int64(3), np.int32(3), np.array(3)])
def test_move_may_be_any_integer_type(discrete_env, move):
    discrete_env.reset(seed=0)
    expected = discrete_env.step(3)[0]
    discrete_env.reset(seed=0)
    np.testing.assert_array_equal(discrete_env.step(move)[0], expected)


@pytest.mark.parametrize("move", [-1, 5, 1.7, 1.0, np.nan, "1", np.array([1]), MOVES[1]])
def test_unknown_move_is_refused_with_those_there_are(discrete_env, move):
    discrete_env.reset(seed=0)
    with pytest.raises(ValueError, match=r"is unknown; available: 0 to 4"):
        discrete_env.step(move)
