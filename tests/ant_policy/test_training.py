import json
import signal
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
import yaml

from ant_policy import Card, PolicyError, load_policy
from ant_policy.checkpoint import load_checkpoint, save_checkpoint
from ant_policy.evaluation import evaluate
from ant_policy.train import main
from ant_policy.training_config import CONFIGS, PRESETS, PgpeConfig, SacConfig, load_preset
from ant_policy.training_session import TrainingSession

NORMALISED = ["--normalise-observations", "true"]
VARIED = ["--averaging", "0.9", "--latency", "2", "--push", "1.0", "--mass", "0.1"]
"""What has a state of its own, too."""
TINY = {
    "sac": ["--steps", "400", "--num-envs", "8", "--learning-starts", "100", "--hidden", "[16]", *NORMALISED, *VARIED],
    "dqn": ["--steps", "400", "--num-envs", "8", "--learning-starts", "100", "--hidden", "[16]"],
    "pgpe": ["--generations", "2", "--population", "10", "--episode-steps", "40", "--evaluation-interval", "1"],
}
COMMON = ["--num-threads", "1", "--evaluation-episodes", "1", "--report-episodes", "1"]
OFF_POLICY = ["--evaluation-interval", "400", "--buffer-size", "2000"]
LENGTH = {"sac": "--steps", "dqn": "--steps", "pgpe": "--generations"}


def command(algorithm, out, *more):
    interval = [] if algorithm == "pgpe" else OFF_POLICY
    return [algorithm, "--out", str(out), *TINY[algorithm], *COMMON, *interval, *more]


def run(algorithm, out, *more):
    return main(command(algorithm, out, *more))


@pytest.fixture(autouse=True)
def without_video(monkeypatch):
    """Rendering takes seconds; one test does it."""
    monkeypatch.setattr("ant_policy.train.record_episode", lambda policy, out: True)


def same_contents(left, right):
    """Whether two checkpoints hold the same numbers, wall times excepted."""
    one, other = load_checkpoint(left), load_checkpoint(right)
    for tree in (one, other):
        tree.pop("seconds")
        for point in tree["points"]:
            point.pop("seconds")
    np.testing.assert_equal(one, other)


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_run_leaves_a_policy_with_its_card_and_curve(algorithm, tmp_path):
    out = tmp_path / "run"
    assert run(algorithm, out, "--seed", "3") == 0
    card = Card.load(out / "card.yaml")
    assert card.algorithm == algorithm
    assert card.training["seed"] == 3
    assert card.returns.episodes == 1
    policy = load_policy(out)
    assert np.abs(policy.act(np.zeros(27))).max() <= 1.0
    curve = json.loads((out / "curve.json").read_text())
    assert curve[0]["steps"] > 0


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_resumed_run_is_the_uninterrupted_run_number_for_number(algorithm, tmp_path):
    """With normalised observations, whose statistics are part of the state."""
    half, whole = {"pgpe": ("2", "5")}.get(algorithm, ("360", "800"))
    assert run(algorithm, tmp_path / "whole", LENGTH[algorithm], whole) == 0
    interrupt_at(algorithm, tmp_path / "parts", int(half), whole)
    assert run_resumed(algorithm, tmp_path / "parts") == 0
    same_contents(tmp_path / "whole" / "checkpoint.npz", tmp_path / "parts" / "checkpoint.npz")
    for name in ("policy", "last/policy"):
        suffix = ".npz" if algorithm == "pgpe" else ".zip"
        observations = np.random.default_rng(0).normal(size=(20, 27))
        whole_policy = load_policy(tmp_path / "whole" / f"{name}{suffix}")
        parts_policy = load_policy(tmp_path / "parts" / f"{name}{suffix}")
        for observation in observations:
            np.testing.assert_array_equal(whole_policy.act(observation), parts_policy.act(observation))


def interrupt_at(algorithm, out, done, length):
    """Train in this process and press Ctrl-C when so much is done."""
    advance = TrainingSession.advance

    def advance_and_interrupt(session, so_far, steps, learner):
        if so_far >= done:
            signal.raise_signal(signal.SIGINT)
        return advance(session, so_far, steps, learner)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingSession, "advance", advance_and_interrupt)
        assert run(algorithm, out, LENGTH[algorithm], length) == 130


def run_resumed(algorithm, out, *more):
    return main([algorithm, "--out", str(out), "--resume", *more])


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_interrupted_run_says_how_to_go_on_and_leaves_a_policy(algorithm, tmp_path, capsys):
    interrupt_at(algorithm, tmp_path, 1, "100000")
    assert f"python -m ant_policy.train {algorithm} --out {tmp_path} --resume" in capsys.readouterr().out
    assert np.isfinite(load_policy(tmp_path).act(np.zeros(27))).all()
    assert np.isfinite(load_policy(tmp_path / "last").act(np.zeros(27))).all()


