"""Evaluation counts what happens until a fall, and takes policies by their card."""

import json

import gymnasium as gym
import numpy as np
import pytest

from ant_policy import load_policy
from ant_policy.errors import CardError
from ant_policy.evaluate import main
from ant_policy.evaluation.environment import find_environment
from ant_policy.evaluation.rollout import evaluate, roll_out
from ant_policy.tasks.walk.vector_env import METRICS, WalkVectorEnv

LINEAR, YAW = METRICS


def stand(observations):
    return np.zeros((len(observations), 12))


@pytest.fixture(scope="module")
def environment():
    return find_environment("QuadrupedWalk-v1")


class TippingEnv(WalkVectorEnv):
    """Turns robot 0 over in its tenth step; keeps what an evaluation sees."""

    def __init__(self):
        super().__init__(2, 1)
        self.seen = []

    def step(self, actions):
        if len(self.seen) == 9:
            self.robots.batch.bind("qpos")[0, 3:7] = [0.0, 1.0, 0.0, 0.0]
        result = super().step(actions)
        self.seen.append(result)
        return result


def test_errors_are_means_over_the_steps_until_a_fall():
    envs, done = TippingEnv(), []
    result = roll_out(envs, stand, 5, 30, done.append)
    linear, yaw, rewards = (
        np.array([values(step) for step in envs.seen])
        for values in (lambda s: s[4]["linear_error"], lambda s: s[4]["yaw_error"], lambda s: s[1])
    )
    counted = np.ones((30, 2), dtype=bool)
    counted[10:, 0] = False
    assert result.metrics == {LINEAR: pytest.approx(linear[counted].mean()), YAW: pytest.approx(yaw[counted].mean())}
    np.testing.assert_allclose(result.returns, (rewards * counted).sum(axis=0))
    assert result.falls.tolist() == [True, False]
    assert result.lengths.tolist() == [10, 30]
    assert done == list(range(1, 31))


@pytest.mark.parametrize("ends", [[3, 3], [2, 4]])
def test_metrics_of_gymnasiums_own_vector_environments_count_all_steps(ends):
    """Environments that restart in the step that ends an episode; resets tell no error."""

    class Counting(gym.Env):
        metadata = {"metrics": {"error [m]": "error"}}  # noqa: RUF012
        observation_space, action_space = gym.spaces.Box(-1.0, 1.0, (1,)), gym.spaces.Box(-1.0, 1.0, (1,))

        def __init__(self, end):
            self.end = end

        def reset(self, *, seed=None, options=None):
            self.steps = 0
            return np.zeros(1, np.float32), {}

        def step(self, action):
            self.steps += 1
            return np.zeros(1, np.float32), 1.0, self.steps == self.end, False, {"error": float(self.steps)}

    envs = gym.vector.SyncVectorEnv(
        [lambda end=end: Counting(end) for end in ends], autoreset_mode=gym.vector.AutoresetMode.SAME_STEP
    )
    result = roll_out(envs, lambda observations: np.zeros((2, 1), np.float32), 0, 10)
    assert result.metrics == {"error [m]": pytest.approx(np.mean([i for end in ends for i in range(1, end + 1)]))}


def test_same_seed_is_the_same_evaluation():
    first, again, other = (roll_out(WalkVectorEnv(2, 1), stand, seed, 20).metrics for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_shipped_policy_follows_commands(environment):
    """Within the errors that it is to have over 100 episodes of 20 s."""
    found = evaluate(load_policy("walk"), 6, 7, 250, environment=environment)
    assert found.metrics[LINEAR] < 0.2
    assert found.metrics[YAW] < 0.25
    assert not found.falls.any()
    standing = roll_out(WalkVectorEnv(6), stand, 7, 250)
    assert found.metrics[LINEAR] < 0.5 * standing.metrics[LINEAR]


def test_table_and_json_have_the_errors(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(gym.spec("QuadrupedWalk-v1"), "max_episode_steps", 60)
    file = tmp_path / "walk.json"
    assert main(["walk", "--env", "QuadrupedWalk-v1", "--episodes", "2", "--json", str(file)]) == 0
    output, numbers = capsys.readouterr().out, json.loads(file.read_text())
    for name, value in numbers["metrics"].items():
        assert name in output
        assert f"{value:.3f}" in output


def test_evaluation_of_the_walk_on_the_ant_asks_for_an_environment(capsys):
    assert main(["walk", "--episodes", "1"]) == 2
    assert "for another robot give an environment of its own (--env)" in capsys.readouterr().err


def test_card_of_the_shipped_policy_says_how_well_it_walks():
    numbers = load_policy("walk").card.training["evaluation"]
    assert (numbers["episodes"], numbers["seconds"], numbers["seed"]) == (100, 20.0, 1000)
    assert numbers["linear_error"] < 0.2
    assert numbers["yaw_error"] < 0.25
    assert numbers["falls"] <= 2


def test_policies_for_other_observations_are_refused(environment):
    with pytest.raises(CardError, match=r"card: field 'joints.names': expected FL_hip, .* found hip_1"):
        evaluate(load_policy("sac"), 1, 0, environment=environment)
