"""Rendering, in a process of its own: MuJoCo chooses its graphics library when it is imported."""

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from ant_sim.envs.single import CustomAntEnv

NO_GRAPHICS = 77

RENDER = """
import sys
import mujoco

path, no_graphics = sys.argv[1:]
try:
    mujoco.GLContext(16, 16).free()
except Exception as error:
    print(f"{type(error).__name__}: {error}")
    sys.exit(int(no_graphics))

import numpy as np
from ant_sim.envs.single import CustomAntEnv

pictures = {}
for mode in ("rgb_array", "depth_array", "rgbd_tuple"):
    env = CustomAntEnv(render_mode=mode, width=160, height=120)
    model, data = env.simulator.model, env.simulator.data
    env.reset(seed=0)
    shown = {"first": env.render()}
    if mode == "rgb_array":
        shown["again"] = env.render()
    for _ in range(8):
        env.step(np.float32([1, -1, 1, 1, -1, 1, -1, -1]))
    shown["moved"] = env.render()
    if mode == "rgb_array":
        pictures["qpos"] = data.qpos.copy()
        mujoco.mj_forward(model, data)
        shown["moved, all computed anew"] = env.render()
        env.reset(seed=0)
        shown["back"] = env.render()
        mujoco.mj_forward(model, data)
        shown["back, all computed anew"] = env.render()
    names = ("rgb", "depth") if mode == "rgbd_tuple" else ("",)
    for i, name in enumerate(names):
        for moment, picture in shown.items():
            pictures[f"{mode}{name}/{moment}"] = picture[i] if name else picture
    env.close()
np.savez(path, **pictures)
"""

WINDOW = """
import sys
import gymnasium as gym
import mujoco
import numpy as np
import ant_sim
from ant_policy import load_policy

env, policy, pictures = gym.make("CustomAntEnv-v1", render_mode="human"), load_policy("sac"), {}
observation, _ = env.reset(seed=0)
for step in range(25):
    observation, *_ = env.step(policy.act(observation))
    if step in (4, 14, 24):
        viewer = env.unwrapped._renderer.viewer
        picture = np.zeros((480, 480, 3), np.uint8)
        mujoco.mjr_readPixels(picture, None, viewer.viewport, viewer.con)
        pictures[str(step)] = picture[::-1]
np.savez(sys.argv[1], **pictures)
env.close()
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "pictures.npz"
    code = [sys.executable, "-W", "error::UserWarning", "-c", RENDER, str(path), str(NO_GRAPHICS)]
    environment = {"MUJOCO_GL": "egl", "PYOPENGL_PLATFORM": "egl"}
    result = subprocess.run(code, env=os.environ | environment, capture_output=True, text=True, check=False)
    if result.returncode == NO_GRAPHICS:
        pytest.skip(f"no EGL on this machine: {result.stdout.strip()}")
    assert result.returncode == 0, result.stderr
    return np.load(path)


def test_rgb_array_is_a_colour_picture(pictures):
    picture = pictures["rgb_array/first"]
    assert (picture.shape, picture.dtype) == ((120, 160, 3), np.uint8)
    assert picture.std() > 10.0


def test_depth_array_is_a_depth_picture(pictures):
    picture = pictures["depth_array/first"]
    assert (picture.shape, picture.dtype) == ((120, 160), np.float32)
    assert np.ptp(picture) > 0.0


def test_rgbd_tuple_is_both(pictures):
    for moment in ("first", "moved"):
        np.testing.assert_array_equal(pictures[f"rgbd_tuplergb/{moment}"], pictures[f"rgb_array/{moment}"])
        np.testing.assert_array_equal(pictures[f"rgbd_tupledepth/{moment}"], pictures[f"depth_array/{moment}"])


@pytest.mark.parametrize("mode", ["rgb_array", "depth_array"])
def test_picture_changes_when_the_robot_moves(pictures, mode):
    assert not np.array_equal(pictures[f"{mode}/moved"], pictures[f"{mode}/first"])


def test_picture_of_the_same_state_is_the_same(pictures):
    np.testing.assert_array_equal(pictures["rgb_array/again"], pictures["rgb_array/first"])
    np.testing.assert_array_equal(pictures["rgb_array/back"], pictures["rgb_array/first"])


@pytest.mark.parametrize("moment", ["moved", "back"])
def test_picture_is_of_this_instant(pictures, moment):
    anew = pictures[f"rgb_array/{moment}, all computed anew"]
    np.testing.assert_array_equal(pictures[f"rgb_array/{moment}"], anew)


def test_rendering_does_not_change_the_trajectory(pictures):
    env = CustomAntEnv()
    env.reset(seed=0)
    for _ in range(8):
        env.step(np.float32([1, -1, 1, 1, -1, 1, -1, -1]))
    np.testing.assert_array_equal(pictures["qpos"], env.simulator.data.qpos)


def test_window_keeps_real_time_and_goes_on_from_a_delay(monkeypatch):
    now, shown = 100.0, []

    def sleep(seconds):
        nonlocal now
        now += seconds

    monkeypatch.setattr("ant_sim.envs.single.monotonic", lambda: now)
    monkeypatch.setattr("ant_sim.envs.single.sleep", sleep)
    env = CustomAntEnv(render_mode="human")
    env._renderer = SimpleNamespace(render=lambda mode: shown.append(now), close=lambda: None)
    env.reset(seed=0)
    for work in (0.01, 0.04, 0.3, 0.0, 0.02):
        now += work
        env.step(np.zeros(8, np.float32))
    assert shown == pytest.approx([100.0, 100.05, 100.1, 100.4, 100.45, 100.5])


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="xvfb is not installed")
def test_window_follows_the_jumping_robot_without_a_menu_over_it(tmp_path):
    path = tmp_path / "window.npz"
    code = ["xvfb-run", "-a", "-s", "-screen 0 1280x900x24", sys.executable, "-c", WINDOW, str(path)]
    environment = {name: value for name, value in os.environ.items() if name not in ("MUJOCO_GL", "PYOPENGL_PLATFORM")}
    subprocess.run(code, env=environment, check=True, capture_output=True)
    for moment, picture in np.load(path).items():
        red, _, blue = picture[120:360, 120:360].astype(int).transpose(2, 0, 1)
        assert (red - blue > 100).mean() > 0.02, f"no torso in the middle of the window at step {moment}"
        assert np.ptp(picture[:40, :200].astype(int), axis=(0, 1)).max() < 60, f"menu over the sky at step {moment}"
