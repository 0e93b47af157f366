from dataclasses import replace

import numpy as np
import pytest

from ant_policy import load_policy
from ant_policy.errors import CardError
from ant_policy.evaluation.rollout import evaluate
from ant_policy.robustness import CONDITIONS, main, returns_under


def test_nominal_condition_is_the_evaluation():
    policy = load_policy("pgpe")
    returns, falls = returns_under(policy, CONDITIONS["nominal"], 2, 1000)
    expected = evaluate(policy, 2, 1000)
    assert returns == pytest.approx(expected.returns)
    assert falls == expected.falls.sum()


def test_every_condition_changes_the_returns():
    policy = load_policy("pgpe")
    nominal, _ = returns_under(policy, {}, 1, 1000)
    for name, condition in CONDITIONS.items():
        returns, _ = returns_under(policy, condition, 1, 1000)
        assert np.array_equal(returns, nominal) == (name == "nominal"), name


def test_policy_for_another_order_is_refused():
    policy = load_policy("pgpe")
    action = policy.card.action
    policy.card = replace(policy.card, action=replace(action, joints=action.joints[::-1]))
    with pytest.raises(CardError, match=r"'action\.joints': expected the environment's own"):
        returns_under(policy, {}, 1, 1000)


def test_table_has_a_row_for_each_policy(capsys):
    assert main(["zero", "random", "--episodes", "1"]) == 0
    output = capsys.readouterr().out
    assert all(word in output for word in ("zero", "random", *CONDITIONS))


def test_unknown_policy_is_one_line(capsys):
    assert main(["sax"]) == 2
    assert "error: policy 'sax' is unknown" in capsys.readouterr().err