def test_signal_ends_a_run_in_its_own_process(tmp_path):
    arguments = [sys.executable, "-m", "ant_policy.train", *command("sac", tmp_path, "--steps", "1000000")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "the best so far" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in out
    assert "Traceback" not in err
    done = load_checkpoint(tmp_path / "checkpoint.npz")["done"]
    assert run_resumed("sac", tmp_path, "--steps", str(done + 100)) == 0
    assert load_checkpoint(tmp_path / "checkpoint.npz")["done"] >= done + 100


def test_time_limit_ends_a_run_with_its_report(tmp_path):
    assert run("pgpe", tmp_path, "--generations", "100000", "--minutes", "0.05") == 0
    assert Card.load(tmp_path / "card.yaml").returns is not None
    assert load_checkpoint(tmp_path / "checkpoint.npz")["done"] < 100_000


def test_full_disk_leaves_the_previous_checkpoint_good(tmp_path):
    """No file may grow beyond the first checkpoint: the replay buffer of the second one does."""
    assert run("dqn", tmp_path) == 0
    before = (tmp_path / "checkpoint.npz").read_bytes()
    limited = (
        "import resource, sys; from ant_policy.train import main; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 1000}, -1)); sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["dqn", "--out", str(tmp_path), "--resume", "--steps", "1000"]
    result = subprocess.run([sys.executable, "-c", limited, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert "error: " in result.stderr.splitlines()[-1]
    assert "checkpoint.npz" in result.stderr.splitlines()[-1]
    assert (tmp_path / "checkpoint.npz").read_bytes() == before
    assert run_resumed("dqn", tmp_path, "--steps", "1000") == 0


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


def test_tensorboard_has_evaluations_and_losses(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert run("sac", tmp_path) == 0
    found = set()
    for log in (tmp_path / "tensorboard").iterdir():
        found |= set(EventAccumulator(str(log)).Reload().Tags()["scalars"])
    assert {"evaluation/mean", "evaluation/falls", "train/critic_loss"} <= found


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_same_seed_gives_the_same_policy(algorithm, tmp_path):
    actions = []
    for name, seed in (("one", "3"), ("two", "3"), ("other", "4")):
        assert run(algorithm, tmp_path / name, "--seed", seed) == 0
        observations = np.random.default_rng(0).normal(size=(50, 27))
        policy = load_policy(tmp_path / name)
        actions.append(np.array([policy.act(observation) for observation in observations]))
    assert np.array_equal(actions[0], actions[1])
    if algorithm != "dqn":  # five moves can agree by chance
        assert not np.array_equal(actions[0], actions[2])


def test_short_search_by_pgpe_jumps_far_better_than_it_began(tmp_path):
    arguments = ["--generations", "12", "--population", "60", "--episode-steps", "100", "--max-speed", "0.3"]
    assert (
        main(["pgpe", "--out", str(tmp_path), *arguments, "--evaluation-episodes", "4", "--report-episodes", "2"]) == 0
    )
    untrained = evaluate(load_policy("zero"), episodes=3, seed=1000, max_steps=300).returns.mean()
    trained = evaluate(load_policy(tmp_path), episodes=3, seed=1000, max_steps=300).returns.mean()
    assert trained > untrained + 300.0


def test_overwriting_leaves_nothing_of_the_run_before(tmp_path):
    assert run("sac", tmp_path) == 0
    logs = set((tmp_path / "tensorboard").iterdir())
    assert run("pgpe", tmp_path, "--overwrite") == 0
    assert Card.load(tmp_path / "card.yaml").algorithm == "pgpe"
    assert not logs & set((tmp_path / "tensorboard").iterdir())
    assert "generator" in load_checkpoint(tmp_path / "checkpoint.npz")["learner"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pgpe", "--resume"], "holds a run of sac; it cannot be resumed as pgpe"),
        (["sac", "--resume", "--gamma", "0.5"], "'gamma' is 0.99 in this run"),
        (["sac", "--resume", "--overwrite"], "contradict"),
        (["sac", "--resume", "--gama", "0.5"], "'--gama' of sac is unknown; did you mean '--gamma'?"),
        (["sac"], "holds a policy already"),
    ],
)
def test_resume_that_cannot_be_is_refused_and_changes_nothing(arguments, said, tmp_path, capsys):
    assert run("sac", tmp_path) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert main([*arguments, "--out", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_resume_where_nothing_is_or_the_checkpoint_is_damaged(tmp_path, capsys):
    assert main(["sac", "--resume", "--out", str(tmp_path / "none")]) == 2
    assert "holds no run to resume" in capsys.readouterr().err
    assert run("pgpe", tmp_path) == 0
    (tmp_path / "checkpoint.npz").write_bytes(b"PK")
    settings = (tmp_path / "run.yaml").read_bytes()
    capsys.readouterr()
    assert main(["pgpe", "--resume", "--generations", "9", "--out", str(tmp_path)]) == 2
    assert "checkpoint.npz: expected a checkpoint" in capsys.readouterr().err
    save_checkpoint(tmp_path / "checkpoint.npz", {"learner": {"counters": 3}})
    assert main(["pgpe", "--resume", "--generations", "9", "--out", str(tmp_path)]) == 2
    assert "checkpoint.npz: is not of this run" in capsys.readouterr().err
    assert (tmp_path / "run.yaml").read_bytes() == settings


@pytest.mark.parametrize(
    ("algorithm", "least", "arguments"),
    [
        ("sac", 500.0, ["--steps", "4000", "--learning-starts", "500", "--landing-cost", "0", *NORMALISED]),
        ("dqn", 100.0, ["--steps", "6000", "--learning-starts", "500"]),
    ],
)
def test_short_training_jumps_far_better_than_the_untrained_policy(algorithm, least, arguments, tmp_path):
    small = ["--num-envs", "16", "--hidden", "[64, 64]", "--batch-size", "128", "--learning-rate", "0.001"]
    few = ["--evaluation-episodes", "4", "--evaluation-interval", "1000", "--report-episodes", "4"]
    assert main([algorithm, "--out", str(tmp_path / "trained"), *arguments, *small, *few]) == 0
    untrained = ["--steps", "16", "--learning-starts", "500"]
    assert main([algorithm, "--out", str(tmp_path / "untrained"), *untrained, *small, *few]) == 0
    before, after = (Card.load(tmp_path / name / "card.yaml").returns for name in ("untrained", "trained"))
    assert after.mean > before.mean + least


@pytest.mark.parametrize("algorithm", ["sac", "dqn"])
def test_averaged_policy_is_not_the_learning_one(algorithm, tmp_path):
    """The same training twice: what is saved differs, what is learnt does not."""
    plain = command(algorithm, tmp_path / "plain", "--averaging", "0")
    averaged = command(algorithm, tmp_path / "averaged", "--averaging", "0.99")
    assert main(plain) == main(averaged) == 0
    folders = [tmp_path / name for name in ("plain", "averaged")]
    learnt = [load_checkpoint(folder / "checkpoint.npz")["learner"]["parameters"] for folder in folders]
    np.testing.assert_equal(*learnt)
    x = np.ones(27)
    weights = [load_policy(folder / "last").network.layers[0].weight for folder in folders]
    assert not np.array_equal(*weights)
    assert load_policy(folders[1] / "last").act(x).shape == (8,)


@pytest.mark.parametrize("name", ["curve.json", "card.yaml", "checkpoint.npz"])
def test_policy_is_not_overwritten_unless_asked(name, tmp_path, capsys):
    (tmp_path / name).write_text("{}")
    assert main(["sac", "--out", str(tmp_path)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "{}"


@pytest.mark.parametrize(
    ("preset", "overrides", "named"),
    [
        ("fats", {}, "'fats' of sac is unknown; did you mean 'fast'"),
        ("fast", {"gama": 0.9}, "'gama' of sac is unknown; did you mean 'gamma'"),
        ("fast", {"gamma": "high"}, "'gamma' is 'high'"),
        ("fast", {"steps": -5}, "'steps' is -5"),
        ("fast", {"steps": 1.5}, "'steps' is 1.5"),
        ("fast", {"hidden": [64, 0]}, "'hidden'"),
        ("fast", {"gamma": 1.5}, "'gamma' is 1.5; expected a value like 0.99, from 0 to 1"),
        ("fast", {"num_envs": 0}, "'num_envs' is 0; expected a value like 32, at least 1"),
        ("fast", {"normalise_observations": 1}, "'normalise_observations' is 1; expected a value like False"),
        ("fast", {"ent_coef": "auto_1"}, "'ent_coef' is 'auto_1'; expected auto or a number"),
        ("fast", {"ent_coef": -1}, "'ent_coef' is '-1'"),
        ("fast", {"features": "none"}, "'symmetric' is true; expected features seen from the torso"),
        ("fast", {"normalise_observations": True}, "'symmetric' is true; expected no 'normalise_observations'"),
    ],
)
def test_bad_preset_or_hyperparameter_is_named(preset, overrides, named):
    with pytest.raises(PolicyError, match=named):
        load_preset("sac", preset, overrides)


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_every_preset_can_be_loaded_and_has_the_reference_recipe(algorithm):
    presets = yaml.safe_load((PRESETS / f"{algorithm}.yaml").read_text())
    assert {"fast", "reference"} <= presets.keys()
    for preset in presets:
        assert isinstance(load_preset(algorithm, preset, {}), CONFIGS[algorithm])


def test_population_of_pgpe_is_even():
    with pytest.raises(PolicyError, match="'population' is 7; expected an even number"):
        load_preset("pgpe", "fast", {"population": 7})


def test_overrides_win_over_the_preset():
    config = load_preset("sac", "reference", {"gamma": 0.5, "hidden": [7]})
    assert isinstance(config, SacConfig)
    assert (config.gamma, config.hidden, config.num_envs) == (0.5, (7,), 1)


def test_every_hyperparameter_is_described():
    for config_type in CONFIGS.values():
        assert all(entry.metadata["description"] for entry in fields(config_type))


def test_pgpe_defaults_are_those_of_its_fast_preset():
    assert load_preset("pgpe", "fast", {}) == PgpeConfig()
