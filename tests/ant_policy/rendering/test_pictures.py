"""Pictures, videos and plots of policies."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib import image
from PIL import Image, ImageSequence

from ant_policy import load_policy
from ant_policy.errors import PolicyError
from ant_policy.evaluate import main
from ant_policy.evaluation.plot import draw_evaluation
from ant_policy.evaluation.rollout import evaluate
from ant_policy.rendering.episode import highest_jump, play

pytestmark = pytest.mark.usefixtures("short_episodes")


def render(*arguments):
    """Render in a process of its own; skip where nothing can be rendered, if it says so in one line."""
    command = [sys.executable, "-m", "ant_policy.rendering", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if "cannot render here" in result.stderr:
        assert result.returncode == 2
        assert "apt install" in result.stderr
        assert "Traceback" not in result.stderr
        pytest.skip(result.stderr.splitlines()[-1])
    assert result.returncode == 0, result.stderr


def torso(picture):
    """Mask of the torso in a picture (height, width, 3): it is orange, and nothing else is."""
    return picture[..., 0].astype(int) - picture[..., 2] > 100


def test_jump_is_recorded_with_the_robot_in_the_middle(tmp_path):
    path = tmp_path / "episode.gif"
    render("video", "sac", str(path), "1000", "25")
    heights = [pose[2] for pose in play(load_policy("sac"), 1000, 25)]
    assert max(heights) > 2.0
    with Image.open(path) as video:
        frames = [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(video)]
    assert len(frames) == 25
    # On the floor, on its way up, and at the top.
    for moment in (0, int(np.argmax(heights)) // 2, int(np.argmax(heights))):
        assert torso(frames[moment])[60:180, 80:240].mean() > 0.02
    assert len({frame.tobytes() for frame in frames}) > 20


def test_episode_in_an_environment_is_recorded_in_real_time(tmp_path, capfd):
    path = tmp_path / "walk.gif"
    options = ["--env", "QuadrupedWalk-v1", "--episodes", "1", "--video", str(path), "--seconds", "1"]
    code = main(["walk", *options])
    if "cannot render here" in (said := capfd.readouterr().err):
        pytest.skip(said.splitlines()[-1])
    assert code == 0
    with Image.open(path) as video:
        assert (video.n_frames, video.info["duration"]) == (25, 40)


def test_highest_jump_is_drawn(tmp_path):
    render("picture", "dqn", str(tmp_path / "jump.png"), "1000", "60")
    picture = np.array(Image.open(tmp_path / "jump.png").convert("RGB"))
    assert picture.shape == (600, 1200, 3)
    rows, columns = np.nonzero(torso(picture))
    assert len(rows) > 3000
    assert np.ptp(rows) > 300, "from the floor to the top"
    assert min(rows.min(), columns.min()) > 20, "nothing of it is cut off"
    assert (picture[:3, :, 2].astype(int) - picture[:3, :, 0]).max() < 100, "no blue leg either"
    assert picture[250:340, :400].max(axis=-1).min() > 100, "no shadow at the horizon"


def test_poses_of_an_episode_are_those_of_the_evaluation():
    policy = load_policy("sac")
    heights = [pose[2] for pose in play(policy, 1000, 40)]
    np.testing.assert_array_equal(heights[1:], evaluate(policy, 1, 1000, max_steps=39).heights[0])


def test_policy_that_does_not_jump_has_no_picture():
    with pytest.raises(PolicyError, match=r"the policy does not jump: its torso stays below 1 m in 10 steps"):
        highest_jump(list(play(load_policy("zero"), 1000, 10)))


def test_picture_and_video_are_options_of_evaluate(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(
        "ant_policy.evaluation.command.render", lambda *args, **options: calls.append((args, options)) or True
    )
    files = ["--video", str(tmp_path / "a.mp4"), "--picture", str(tmp_path / "b.png")]
    assert main(["zero", "--episodes", "1", "--seed", "7", "--seconds", "3", *files]) == 0
    assert calls == [
        (("video", "zero", tmp_path / "a.mp4"), {"seed": 7, "steps": 60, "model": None}),
        (("picture", "zero", tmp_path / "b.png"), {"seed": 7, "steps": 400, "model": None}),
    ]


def test_machine_that_cannot_render_says_what_to_install(tmp_path):
    command = [sys.executable, "-m", "ant_policy.rendering", "video", "zero", str(tmp_path / "a.gif"), "0", "1"]
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
        ("--picture", tmp_path / "zero.gif", "--picture: expected a file named .png or .jpg"),
    ):
        assert main(["zero", option, str(file)]) == 2
        assert expected in capsys.readouterr().err
