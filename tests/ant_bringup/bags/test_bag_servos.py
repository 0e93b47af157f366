"""Bags of a robot with servos, an IMU and velocity commands, and without odometry."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from quadruped_card import JOINTS, walking_card

from ant_bringup.bag_report import main
from ant_bringup.bags.analysis import at_limit, commands_by_joint
from ant_bringup.bags.bag import Bag
from ant_bringup.bags.episodes import episodes, is_jump
from ant_bringup.bags.mcap_file import Message
from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.report.figures import figures
from ant_bringup.bags.writer import BagWriter
from ant_policy import default_card
from ant_policy.control.commands import CommandMaker
from ant_policy.control.config import PolicyConfig
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import ImuSample, JointSample
from ant_sim.physics.robot import load_robot
from ant_sim.physics.shipped import find_model
from ant_sim.physics.simulator import Simulator

CARD = walking_card()
STEPS = 40
PERIOD_NS = 20_000_000
VELOCITY = (0.5, 0.0, -0.25)
FIRST_COMMAND_AT = 10
"""Step at which the velocity command begins."""


class Run:
    """A plain loop: what it saw and did, and the messages that ROS would have carried."""

    def __init__(self, tools: Any) -> None:
        rng = np.random.default_rng(3)
        robot = load_robot(find_model("quadruped"))
        simulator = Simulator(robot, CARD.control_period, robot.initial_keyframe)
        maker, builder = CommandMaker(CARD, PolicyConfig()), ObservationBuilder(CARD)
        order = [maker.joints.index(name) for name in robot.actuator_joints]
        self.messages: list[Message] = []
        self.observations, self.actions = [], []
        for step in range(STEPS + 1):
            stamp_ns = 1_000_000_000 + step * PERIOD_NS
            state = simulator.state()
            velocity = VELOCITY if step >= FIRST_COMMAND_AT else (0.0, 0.0, 0.0)
            if step >= FIRST_COMMAND_AT:
                self._say(tools, "cmd_vel", stamp_ns, tools.twist(*velocity))
            quaternion, rate = tuple(state.base_quaternion), tuple(state.base_angular_velocity_b)
            self._say(tools, "imu", stamp_ns, tools.imu(stamp_ns, quaternion, rate))
            values = (state.joint_positions, state.joint_velocities, state.joint_efforts)
            self._say(tools, "joint_states", stamp_ns, tools.joint_state(stamp_ns, robot.joint_names, *values))
            joints = JointSample(stamp_ns, robot.joint_names, state.joint_positions, state.joint_velocities)
            seen = RobotState(joints, None, ImuSample(stamp_ns, quaternion, rate), velocity)
            self.observations.append(builder.stack(builder.frame(seen)))
            if step == STEPS:
                break
            action = rng.uniform(-0.4, 0.4, len(JOINTS)).astype(np.float32)
            self.actions.append(action)
            builder.remember(action)
            command, _ = maker.act(stamp_ns, action.astype(np.float64))
            message = tools.joint_state(stamp_ns, command.joints, command.values, [], [])
            self._say(tools, "joint_commands", stamp_ns, message, 1_000_000)
            simulator.step(command.values[order])

    def _say(self, tools: Any, topic: str, at_ns: int, content: Any, delay_ns: int = 0) -> None:
        self.messages.append(tools.message(topic, at_ns, at_ns + delay_ns + 1, content))


@pytest.fixture(scope="module")
def run(message_tools) -> Run:
    return Run(message_tools)


@pytest.fixture
def bag_folder(run: Run, tmp_path: Path) -> Path:
    writer = BagWriter(tmp_path / "servos")
    for message in run.messages:
        writer.append(message)
    writer.finish()
    return tmp_path / "servos"


def test_observations_with_memory_and_actions_are_the_loops(run: Run, bag_folder: Path) -> None:
    (episode,) = episodes(bag_folder, CARD)
    assert np.array_equal(episode.observations, np.array(run.observations))
    np.testing.assert_allclose(episode.actions, np.array(run.actions), rtol=0, atol=1e-7)
    assert (episode.rewards, episode.heights, episode.episode_return) == (None, None, None)


def test_commands_are_by_joint_in_their_unit_and_counted_at_the_cards_limits(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    commands = commands_by_joint(bag, CARD)
    assert all(len(series.values) == STEPS for series in commands.values())
    assert commands["RL_calf"].values.mean() == pytest.approx(-1.6, abs=0.05)
    counts = at_limit(list(episodes(bag, CARD)), CARD)
    assert counts == dict.fromkeys(JOINTS, 0)
    values = tuple(0.05 if name == "FR_hip" else 0.0 for name in bag.commands[2].names)
    bag.commands[2] = replace(bag.commands[2], values=values)
    assert at_limit(list(episodes(bag, CARD)), CARD)["FR_hip"] == 1


def test_stop_of_a_servo_is_no_action_and_no_gap(run: Run, bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    bag.commands[5] = replace(bag.commands[5], interface="velocity", values=(0.0,) * len(JOINTS))
    del bag.commands[7]
    (episode,) = episodes(bag, CARD)
    assert not episode.actions[[5, 7]].any()
    assert np.isnan(episode.commands[[5, 7]]).all()
    assert len(episode) == STEPS


def test_report_has_positions_and_nothing_of_the_jump(bag_folder: Path, tmp_path: Path, capsys) -> None:
    CARD.save(tmp_path / "card.yaml")
    bag = read_bag(bag_folder)
    titles = {figure.layout.title.text: figure for figure in figures(bag, list(episodes(bag, CARD)), CARD)}
    assert "Height and jumps" not in titles
    drawn = titles["Commanded position of each joint"]
    assert drawn.layout.yaxis.title.text == "position [rad]"
    assert [trace.name for trace in drawn.data] == list(JOINTS)
    assert len({(trace.line.color, trace.line.dash) for trace in drawn.data}) == len(JOINTS)

    assert main([str(bag_folder), "--policy", str(tmp_path / "card.yaml"), "--out", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["robot"], summary["interface"], summary["jumps"]) == ("quadruped", "position", None)
    assert summary["episodes"][0]["return"] is None
    assert "imu" in summary["period_ms"]
    assert ">Jumps<" not in (tmp_path / "out" / "index.html").read_text()
    assert "jumps" not in capsys.readouterr().out


def test_bag_of_another_robot_than_the_cards_names_a_joint_and_the_way_out(bag_folder: Path, tmp_path, capsys) -> None:
    assert main([str(bag_folder), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "joint 'hip_1' of the card is not in joint_states; found: FL_calf, " in error
    assert "--policy" in error


def test_task_is_the_simulators_word_or_else_that_of_the_card(two_episodes, tmp_path: Path) -> None:
    bag = read_bag(two_episodes.write(tmp_path / "ant"))
    assert is_jump(bag, default_card("sac"))
    assert not is_jump(Bag(), CARD)
    bag.statuses = [replace(bag.statuses[0], name="/sim_node: control loop", values={"control steps": "10"})]
    assert not is_jump(bag, default_card("sac"))
