"""Policies trained by `--env` on environments that are not ours run over ROS 2 as in their environments."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from documented import ROOT, files
from processes import stamp_ns, wait_until
from sensor_msgs.msg import JointState

from ant_policy import load_policy
from ant_policy.evaluation.environment import find_environment
from ant_policy.train import main

FREE_ANT = """
import gymnasium as gym

gym.register(
    "FreeAnt-v0",
    "gymnasium.envs.mujoco.ant_v5:AntEnv",
    max_episode_steps=100,
    kwargs={"include_cfrc_ext_in_observation": False, "terminate_when_unhealthy": False},
)
"""
TINY = "--steps 200 --num-envs 2 --learning-starts 50 --hidden [16] --gradient-steps 1 --evaluation-interval 200"
SMALL = "--evaluation-episodes 1 --report-episodes 1 --buffer-size 1000"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Working directory with the modules of the environments."""
    for name, text in {"free_ant.py": FREE_ANT, **files(ROOT / "docs" / "your_robot.md")}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def states_of(start, observer, policy: Path, steps: int, **parameters: object) -> list[JointState]:
    """Fresh joint states of the policy's robot in lockstep."""
    states = observer.collect(JointState, "joint_states")
    start("sim", task="none", real_time_factor=0.0, command_timeout=20.0, **parameters)
    wait_until(lambda: len(states) > 0, "the first state, which is repeated until it is answered")
    start("policy", policy=policy, state_timeout=20.0)
    wait_until(lambda: len({stamp_ns(state) for state in states}) > steps, f"{steps} states", 60.0)
    fresh = {stamp_ns(state): state for state in states}
    return [fresh[stamp] for stamp in sorted(fresh)][: steps + 1]


def followed(env: gym.Env, policy: Path, env_id: str, steps: int) -> np.ndarray:
    """Joint positions (steps + 1, n_joints) in the environment, from the pose that it has been reset to."""
    act = find_environment(env_id).adapt(load_policy(policy))
    data, first = env.unwrapped.data, 7 if env.unwrapped.model.jnt_type[0] == 0 else 0
    observation, _ = env.reset(seed=0)
    positions = [data.qpos[first:].copy()]
    for _ in range(steps):
        observation, *_ = env.step(act(observation[None])[0])
        positions.append(data.qpos[first:].copy())
    return np.array(positions)


def test_gymnasiums_ant_acts_over_ros_as_in_its_environment(start, observer, folder) -> None:
    env_id, out, steps = "free_ant:FreeAnt-v0", folder / "run", 40
    assert main(["sac", "--env", env_id, "--out", str(out), *TINY.split(), *SMALL.split()]) == 0
    env = gym.make(env_id, reset_noise_scale=0.0)
    expected = followed(env, out, env_id, steps)
    states = states_of(start, observer, out, steps, model=env.unwrapped.fullpath, control_period=0.05)
    found = np.array([state.position for state in states])
    assert np.ptp(expected, axis=0).min() > 0.01
    # The environment's velocity does not go through the torso frame, which rounds it in the last place.
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_robot_of_the_documentation_acts_over_ros_as_in_its_environment(start, observer, folder) -> None:
    env_id, out, steps = "arm:Arm-v0", folder / "run", 100
    assert find_environment(env_id).in_turn == ""
    assert main(["sac", "--env", env_id, "--out", str(out), *TINY.split(), *SMALL.split()]) == 0
    env = gym.make(env_id)
    env.unwrapped.reset_model = lambda: (env.unwrapped.set_state(np.zeros(2), np.zeros(2)), env.unwrapped.observe())[1]
    expected = followed(env, out, env_id, steps)
    states = states_of(start, observer, out, steps, model=folder / "arm.xml")
    assert states[0].name == ["shoulder", "elbow"]
    assert np.ptp(expected, axis=0).min() > 0.01
    np.testing.assert_array_equal(np.array([state.position for state in states]), expected)
