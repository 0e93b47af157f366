from dataclasses import replace

import numpy as np
import pytest

from ant_policy import load_policy
from ant_policy.errors import CardError
from ant_policy.evaluate import main
from ant_policy.evaluation.command import CONDITIONS, robustness_table
from ant_policy.evaluation.rollout import evaluate
from ant_sim.physics.randomisation import Randomisation


def test_every_condition_but_the_nominal_one_changes_the_returns():
    policy = load_policy("pgpe")
    nominal = evaluate(policy, 2, 1000, max_steps=200)
    for name, condition in CONDITIONS.items():
        found = evaluate(policy, 2, 1000, max_steps=200, randomisation=Randomisation(**condition))
        assert np.array_equal(found.returns, nominal.returns) == (name == "nominal"), name


def test_policy_for_another_robot_is_refused():
    policy = load_policy("pgpe")
    policy.card = replace(policy.card, control_period=0.1)
    with pytest.raises(CardError, match=r"'control_period': expected 0\.05 s"):
        robustness_table({"mine": policy}, 1, 1000)


@pytest.mark.usefixtures("short_episodes")
def test_table_has_a_row_for_each_policy(capsys):
    assert main(["zero", "random", "--robustness", "--episodes", "1"]) == 0
    output = capsys.readouterr().out
    assert all(word in output for word in ("zero", "random", *CONDITIONS))


def test_unknown_policy_is_one_line(capsys):
    assert main(["sax", "--robustness"]) == 2
    assert "error: policy 'sax' is unknown" in capsys.readouterr().err
