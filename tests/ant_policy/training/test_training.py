"""Training runs: files and learning."""

import json
import re

import numpy as np
import pytest
import yaml
from sb3_zips import load_by_sb3_alone
from tiny_runs import run, train

from ant_policy import Card, load_policy
from ant_policy.evaluation.rollout import evaluate
from ant_policy.train import main
from ant_policy.training.checkpoint import load_checkpoint
from ant_policy.training.config import CONFIGS


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_run_leaves_a_policy_with_its_card_and_curve(algorithm, finished):
    out = finished(algorithm)
    card = Card.load(out / "card.yaml")
    assert card.policy.algorithm == algorithm
    assert card.training["seed"] == 3
    assert card.returns.episodes == 1
    policy = load_policy(out)
    assert np.abs(policy.act(np.zeros(27))).max() <= 1.0
    curve = json.loads((out / "curve.json").read_text())
    assert curve[0]["steps"] > 0


def test_time_limit_ends_a_run_with_its_report(tmp_path, capsys):
    assert run("pgpe", tmp_path, "--generations", "100000", "--minutes", "0.01") == 0
    assert re.search(r"elapsed +\d+:\d\d:\d\d +left +[\d-]+:[\d-]+:[\d-]+", capsys.readouterr().err.replace("\n", " "))
    assert Card.load(tmp_path / "card.yaml").returns is not None
    assert load_checkpoint(tmp_path / "checkpoint.npz")["done"] < 100_000


def test_run_writes_down_what_made_it(tmp_path):
    assert run("sac", tmp_path, "--seed", "3", "--preset", "reference") == 0
    settings = yaml.safe_load((tmp_path / "run.yaml").read_text())
    assert (settings["algorithm"], settings["preset"]) == ("sac", "reference")
    assert settings["configuration"]["seed"] == 3
    assert settings["configuration"]["ent_coef"] == "0.005"
    assert settings["versions"]["torch"].startswith("2.13.0")
    assert "commit" in settings
    assert list((tmp_path / "tensorboard").glob("events.out.tfevents.*"))
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_tensorboard_has_evaluations_and_losses(finished):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = set()
    for log in (finished("sac") / "tensorboard").iterdir():
        found |= set(EventAccumulator(str(log)).Reload().Tags()["scalars"])
    assert {"eval/mean_reward", "eval/falls", "rollout/ep_rew_mean", "train/critic_loss"} <= found


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_same_seed_gives_the_same_policy(algorithm, finished, tmp_path):
    actions = []
    folders = [finished(algorithm), tmp_path / "two", tmp_path / "other"]
    for folder, seed in zip(folders, ("3", "3", "4"), strict=True):
        assert folder.exists() or run(algorithm, folder, "--seed", seed) == 0
        observations = np.random.default_rng(0).normal(size=(50, 27))
        policy = load_policy(folder)
        actions.append(np.array([policy.act(observation) for observation in observations]))
    assert np.array_equal(actions[0], actions[1])
    if algorithm != "dqn":  # five moves can agree by chance
        assert not np.array_equal(actions[0], actions[2])


def test_short_search_by_pgpe_jumps_far_better_than_it_began(tmp_path):
    arguments = ["--generations", "12", "--population", "60", "--episode-steps", "100", "--max-speed", "0.3"]
    few = ["--evaluation-episodes", "4", "--evaluation-interval", "12", "--report-episodes", "2"]
    assert train(["pgpe", "--out", str(tmp_path), *arguments, *few]) == 0
    untrained = evaluate(load_policy("zero"), episodes=3, seed=1000, max_steps=300).returns.mean()
    trained = evaluate(load_policy(tmp_path), episodes=3, seed=1000, max_steps=300).returns.mean()
    assert trained > untrained + 300.0


def test_overwriting_leaves_nothing_of_the_run_before(copy_finished, tmp_path):
    copy_finished("sac")
    logs = set((tmp_path / "tensorboard").iterdir())
    assert run("pgpe", tmp_path, "--overwrite") == 0
    cards = [Card.load(folder / "card.yaml") for folder in (tmp_path, tmp_path / "last")]
    assert [card.policy.algorithm for card in cards] == ["pgpe", "pgpe"]
    assert not list(tmp_path.rglob("policy.zip"))
    assert not logs & set((tmp_path / "tensorboard").iterdir())
    assert "generator" in load_checkpoint(tmp_path / "checkpoint.npz")["learner"]


NORMALISED = ["--normalise-observations", "true", "--symmetric", "false"]


@pytest.mark.parametrize(
    ("algorithm", "least", "arguments"),
    [
        ("sac", 150.0, ["--steps", "4000", "--learning-starts", "500", "--landing-cost", "0", *NORMALISED]),
        ("dqn", 30.0, ["--steps", "6000", "--learning-starts", "500"]),
    ],
)
def test_short_training_jumps_far_better_than_the_untrained_policy(algorithm, least, arguments, tmp_path):
    small = ["--num-envs", "16", "--hidden", "[64, 64]", "--batch-size", "128", "--learning-rate", "0.001"]
    few = ["--evaluation-episodes", "4", "--evaluation-interval", "6000", "--report-episodes", "4"]
    assert train([algorithm, "--out", str(tmp_path / "trained"), *arguments, *small, *few], 300) == 0
    untrained = ["--steps", "16", "--learning-starts", "500"]
    assert train([algorithm, "--out", str(tmp_path / "untrained"), *untrained, *small, *few], 300) == 0
    before, after = (Card.load(tmp_path / name / "card.yaml").returns for name in ("untrained", "trained"))
    assert after.mean > before.mean + least


@pytest.mark.parametrize(("algorithm", "averages", "decay"), [("sac", 0.9, "0"), ("dqn", 0.0, "0.99")])
def test_averaged_policy_is_not_the_learning_one(algorithm, averages, decay, finished, tmp_path):
    """The same training with and without: what is saved differs, what is learnt does not."""
    folders = [finished(algorithm), tmp_path]
    assert Card.load(folders[0] / "card.yaml").training["ema_decay"] == averages
    assert run(algorithm, tmp_path, "--seed", "3", "--ema-decay", decay) == 0
    learnt = [load_checkpoint(folder / "checkpoint.npz")["learner"]["parameters"] for folder in folders]
    np.testing.assert_equal(*learnt)
    x = np.ones(27)
    weights = [load_policy(folder / "last").network.layers[0].weight for folder in folders]
    assert not np.array_equal(*weights)
    assert load_policy(folders[1] / "last").act(x).shape == (8,)


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_last_weights_are_the_policy_if_asked(algorithm, tmp_path):
    assert run(algorithm, tmp_path, "--result", "last") == 0
    card = Card.load(tmp_path / "card.yaml")
    assert card.files == (["policy.npz"] if algorithm == "pgpe" else ["policy.npz", "policy.zip"])
    for file in card.files:
        assert (tmp_path / file).read_bytes() == (tmp_path / "last" / file).read_bytes()
    assert card.returns is not None
    if card.policy.sb3_file is not None:
        load_by_sb3_alone(algorithm, tmp_path / card.policy.sb3_file)


@pytest.mark.parametrize("name", ["curve.json", "card.yaml", "checkpoint.npz"])
def test_policy_is_not_overwritten_unless_asked(name, tmp_path, capsys):
    (tmp_path / name).write_text("{}")
    assert main(["sac", "--out", str(tmp_path)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "{}"
