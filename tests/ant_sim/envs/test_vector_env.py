import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from ant_sim.envs.sb3 import AntVecEnv
from ant_sim.envs.single import MOVES
from ant_sim.envs.vector import CustomAntVectorEnv, DiscreteAntVectorEnv


def test_make_vec_picks_the_native_batch():
    envs = gym.make_vec("CustomAntEnv-v1", num_envs=3, num_threads=1, max_episode_steps=7)
    assert isinstance(envs.unwrapped, CustomAntVectorEnv)
    assert envs.observation_space.shape == (3, 27)
    assert envs.action_space.shape == (3, 8)
    discrete = gym.make_vec("DiscreteAntEnv-v1", num_envs=2)
    assert isinstance(discrete.unwrapped, DiscreteAntVectorEnv)
    assert discrete.single_action_space.n == len(MOVES)


@pytest.mark.parametrize("num_threads", [1, 2, 3])
def test_each_environment_has_the_single_ones_trajectory(num_threads):
    seeds, steps = [3, 11, 3, 70], 30
    envs = CustomAntVectorEnv(len(seeds), num_threads=num_threads, max_episode_steps=steps)
    singles = [gym.make("CustomAntEnv-v1", max_episode_steps=steps) for _ in seeds]
    observations, _ = envs.reset(seed=seeds)
    expected = [env.reset(seed=seed)[0] for env, seed in zip(singles, seeds, strict=True)]
    rng = np.random.default_rng(0)
    for step in range(1, 3 * steps):
        assert np.array_equal(observations, expected)
        actions = rng.uniform(-1, 1, (len(seeds), 8)).astype(np.float32)
        observations, rewards, terminated, truncated, infos = envs.step(actions)
        for i, env in enumerate(singles):
            expected[i], reward, ended, cut, info = env.step(actions[i])
            assert (rewards[i], terminated[i], truncated[i]) == (reward, ended, cut)
            assert cut == (step % steps == 0)
            if ended or cut:
                assert np.array_equal(infos["final_obs"][i], expected[i])
                assert infos["final_info"]["torso_height"][i] == info["torso_height"]
                expected[i], _ = env.reset()
            else:
                assert infos["torso_height"][i] == info["torso_height"]


def test_ends_of_some_are_told_as_by_gymnasium_itself(monkeypatch):
    """Falls below 0.2 m are rare: here they begin at 0.4 m."""
    for module in ("tasks.jump", "envs.vector"):
        monkeypatch.setattr(f"ant_sim.{module}.FALL_HEIGHT", 0.4)
    count, steps = 6, 40
    singles = SyncVectorEnv(
        [lambda: gym.make("CustomAntEnv-v1", max_episode_steps=steps)] * count, autoreset_mode=AutoresetMode.SAME_STEP
    )
    envs = CustomAntVectorEnv(count, max_episode_steps=steps)
    np.testing.assert_array_equal(envs.reset(seed=2)[0], singles.reset(seed=2)[0])
    rng = np.random.default_rng(0)
    fallen = 0
    for _ in range(150):
        actions = rng.uniform(-1, 1, (count, 8)).astype(np.float32)
        *found, infos = envs.step(actions)
        *expected, expected_infos = singles.step(actions)
        np.testing.assert_equal(found, expected)
        for each in (infos, expected_infos):
            each["final_obs"] = list(each.get("final_obs", []))
        # Masks are given where an episode ended.
        told = [name for name in expected_infos if not name.startswith("_") or name in infos]
        np.testing.assert_equal({name: infos[name] for name in told}, {name: expected_infos[name] for name in told})
        fallen += 0 < found[2].sum() < count
    assert fallen > 3


def test_number_as_seed_counts_on_from_environment_to_environment():
    envs = CustomAntVectorEnv(3)
    counted, _ = envs.reset(seed=5)
    listed, _ = envs.reset(seed=[5, 6, 7])
    assert np.array_equal(counted, listed)
    continued, _ = envs.reset()
    assert not np.array_equal(continued, listed)
    kept, _ = envs.reset(seed=[5, None, 7])
    assert np.array_equal(kept[[0, 2]], listed[[0, 2]])
    assert not np.array_equal(kept[1], listed[1])


def test_observations_are_not_live_views():
    envs = CustomAntVectorEnv(2)
    first, _ = envs.reset(seed=0)
    before = first.copy()
    second, *_ = envs.step(np.ones((2, 8), dtype=np.float32))
    assert np.array_equal(first, before)
    assert not np.shares_memory(first, second)


def test_discrete_moves_are_the_continuous_ones():
    moves = DiscreteAntVectorEnv(5)
    controls = CustomAntVectorEnv(5)
    moves.reset(seed=1)
    controls.reset(seed=1)
    for _ in range(5):
        assert np.array_equal(moves.step(np.arange(5))[0], controls.step(MOVES)[0])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: CustomAntVectorEnv(0), "num_envs is 0"),
        (lambda: CustomAntVectorEnv(2, max_episode_steps=0), "max_episode_steps 0"),
        (lambda: CustomAntVectorEnv(2).reset(seed=[1]), "1 seeds for 2"),
        (lambda: CustomAntVectorEnv(2).step(np.zeros((2, 7))), r"\(2, 7\)"),
        (lambda: CustomAntVectorEnv(2).step(np.array([[0.0] * 8, [np.nan] * 8])), "robot 1"),
        (lambda: DiscreteAntVectorEnv(2).step([0, 5]), "0 to 4"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()


def test_sb3_sees_the_same_steps_with_terminal_observations_and_unscaled_returns():
    steps = 12
    envs = AntVecEnv(CustomAntVectorEnv(2, max_episode_steps=steps), reward_scale=0.1)
    envs.seed(4)
    observations = envs.reset()
    single = gym.make("CustomAntEnv-v1", max_episode_steps=steps)
    expected, _ = single.reset(seed=4)
    assert observations.dtype == np.float32
    total = 0.0
    for step in range(1, steps + 1):
        assert np.array_equal(observations[0], expected.astype(np.float32))
        action = np.full((2, 8), 0.3, dtype=np.float32)
        observations, rewards, done, infos = envs.step(action)
        expected, reward, *_ = single.step(action[0])
        total += reward
        assert rewards[0] == np.float32(0.1 * reward)
        assert done[0] == (step == steps)
    assert infos[0]["TimeLimit.truncated"] is True
    assert np.array_equal(infos[0]["terminal_observation"], expected.astype(np.float32))
    assert infos[0]["episode"] == {"r": pytest.approx(total), "l": steps}
    assert np.array_equal(observations[0], single.reset()[0].astype(np.float32))


def test_environments_go_on_from_a_saved_state_number_for_number():
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1.0, 1.0, (40, 3, 8)).astype(np.float32)
    envs = AntVecEnv(CustomAntVectorEnv(3, 2, max_episode_steps=15))
    envs.seed(1)
    envs.reset()
    for action in actions[:20]:
        envs.step(action)
    state = envs.state()
    others = AntVecEnv(CustomAntVectorEnv(3, 1, max_episode_steps=15))
    others.reset()
    others.set_state(state)
    for action in actions[20:]:
        expected, found = envs.step(action), others.step(action)
        for left, right in zip(expected[:3], found[:3], strict=True):
            np.testing.assert_array_equal(left, right)
        assert [info.get("episode") for info in expected[3]] == [info.get("episode") for info in found[3]]


def test_state_of_another_number_of_environments_is_refused():
    envs = CustomAntVectorEnv(3)
    envs.reset(seed=0)
    with pytest.raises(ValueError, match="expected"):
        CustomAntVectorEnv(2).set_state(envs.state())
