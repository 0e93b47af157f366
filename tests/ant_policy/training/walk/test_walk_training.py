"""Training of the walk leaves a policy with its card; the same seed gives the same one."""

import json

import pytest

from ant_policy import load_policy
from ant_policy.card.card import Card
from ant_policy.tasks.walk.card import walk_card
from ant_policy.training.walk import trainer
from ant_policy.training.walk.__main__ import main

TINY = ("--generations", "2", "--population", "8", "--num-threads", "1")


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Train in this process: train("name", ...) -> (exit code, folder)."""
    for name, value in (("STEPS", 40), ("CURVE_EPISODES", 2), ("CURVE_STEPS", 20), ("REPORT_EPISODES", 1)):
        monkeypatch.setattr(trainer, name, value)

    def run(name, *options):
        return main(["--out", str(tmp_path / name), *TINY, *options]), tmp_path / name

    return run


def test_run_is_a_policy_and_the_same_seed_gives_the_same(train, capsys):
    code, folder = train("first")
    assert code == 0
    assert "1 episodes of 20 s, seed 1000" in capsys.readouterr().out
    card = load_policy(folder).card
    assert walk_card(card.versions, card.training) == card
    assert card.versions.keys() >= {"mujoco", "evotorch", "torch"}
    chosen = {name: card.training[name] for name in ("seed", "generations", "population", "steps", "done")}
    assert chosen == {"seed": 0, "generations": 2, "population": 8, "steps": 40, "done": 2}
    assert card.training["evaluation"]["episodes"] == 1
    (point,) = json.loads((folder / "curve.json").read_text())
    assert point["steps"] == 2 * 8 * 40
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")

    policy = (folder / "policy.npz").read_bytes()
    assert train("first")[0] == 2
    assert "holds a policy already; replace it with --overwrite" in capsys.readouterr().err
    assert (train("again")[1] / "policy.npz").read_bytes() == policy
    assert (train("other", "--seed", "1")[1] / "policy.npz").read_bytes() != policy


def test_interrupted_run_leaves_the_policy_so_far(train, monkeypatch):
    step = trainer.WalkSearch.step

    def step_once(search):
        if search.generation:
            raise KeyboardInterrupt
        step(search)

    monkeypatch.setattr(trainer.WalkSearch, "step", step_once)
    code, folder = train("run")
    assert code == 130
    assert load_policy(folder).card.training["done"] == 1
    assert "evaluation" not in Card.load(folder / "card.yaml").training


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--population", "7", "--population: expected an even number, found 7"),
        ("--generations", "0", "--generations: expected at least 1, found 0"),
        ("--num-threads", "-1", "--num-threads: expected at least 0, found -1"),
    ],
)
def test_bad_input_is_named(train, capsys, option, value, words):
    code, folder = train("run", option, value)
    assert code == 2
    assert words in capsys.readouterr().err
    assert not folder.exists()
