import json
import math
from dataclasses import asdict, replace

import pytest

from ant_policy.card.card import default_card
from ant_policy.card.parts import Returns
from ant_policy.evaluate import main
from ant_policy.evaluation.learning_curves import Point, interquartile_mean, read_run


@pytest.fixture
def runs(tmp_path):
    """Two finished runs of one preset, one of another."""
    folders = []
    for name, preset, mean in (("a", "fast", 8000.0), ("b", "fast", 8200.0), ("c", "best", 9000.0)):
        folder = tmp_path / name
        folder.mkdir()
        returns = Returns(mean=mean, std=1.0, min=mean - 2.0, falls=1, episodes=100, seed=1000)
        replace(default_card("pgpe"), training={"preset": preset}, returns=returns).save(folder / "card.yaml")
        points = [Point(100, 10.0, 7000.0, 1.0, 0), Point(200, 20.0, mean, 1.0, 0)]
        (folder / "curve.json").write_text(json.dumps([asdict(point) for point in points]))
        folders.append(folder)
    return folders


@pytest.mark.parametrize(
    ("values", "expected"),
    [([5.0], 5.0), ([1.0, 3.0], 2.0), ([0.0, 1.0, 2.0, 100.0], 1.5), ([0.0, 1.0, 2.0, 3.0, 1000.0], 2.0)],
)
def test_interquartile_mean_leaves_the_outer_quarters_out(values, expected):
    assert interquartile_mean(values) == pytest.approx(expected)
    assert interquartile_mean(values[::-1]) == pytest.approx(expected)


def test_runs_are_grouped_in_a_table_and_a_picture(runs, tmp_path, capsys):
    picture = tmp_path / "curves.png"
    assert main([*map(str, runs), "--curves", str(picture)]) == 0
    table = capsys.readouterr().out
    assert "8,100" in table
    assert "pgpe best" in table
    assert "20 s (2 of 2)" in table
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_goal_that_was_never_reached_has_no_time(runs):
    assert read_run(runs[0]).seconds_to_goal == 20.0
    folder = runs[0]
    (folder / "curve.json").write_text(json.dumps([asdict(Point(1, 1.0, 7.0, 0.0, 0))]))
    assert read_run(folder).seconds_to_goal == math.inf


UNKNOWN_MEAN = '[{"steps": 1, "seconds": 1.0, "mean": null, "std": 1.0, "falls": 0}]'


@pytest.mark.parametrize("curve", ["", "[]", "[1]", '[{"steps": 1}]', "{}", UNKNOWN_MEAN])
def test_damaged_curve_is_named(runs, curve, tmp_path, capsys):
    (runs[0] / "curve.json").write_text(curve)
    assert main([str(runs[0]), "--curves", str(tmp_path / "curves.png")]) == 2
    error = capsys.readouterr().err
    assert "curve.json: expected the evaluations of a run" in error
    assert len(error.splitlines()) == 1


def test_folder_without_a_finished_run_is_named(tmp_path, runs, capsys):
    assert main([str(tmp_path / "none"), "--curves", str(tmp_path / "curves.png")]) == 2
    assert "none" in capsys.readouterr().err
    replace(default_card("pgpe"), training={"preset": "fast"}).save(runs[0] / "card.yaml")
    assert main([str(runs[0]), "--curves", str(tmp_path / "curves.png")]) == 2
    assert "holds no finished run" in capsys.readouterr().err


def test_picture_of_an_unknown_format_is_refused(runs, tmp_path, capsys):
    assert main([str(runs[0]), "--curves", str(tmp_path / "curves.txt")]) == 2
    assert "--curves: expected a file named .png or .svg or .pdf, found" in capsys.readouterr().err
    assert not list(tmp_path.glob("*curves*"))
