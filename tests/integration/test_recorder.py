"""The recorder loses nothing, finishes its bag however it ends, and never stops the robot."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from faults import Torque
from geometry_msgs.msg import TwistStamped
from processes import NodeProcess, Observer, repeating, stamp_ns, wait_until
from robots import ant
from rosbags.rosbag2 import Reader
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from stable_baselines3.common.buffers import ReplayBuffer
from std_srvs.srv import SetBool
from test_parity import activate_when_heard

import ant_bringup
from ant_bringup.bags.mcap_file import read_mcap
from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.writer import RESERVE
from ant_policy import load_policy
from ant_sim.control_loop.loop import FIRST_STAMP_NS

SEED = 7
PERIOD_NS = 50_000_000
EPISODE_STEPS = 300
PATIENT = 20.0
"""Timeouts [s] long enough for a machine under any load."""

Start = Callable[..., NodeProcess]


def has_both(folder: Path) -> bool:
    """Return true if an unfinished bag has states and commands."""
    topics = {message.topic for path in folder.rglob("*.mcap") for message in read_mcap(path)}
    return {"/joint_states", "/odom", "/joint_commands"} <= topics


def wait_for_steps(clock: list, steps: int) -> None:
    end_ns = FIRST_STAMP_NS + steps * PERIOD_NS
    wait_until(lambda: bool(clock) and stamp_ns(clock[-1]) >= end_ns, f"{steps} control steps", 90)


def assert_equals_the_environment(found: list, policy_path: Path, model: Path) -> None:
    """Compare episodes with the environment's for the same seed and policy, bit for bit."""
    policy = load_policy(policy_path)
    env = gym.make("CustomAntEnv-v1", model_path=model, max_episode_steps=EPISODE_STEPS)
    for number, episode in enumerate(found):
        observation, _ = env.reset(seed=SEED if number == 0 else None)
        for k in range(len(episode)):
            action = policy.act(observation)
            assert np.array_equal(episode.observations[k], observation)
            assert np.array_equal(episode.actions[k], action)
            observation, reward, terminated, truncated, _ = env.step(action)
            assert episode.rewards[k] == reward
        assert np.array_equal(episode.observations[-1], observation)
        if number < len(found) - 1:
            assert (episode.terminated, episode.outcome == "truncated") == (terminated, truncated)
    env.close()


def test_bag_at_20_times_real_time_has_every_message_and_equals_the_environment(
    start: Start, observer: Observer, linear_policy: Path, falling_model: Path, tmp_path: Path
) -> None:
    clock = observer.collect(Clock, "/clock")
    recorder = start("recorder", str(tmp_path / "first"), "--use-sim-time", "--max-bag-size", "1000000")
    start(
        "sim",
        seed=SEED,
        real_time_factor=20.0,
        model=falling_model,
        command_timeout=PATIENT,
        episode_steps=EPISODE_STEPS,
    )
    assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=True)).success
    start("policy", policy=linear_policy, state_timeout=PATIENT, autostart=False)
    activate_when_heard(observer)
    # While it is paused, the simulator repeats its state and the policy its answer.
    wait_until(lambda: has_both(tmp_path / "first"), "the first state and its answer in the bag")
    assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=False)).success
    wait_for_steps(clock, 800)
    assert recorder.stop() == 0
    assert "lost" not in recorder.output, recorder.output
    assert "dropped" not in recorder.output, recorder.output

    bag = read_bag(tmp_path / "first")
    assert len(list((tmp_path / "first").glob("*.mcap"))) > 1
    measured = (bag.joints, *bag.measurements.values())
    stamps = [sorted({each.sample.stamp_ns for each in messages}) for messages in measured]
    stamps.append(sorted({each.stamp_ns for each in bag.commands}))
    for found in stamps:
        assert found[0] == FIRST_STAMP_NS
        assert set(np.diff(found)) == {PERIOD_NS}, "a message is missing"
        assert len(found) >= 600, "it had come to 800 or so when it was told to end"
    assert bag.counts["/imu"] >= len(stamps[0])
    assert all(each.times.logged_ns >= FIRST_STAMP_NS for each in bag.joints)

    episodes = list(ant_bringup.episodes(bag))
    reported = [episode for episode in episodes if episode.number is not None]
    assert [episode.number for episode in reported] == list(range(1, len(reported) + 1))
    assert all(episode.is_whole and episode.episode_return == episode.reported_return for episode in reported)
    assert {"terminated", "truncated"} & {episode.outcome for episode in reported}
    assert_equals_the_environment(episodes, linear_policy, falling_model)

    env = gym.make("CustomAntEnv-v1")
    buffer = ReplayBuffer(2000, env.observation_space, env.action_space, device="cpu")
    for episode in episodes:
        for k in range(len(episode)):
            done = episode.terminated and k == len(episode) - 1
            row = (episode.observations[k], episode.observations[k + 1], episode.actions[k], episode.rewards[k])
            buffer.add(*(np.array([each]) for each in row), np.array([done]), [{}])
    assert buffer.size() == sum(map(len, episodes))


