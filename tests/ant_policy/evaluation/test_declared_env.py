"""Environments of users that step natively, with the trajectories of their own step."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from tiny_runs import trained

from ant_policy import Card
from ant_policy.evaluation.declared_env import make_in_turn
from ant_policy.evaluation.environment import find_environment
from ant_sim.envs.vector import CustomAntVectorEnv


@pytest.mark.parametrize("env", ["Native", "Moves", "Targets", "Buoy"])
def test_declared_environment_steps_natively_with_the_single_ones_trajectories(envs, env):
    environment = find_environment(f"{envs}:{env}-v0")
    assert (environment.in_turn, environment.unknown) == ("", "")
    native = environment.make(3, is_discrete=env == "Moves", max_steps=20)
    assert type(native).__name__ == "DeclaredVectorEnv"
    singles = make_in_turn(f"{envs}:{env}-v0", 3, 20)
    steps = [each.reset(seed=[4, 9, 4])[:1] for each in (native, singles)]
    ended = 0
    for _ in range(90):
        for found, expected in zip(*(values[:4] for values in steps), strict=True):
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
            # Targets are float32 in its own step, and the buoy's rotations are MuJoCo's.
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-5 if env in ("Targets", "Buoy") else 0.0)
        actions = native.action_space.sample()
        steps = [each.step(actions) for each in (native, singles)]
        if "final_obs" in steps[1][4]:
            ended += 1
            infos = [each[4] for each in steps]
            np.testing.assert_array_equal(*(each["_final_obs"] for each in infos))
            found, expected = (np.stack(each["final_obs"][each["_final_obs"]]) for each in infos)
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-5)
    assert ended > 3
    assert (native.metadata["metrics"] == {}) == (env != "Buoy")


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ("Motors", "it declares no batch_reward"),
        ("Rewarded", "of rewards is "),
        ("Worn", "of observations is "),
        ("Pushed", "its step draws random numbers"),
        ("Broken", "its native form is refused: LookupError: no reward"),
        ("History", "expected terms of joint_states, memory without a history, found joint_positions"),
        ("Open", "it declares no batch_reward"),
    ],
)
def test_environment_without_an_equal_native_form_goes_by_gymnasiums_own(envs, env, reason):
    environment = find_environment(f"{envs}:{env}-v0")
    begin = f"environment {envs}:{env}-v0: its copies step one after the other, as "
    assert environment.in_turn.startswith(begin)
    assert reason in environment.in_turn
    assert isinstance(environment.make(2), gym.vector.SyncVectorEnv)


def test_environments_own_vector_form_is_used_where_it_restarts_in_the_same_step():
    assert isinstance(find_environment("CustomAntEnv-v1").make(2), CustomAntVectorEnv)
    cart_pole = find_environment("CartPole-v1").make(2, is_discrete=True)
    assert isinstance(cart_pole, gym.vector.SyncVectorEnv)


def test_subclass_of_the_documentation_has_its_reward_in_both_forms(tmp_path, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "your_robot.md").read_text()
    text = page.partition('title="running_ant.py"\n')[2].partition("```")[0]
    assert text.count("\n") < 40
    (tmp_path / "running_ant.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    single = gym.make("running_ant:RunningAnt-v0")
    batch = find_environment("running_ant:RunningAnt-v0").make(2)
    assert type(batch).__name__ == "RunningAnts"
    expected, _ = single.reset(seed=3)
    found, _ = batch.reset(seed=3)
    rng = np.random.default_rng(0)
    for _ in range(20):
        np.testing.assert_array_equal(found[0], expected)
        actions = rng.uniform(-1.0, 1.0, (2, 8)).astype(np.float32)
        expected, reward, ended, _, info = single.step(actions[0])
        found, rewards, all_ended, _, infos = batch.step(actions)
        assert (rewards[0], all_ended[0]) == (reward, ended)
        assert reward == expected[13] == info["reward_speed"] == infos["reward_speed"][0]
        if ended:
            break
    assert trained("sac", "running_ant:RunningAnt-v0", tmp_path / "run") == 0
    assert Card.load(tmp_path / "run" / "card.yaml").action.scale["hip_1"] == 300.0
