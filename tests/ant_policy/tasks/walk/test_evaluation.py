"""Evaluation counts what happens until a fall, and takes policies by their card."""

import numpy as np
import pytest
from quadruped_card import save_quadruped_policy

from ant_policy import load_policy
from ant_policy.errors import CardError
from ant_policy.tasks.walk import evaluation
from ant_policy.tasks.walk.evaluate import main
from ant_policy.tasks.walk.evaluation import actions_of, evaluate
from ant_policy.tasks.walk.vector_env import WalkVectorEnv


def stand(observations):
    return np.zeros((len(observations), 12))


class TippingEnv(WalkVectorEnv):
    """Turns robot 0 over in its tenth step; keeps what `evaluate` sees."""

    seen: list = []  # noqa: RUF012

    def step(self, actions):
        if len(self.seen) == 9:
            self.robots.batch.bind("qpos")[0, 3:7] = [0.0, 1.0, 0.0, 0.0]
        result = super().step(actions)
        self.seen.append(result)
        return result


def test_errors_are_means_over_the_steps_until_a_fall(monkeypatch):
    monkeypatch.setattr(evaluation, "WalkVectorEnv", TippingEnv)
    monkeypatch.setattr(TippingEnv, "seen", [])
    done = []
    result = evaluate(stand, 2, seed=5, steps=30, progress=done.append)
    linear, yaw, rewards = (
        np.array([values(step) for step in TippingEnv.seen])
        for values in (lambda s: s[4]["linear_error"], lambda s: s[4]["yaw_error"], lambda s: s[1])
    )
    counted = np.ones((30, 2), dtype=bool)
    counted[10:, 0] = False
    assert result.linear_error == pytest.approx(linear[counted].mean())
    assert result.yaw_error == pytest.approx(yaw[counted].mean())
    np.testing.assert_allclose(result.returns, (rewards * counted).sum(axis=0))
    assert (result.falls, result.seconds, done) == (1, 0.6, list(range(1, 31)))
    assert result.numbers() == {
        "episodes": 2,
        "seconds": 0.6,
        "seed": 5,
        "linear_error": round(result.linear_error, 4),
        "yaw_error": round(result.yaw_error, 4),
        "falls": 1,
    }


def test_same_seed_is_the_same_evaluation():
    first, again, other = (evaluate(stand, 2, seed, steps=20).numbers() for seed in (1, 1, 2))
    assert first == again != other | {"seed": 1}


def test_shipped_policy_follows_commands():
    """Within the errors that it is to have over 100 episodes of 20 s."""
    policy = load_policy("walk")
    found = evaluate(actions_of(policy), 6, seed=7, steps=250)
    assert found.linear_error < 0.2
    assert found.yaw_error < 0.25
    assert found.falls == 0
    standing = evaluate(stand, 6, seed=7, steps=250)
    assert found.linear_error < 0.5 * standing.linear_error


def test_card_of_the_shipped_policy_says_how_well_it_walks():
    numbers = load_policy("walk").card.training["evaluation"]
    assert (numbers["episodes"], numbers["seconds"], numbers["seed"]) == (100, 20.0, 1000)
    assert numbers["linear_error"] < 0.2
    assert numbers["yaw_error"] < 0.25
    assert numbers["falls"] <= 2


def test_policies_for_other_observations_are_refused(tmp_path, capsys):
    with pytest.raises(CardError, match=r"card: field 'joints': expected FL_hip, .* found hip_1, ankle_1, "):
        actions_of(load_policy("sac"))
    assert main([str(save_quadruped_policy(tmp_path, "zero"))]) == 2
    assert "error: card: field 'joints': expected FL_hip, " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["walk", "--episodes", "0"], "--episodes: expected at least 1, found 0"),
        (["walk", "--seed", "-1"], "--seed: expected at least 0, found -1"),
        (["trot"], "policy 'trot' is unknown"),
    ],
)
def test_bad_input_is_named(capsys, arguments, words):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