def test_best_effort_driver_in_a_namespace_is_recorded_until_sigterm(
    start: Start, observer: Observer, tmp_path: Path
) -> None:
    namespace = ("--ros-args", "-r", "__ns:=/ant1")
    recorder = start("recorder", str(tmp_path / "first"), *namespace)
    start("driver", *namespace, best_effort=True)
    start("policy", *namespace, policy="zero")
    joystick = observer.node.create_publisher(TwistStamped, "ant1/cmd_vel", 10)
    command = TwistStamped()
    command.twist.linear.x = 0.4
    recorder.wait_for("hears /ant1/joint_states")
    recorder.wait_for("hears /ant1/joint_commands")
    recorder.wait_for("hears /ant1/cmd_vel")
    commands = observer.collect(JointState, "ant1/joint_commands")
    with repeating(lambda: joystick.publish(command)):
        wait_until(lambda: len(commands) > 40, "commands")
    assert recorder.stop(signal.SIGTERM) == 0
    bag = read_bag(tmp_path / "first")
    assert bag.namespace == "/ant1"
    assert bag.joints
    assert bag.commands
    assert {command.value for command in bag.velocity_commands} == {(0.4, 0.0, 0.0)}
    assert bag.joints[0].times.logged_ns > 1_600_000_000 * 10**9, "wall clock"
    for episode in ant_bringup.episodes(bag):
        assert np.diff(episode.stamps_ns).min() >= 0.5 * PERIOD_NS, "of states at 200 Hz, one a control period"


def test_robot_goes_on_when_the_recorder_is_killed(start: Start, observer: Observer, tmp_path: Path) -> None:
    torque = Torque(observer, ant())
    recorder = start("recorder", str(tmp_path / "first"), "--use-sim-time")
    sim = start("sim", command_timeout=PATIENT)
    start("policy", policy="random", state_timeout=PATIENT)
    file = tmp_path / "first" / "first_0.mcap"
    torque.wait_for_motion()
    wait_until(lambda: file.is_file() and file.stat().st_size > 50_000, "a bag that grows")
    recorder.process.kill()
    recorder.wait()
    torque.wait_for_motion()
    assert "no command" not in sim.output
    bag = read_bag(tmp_path / "first")
    assert bag.joints
    assert "has no end" in bag.notes[0]


def test_robot_goes_on_while_the_recorder_hangs(start: Start, observer: Observer, tmp_path: Path) -> None:
    clock = observer.collect(Clock, "/clock")
    recorder = start("recorder", str(tmp_path / "first"), "--use-sim-time")
    sim = start("sim", real_time_factor=0.0, command_timeout=PATIENT)
    start("policy", policy="random", state_timeout=PATIENT)
    wait_for_steps(clock, 20)
    wait_until(lambda: has_both(tmp_path / "first"), "states and commands in the bag")
    recorder.process.send_signal(signal.SIGSTOP)
    steps = (stamp_ns(clock[-1]) - FIRST_STAMP_NS) // PERIOD_NS
    wait_for_steps(clock, steps + 300)
    recorder.process.send_signal(signal.SIGCONT)
    assert recorder.stop() == 0
    assert "no command" not in sim.output
    with Reader(tmp_path / "first") as reader:
        assert reader.message_count == sum(1 for _ in reader.messages())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for the reserve and 1 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={RESERVE + 1024 * 1024}", "tmpfs", str(folder)]
    mount = subprocess.run(command, check=False, capture_output=True, text=True)
    if mount.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mount.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_robot_goes_on_when_the_disk_is_full_and_the_bag_is_complete(
    start: Start, observer: Observer, small_disk: Path
) -> None:
    torque = Torque(observer, ant())
    recorder = start("recorder", str(small_disk / "first"), "--use-sim-time")
    sim = start("sim", real_time_factor=0.0, command_timeout=PATIENT)
    start("policy", policy="random", state_timeout=PATIENT)
    assert recorder.wait(90) == 1
    said = re.findall("ended early: No space left on device.*", recorder.output)
    assert len(said) == 1
    torque.wait_for_motion()
    assert "no command" not in sim.output
    with Reader(small_disk / "first") as reader:
        assert reader.message_count == sum(1 for _ in reader.messages())
        assert f"{reader.message_count} messages" in said[0]
    assert sum(len(episode) for episode in ant_bringup.episodes(small_disk / "first")) > 100


def test_jump_records_from_its_first_step_to_its_last(start: Start, linear_policy: Path, tmp_path: Path) -> None:
    options = ("--policy", str(linear_policy), "--seconds", "2", "--record", str(tmp_path / "first"))
    jump = start("jump", *options)
    assert jump.wait() == 0, jump.output
    bag = read_bag(tmp_path / "first")
    episodes = list(ant_bringup.episodes(bag))
    assert episodes[0].stamps_ns[0] == FIRST_STAMP_NS
    assert np.any(episodes[0].actions[0])
    steps = int(re.search(r"control steps\W+(\d+)", jump.output).group(1))
    # A state may have been published, and recorded, after the summary.
    assert steps <= sum(map(len, episodes)) <= steps + 5
    assert "messages in" in jump.output

    again = start("jump", *options)
    assert again.wait() == 2
    assert "exists already" in again.output
    assert "first command received" not in again.output
    assert "Traceback" not in again.output
