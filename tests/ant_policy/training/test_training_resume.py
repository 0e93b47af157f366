"""Trainings that were interrupted go on number for number, or say why they cannot."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from tiny_runs import LENGTH, command, interrupt_at, run, run_resumed

from ant_policy import Card, load_policy
from ant_policy.train import main
from ant_policy.training.checkpoint import load_checkpoint, save_checkpoint
from ant_policy.training.config import CONFIGS
from ant_sim.envs.shaping import Shaping


def same_contents(left, right):
    """Return true if two checkpoints hold the same numbers, wall times excepted."""
    one, other = load_checkpoint(left), load_checkpoint(right)
    for tree in (one, other):
        tree.pop("seconds")
        for point in tree["points"]:
            point.pop("seconds")
    np.testing.assert_equal(one, other)


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_resumed_run_is_the_uninterrupted_run_number_for_number(algorithm, tmp_path):
    """With normalised observations, whose statistics are part of the state; the buffer is full and goes round."""
    half, whole = {"pgpe": ("2", "5")}.get(algorithm, ("560", "1080"))
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


def test_stages_are_what_resuming_with_more_steps_and_a_new_cost_is(tmp_path, monkeypatch):
    charged = []
    costs = Shaping.costs

    def seen_costs(shaping, before, after):
        charged.append(shaping.fall)
        return costs(shaping, before, after)

    monkeypatch.setattr(Shaping, "costs", seen_costs)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    stages = "[{until: 240, fall_cost: 100}, {until: 400, fall_cost: 400}, {fall_cost: 800}]"
    assert run("sac", whole, "--steps", "600", "--stages", stages) == 0
    whole_charged, charged[:] = charged.copy(), []
    assert run("sac", parts, "--steps", "240", "--stages", "[{fall_cost: 100}]") == 0
    assert run_resumed("sac", parts, "--steps", "400", "--stages", "[{fall_cost: 400}]") == 0
    assert run_resumed("sac", parts, "--steps", "600", "--stages", "[{fall_cost: 800}]") == 0
    assert charged == whole_charged
    assert set(charged) == {100.0, 400.0, 800.0}
    one, other = (load_checkpoint(folder / "checkpoint.npz")["learner"] for folder in (whole, parts))
    np.testing.assert_equal(one, other)


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


def test_terminal_that_closes_ends_a_run_that_is_saved(tmp_path):
    arguments = [sys.executable, "-m", "ant_policy.train", *command("dqn", tmp_path, "--steps", "1000000")]
    terminal, inside = os.openpty()
    outputs = dict.fromkeys(("stdin", "stdout", "stderr"), inside)
    with subprocess.Popen(["setsid", "--ctty", *arguments], **outputs) as process:
        os.close(inside)
        shown = b""
        while b"the best so far" not in shown:
            shown += os.read(terminal, 1000)
        os.close(terminal)
        assert process.wait(timeout=60) == 130
    assert load_checkpoint(tmp_path / "checkpoint.npz")["done"] > 0


def test_full_disk_leaves_the_previous_checkpoint_good(copy_finished, tmp_path):
    """No file may grow beyond the first checkpoint: the replay buffer of the second one does."""
    copy_finished("dqn")
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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pgpe", "--resume"], "holds a run of sac; it cannot be resumed as pgpe"),
        (["sac", "--resume", "--gamma", "0.5"], "'gamma' is 0.99 in this run"),
        (["sac", "--resume", "--overwrite"], "contradict"),
        (["sac", "--resume", "--preset", "best"], "preset is 'fast' in this run"),
        (["pgpe", "--overwrite", "--actors", "2", "--ray-address", "127.0.0.1:1"], "no Ray cluster at"),
        (["sac", "--resume", "--gama", "0.5"], "'--gama' of sac is unknown; did you mean '--gamma'?"),
        (["sac"], "holds a policy already"),
    ],
)
def test_resume_that_cannot_be_is_refused_and_changes_nothing(arguments, said, copy_finished, tmp_path, capsys):
    copy_finished("sac")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert main([*arguments, "--out", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_run_that_does_not_fit_into_memory_leaves_the_run_before(copy_finished, tmp_path, monkeypatch, capsys):
    def allocate(*_, **__):
        raise MemoryError("Unable to allocate 1.0 TiB")

    copy_finished("sac")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr("ant_policy.training.off_policy.trainer.FastSac", allocate)
    assert run("sac", tmp_path, "--overwrite") == 2
    assert "not enough memory (--buffer-size, --num-envs and --hidden take it)" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_run_of_another_version_or_with_damaged_settings_is_named(copy_finished, tmp_path, capsys):
    copy_finished("pgpe")
    settings = yaml.safe_load((tmp_path / "run.yaml").read_text())
    for name, changed in (("symmetric", None), (7, "?")):
        configuration = {key: value for key, value in settings["configuration"].items() if key != name}
        configuration |= {} if changed is None else {name: changed}
        (tmp_path / "run.yaml").write_text(yaml.safe_dump(settings | {"configuration": configuration}))
        capsys.readouterr()
        assert run_resumed("pgpe", tmp_path) == 2
        assert f"'{name}'" in capsys.readouterr().err
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(settings | {"before": 3}))
    assert run_resumed("pgpe", tmp_path) == 2
    assert "run.yaml: expected the settings of a training run" in capsys.readouterr().err


def test_run_cannot_be_made_shorter_than_it_is(copy_finished, tmp_path, capsys):
    copy_finished("pgpe")
    settings = (tmp_path / "run.yaml").read_bytes()
    assert run_resumed("pgpe", tmp_path, "--generations", "1") == 2
    assert "'generations' is 1; this run has done 2 already" in capsys.readouterr().err
    assert (tmp_path / "run.yaml").read_bytes() == settings


def test_settings_before_a_resume_are_on_the_card(tmp_path):
    assert run("pgpe", tmp_path, "--fall-cost", "5") == 0
    assert run_resumed("pgpe", tmp_path, "--generations", "3", "--fall-cost", "7") == 0
    assert run_resumed("pgpe", tmp_path) == 0
    training = Card.load(tmp_path / "card.yaml").training
    assert (training["done"], training["fall_cost"]) == (3, 7.0)
    assert training["before"] == [{"generations": 2, "fall_cost": 5.0}]


def test_full_disk_at_the_end_leaves_the_card_of_the_policy(tmp_path, monkeypatch, capsys):
    """The card with the returns is the last file that a training writes."""
    save = Card.save

    def fail_at_the_returns(card, path):
        save(card, path)
        if card.returns is not None:
            Path(path).write_text("")
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Card, "save", fail_at_the_returns)
    assert run("pgpe", tmp_path) == 2
    assert "card.yaml" in capsys.readouterr().err
    assert load_policy(tmp_path).act(np.zeros(27)).shape == (8,)


def test_resume_where_nothing_is_or_the_checkpoint_is_damaged(copy_finished, tmp_path, capsys):
    assert main(["sac", "--resume", "--out", str(tmp_path / "none")]) == 2
    assert "holds no run to resume" in capsys.readouterr().err
    copy_finished("pgpe")
    (tmp_path / "checkpoint.npz").write_bytes(b"PK")
    settings = (tmp_path / "run.yaml").read_bytes()
    capsys.readouterr()
    assert main(["pgpe", "--resume", "--generations", "9", "--out", str(tmp_path)]) == 2
    assert "checkpoint.npz: expected a checkpoint" in capsys.readouterr().err
    save_checkpoint(tmp_path / "checkpoint.npz", {"learner": {"counters": 3}})
    assert main(["pgpe", "--resume", "--generations", "9", "--out", str(tmp_path)]) == 2
    assert "checkpoint.npz: is not of this run" in capsys.readouterr().err
    assert (tmp_path / "run.yaml").read_bytes() == settings
