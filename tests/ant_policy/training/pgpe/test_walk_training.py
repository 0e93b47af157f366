"""Training of the walk compares mirrored pairs fairly, starts from the trot and leaves a policy with its card."""

import json

import gymnasium as gym
import numpy as np
import pytest
import torch

from ant_policy import load_policy
from ant_policy.errors import PolicyError
from ant_policy.evaluation.environment import find_environment
from ant_policy.tasks.walk.trot import trot_matrix
from ant_policy.train import main
from ant_policy.training.pgpe.linear_policies import LinearPolicies
from ant_policy.training.pgpe.population import EnvRobots, PolicyProblem, roll_out
from ant_policy.training.pgpe.trainer import PgpeLearner
from ant_policy.training.preset import load_preset

TINY = ("--generations", "2", "--population", "8", "--episode-steps", "40", "--evaluation-episodes", "2")
REPORT = ("--report-episodes", "1", "--evaluation-interval", "2")


@pytest.fixture(scope="module")
def environment():
    return find_environment("QuadrupedWalk-v1")


@pytest.fixture(scope="module")
def policies():
    return LinearPolicies("gait", symmetric=True, action_size=12)


def trots(policies, n):
    return np.repeat(policies.solution(trot_matrix())[None], n, axis=0)


def test_pairs_walk_the_same_episode_and_others_another(environment, policies):
    robots = EnvRobots(environment, 4, load_preset("pgpe", "walk", {"episode_steps": 50}))
    returns, _ = roll_out(policies, trots(policies, 4), None, robots, seed=3, steps=50)
    assert returns[0] == returns[1] != returns[2] == returns[3]
    again, _ = roll_out(policies, trots(policies, 4), None, robots, seed=3, steps=50)
    np.testing.assert_array_equal(again, returns)


def test_pairs_are_ranked_by_their_differences(environment, policies):
    config = load_preset("pgpe", "walk", {"episode_steps": 20})
    problem = PolicyProblem(policies, config, environment)
    batch = problem.generate_batch(4)
    values = trots(policies, 4)
    values[1] = 0.0
    batch.set_values(torch.from_numpy(values))
    problem.evaluate(batch)
    evaluations = batch.evals[:, 0].numpy()
    assert evaluations[0] == -evaluations[1] != 0.0
    assert evaluations[2:].tolist() == [0.0, 0.0]


def test_search_starts_from_the_trot(environment, policies):
    learner = PgpeLearner(load_preset("pgpe", "walk", {"population": 4, "episode_steps": 5}), environment)
    learner.step()
    np.testing.assert_array_equal(learner._centre, policies.solution(trot_matrix()))
    assert learner.card().observation.normalisation is None


def test_run_is_a_policy_and_the_same_seed_gives_the_same(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(gym.spec("QuadrupedWalk-v1"), "max_episode_steps", 60)  # of evaluations

    def train(name, *options):
        folder = tmp_path / name
        assert main(["pgpe", "--preset", "walk", "--out", str(folder), *TINY, *REPORT, *options]) == 0
        return folder

    folder = train("first")
    assert "velocity error [m/s]" in capsys.readouterr().out
    card = load_policy(folder).card
    assert (card.robot, card.observation.features) == ("quadruped", "gait")
    assert card.versions.keys() >= {"mujoco", "evotorch", "torch"}
    chosen = {name: card.training[name] for name in ("preset", "seed", "generations", "population", "done")}
    assert chosen == {"preset": "walk", "seed": 0, "generations": 2, "population": 8, "done": 2}
    assert card.training["evaluation"].keys() == {"velocity error [m/s]", "yaw rate error [rad/s]"}
    (point,) = json.loads((folder / "curve.json").read_text())
    assert point["steps"] == 2 * 8 * 40

    policy = (folder / "policy.npz").read_bytes()
    assert (train("again") / "policy.npz").read_bytes() == policy
    assert (train("other", "--seed", "1") / "policy.npz").read_bytes() != policy


@pytest.mark.parametrize(
    ("preset", "values", "words"),
    [
        ("fast", {"features": "gait"}, "'features' is 'gait'; expected those of the jumping Ant"),
        ("fast", {"start": "trot"}, "'start' is 'trot'; expected zeros for other features than gait"),
        ("walk", {"env": "Ant-v5"}, "preset 'walk' is for QuadrupedWalk-v1; with --env choose another"),
        ("walk", {"mass": 0.2}, "'mass' is 0.2; expected 0.0 with --env"),
    ],
)
def test_options_that_do_not_fit_the_robot_are_refused(preset, values, words):
    with pytest.raises(PolicyError, match=words):
        load_preset("pgpe", preset, values)


def test_features_of_another_robot_are_refused():
    config = load_preset("pgpe", "fast", {"env": "CustomAntEnv-v1", "features": "gait"})
    with pytest.raises(PolicyError, match="'features' is 'gait'; expected none, as CustomAntEnv-v1 has"):
        PgpeLearner(config, find_environment(config.env))
