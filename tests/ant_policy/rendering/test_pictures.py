"""What people would rather look at than read."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib import image
from PIL import Image, ImageSequence

from ant_policy import load_policy
from ant_policy.evaluate import main
from ant_policy.evaluation.plot import draw_evaluation
from ant_policy.evaluation.rollout import evaluate


def render(*command):
    """Run a module that renders; skip where nothing can be rendered, if it says so in one line."""
    result = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    if "cannot render here" in result.stderr:
        assert result.returncode == 2
        assert "apt install" in result.stderr
        assert "Traceback" not in result.stderr
        pytest.skip(result.stderr.splitlines()[-1])
    assert result.returncode == 0, result.stderr


def test_episode_is_recorded(tmp_path):
    path = tmp_path / "episode.gif"
    render("ant_policy.video", "zero", "--out", str(path), "--steps", "3", "--width", "64")
    assert path.read_bytes().startswith(b"GIF8")
    with Image.open(path) as video:
        frames = [np.array(frame.convert("RGB"), dtype=float) for frame in ImageSequence.Iterator(video)]
    assert len(frames) == 3
    for frame in frames:
        assert (frame[..., 0] - frame[..., 2]).max() > 100, "the torso is orange, and nothing else is"


def test_highest_jump_is_drawn(tmp_path):
    render("ant_policy.picture", "dqn", "--out", str(tmp_path / "jump.png"), "--steps", "60")
    picture = image.imread(tmp_path / "jump.png")
    assert picture.shape[:2] == (600, 1200)
    assert picture.std() > 0.05


@pytest.mark.parametrize("module", ["video", "picture"])
@pytest.mark.parametrize(("option", "value"), [("--steps", "0"), ("--seed", "-1")])
def test_number_that_cannot_be_is_refused_in_one_line(module, option, value, tmp_path):
    command = [sys.executable, "-m", f"ant_policy.{module}", "zero", "--out", str(tmp_path / "a.gif"), option, value]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == f"error: {option}: expected at least {0 if option == '--seed' else 1}, found {value}\n"


def test_machine_that_cannot_render_says_what_to_install(tmp_path):
    command = [sys.executable, "-m", "ant_policy.video", "zero", "--out", str(tmp_path / "a.gif"), "--steps", "1"]
    environment = {"PATH": "", "MUJOCO_GL": "osmesa", "PYOPENGL_PLATFORM": "none"}
    environment["PYTHONPATH"] = ":".join(sys.path)
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert "cannot render here" in result.stderr
    assert "apt install libegl1" in result.stderr
    assert not (tmp_path / "a.gif").exists()


def test_falls_and_heights_of_all_episodes_are_drawn(tmp_path):
    policy = load_policy("random", seed=0)
    evaluation = evaluate(policy, 3, 5, max_steps=40)
    draw_evaluation(evaluation, 0.05, "random", tmp_path / "a.png")
    evaluation.falls[:] = True
    draw_evaluation(evaluation, 0.05, "random", tmp_path / "b.png")
    first, second = (image.imread(tmp_path / f"{name}.png") for name in "ab")
    assert first.shape == second.shape
    for picture in (first, second):
        empty_rows = (picture[..., :3] == 1.0).all(axis=(1, 2))
        assert empty_rows.mean() < 0.2
    orange = np.array([0xD5, 0x5E, 0x00]) / 255
    assert not np.isclose(first[..., :3], orange, atol=0.01).all(axis=-1).any()
    assert np.isclose(second[..., :3], orange, atol=0.01).all(axis=-1).any()


def test_evaluation_is_drawn(tmp_path, capsys):
    assert main(["zero", "--episodes", "1", "--plot", str(tmp_path / "zero.png")]) == 0
    assert image.imread(tmp_path / "zero.png").std() > 0.1
    for option, file, expected in (
        ("--plot", tmp_path / "zero.jpeg2", "--plot: expected a file named .png"),
        ("--plot", tmp_path / "none" / "zero.png", "--plot: expected an existing folder"),
        ("--video", tmp_path / "zero.avi", "--video: expected a file named .mp4 or .gif"),
    ):
        assert main(["zero", option, str(file)]) == 2
        assert expected in capsys.readouterr().err
