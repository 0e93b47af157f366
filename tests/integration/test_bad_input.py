"""Bad input: one clear line that names it, never a traceback, and the robot does not move."""

import math
import shutil
from pathlib import Path

import pytest
import torch
from processes import Observer, repeating, stamp_ns, wait_until
from robots import Robot
from sensor_msgs.msg import JointState
from stable_baselines3 import PPO

from ant_sim import MODEL_PATH

ASSETS = Path(__file__).parents[2] / "assets" / "policies"


def last_line_of_refusal(node) -> str:
    assert node.wait() == 2
    assert "Traceback" not in node.output
    lines = [line for line in node.output.splitlines() if "error" in line.lower()]
    assert len(lines) == 1, node.output
    return lines[0]


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"real_time_factor": -1.0}, ["real_time_factor", "-1.0"]),
        ({"real_time_factor": "fast"}, ["real_time_factor", "fast"]),
        ({"command_timeout": 0.0}, ["command_timeout", "0.0"]),
        ({"command_interface": "telepathy"}, ["command_interface", "telepathy", "effort_controller"]),
        ({"model": "missing.xml"}, ["missing.xml"]),
        ({"sped": 3}, ["sped", "real_time_factor"]),
        (
            {"robot": "quadruped", "command_interface": "effort_controller"},
            ["command_interface", "position_controller"],
        ),
        ({"robot": "quadruped", "task": "jump", "keyframe": "up"}, ["keyframe", "up", "home"]),
    ],
)
def test_simulator_refuses_a_bad_parameter_by_name(start, parameters: dict, named: list[str]) -> None:
    line = last_line_of_refusal(start("sim", **parameters))
    assert all(text in line for text in named), line


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"policy": "sax"}, ["sax", "zero", "random"]),
        ({"policy": "nowhere/policy.zip"}, ["nowhere/policy.zip"]),
        ({"policy": "zero", "joints": "[hip_1, hip_2]"}, ["joints", "hip_1", "ankle_4"]),
        ({"policy": "zero", "state_timeout": -0.1}, ["state_timeout", "-0.1"]),
        ({"policy": "zero", "polcy": "sac"}, ["polcy", "policy"]),
        ({"policy": "walk", "joints": "[FL_hip, FL_knee]"}, ["joints", "FL_knee", "RR_calf"]),
    ],
)
def test_policy_node_refuses_a_bad_parameter_by_name(start, parameters: dict, named: list[str]) -> None:
    line = last_line_of_refusal(start("policy", **parameters))
    assert all(text in line for text in named), line


def test_policy_node_refuses_a_truncated_policy_file(start, tmp_path: Path) -> None:
    folder = tmp_path / "truncated"
    shutil.copytree(ASSETS / "walk", folder)
    file = folder / "policy.npz"
    file.write_bytes(file.read_bytes()[:200])
    assert "policy.npz" in last_line_of_refusal(start("policy", policy=folder))


@pytest.mark.parametrize(
    ("node", "program", "parameters", "named"),
    [
        ("driver", "fake_driver", {"command_timeout": 0.0}, ["command_timeout", "0.0"]),
        ("driver", "fake_driver", {"sped": 3}, ["sped", "command_timeout"]),
        ("markers", "markers", {"urdf": "missing.urdf"}, ["missing.urdf"]),
        ("web", "web", {"port": "many"}, ["port", "many"]),
    ],
)
def test_other_nodes_refuse_a_bad_parameter_by_name(
    start, node: str, program: str, parameters: dict, named: list[str]
) -> None:
    line = last_line_of_refusal(start(node, **parameters))
    assert line.startswith(f"{program}: error: ")
    assert all(text in line for text in named), line


def test_jump_refuses_a_bad_policy(start) -> None:
    assert "sax" in last_line_of_refusal(start("jump", "--policy", "sax"))


def test_simulator_rejects_bad_commands_and_does_not_move(start, observer: Observer, robot: Robot) -> None:
    states = observer.collect(JointState, "joint_states")
    publisher = observer.node.create_publisher(JointState, "joint_commands", 10)
    sim = start("sim", **robot.parameters)
    wait_until(lambda: publisher.get_subscription_count() == 1 and states, "the simulator subscribing")
    joints, count = list(robot.joints), len(robot.joints)
    ones = [1.0] * count
    bad = [
        (robot.command([*ones[:3], math.nan, *ones[4:]]), [joints[3], "nan"]),
        (robot.command([math.inf, *ones[1:]]), [joints[0], "inf"]),
        (robot.command(ones[:-1]), [f"{count - 1} {robot.interface}s for {count}"]),
        (robot.command(ones[:-1], joints[:-1]), [joints[-1]]),
        (robot.command(ones, [*joints[:-1], "hip_5"]), ["hip_5", joints[-1]]),
        (robot.command([*ones, 1.0], [*joints, joints[0]]), [joints[0], "twice"]),
        (JointState(), ["hip_4"] if robot.interface == "effort" else ["expected positions, found no values"]),
    ]
    for number, (command, named) in enumerate(bad, 1):
        command.header.stamp = states[0].header.stamp
        with repeating(lambda command=command: publisher.publish(command)):
            sim.wait_for("command rejected", number)
        rejections = [line for line in sim.output.splitlines() if "command rejected" in line]
        assert len(rejections) == number, "each is said once"
        assert all(text in rejections[-1] for text in named), rejections[-1]
    count = len(states)
    wait_until(lambda: len(states) > count + 3, "states still being published")
    assert {stamp_ns(message) for message in states} == {1_000_000_000}
    assert sim.stop() == 0
    assert "Traceback" not in sim.output


def test_policy_without_a_card_on_weaker_motors_is_noticed(start, tmp_path: Path) -> None:
    policy, model = tmp_path / "policy.zip", tmp_path / "weak.xml"
    restless = PPO("MlpPolicy", "CustomAntEnv-v1", n_steps=2, batch_size=2, device="cpu")
    torch.nn.init.constant_(restless.policy.action_net.bias, 5.0)
    restless.save(policy)
    model.write_text(MODEL_PATH.read_text().replace('gear="300"', 'gear="150"'))
    jump = start("jump", "--model", str(model), "--policy", str(policy))
    jump.wait_for(r"control of joint '\w+' is 2, clamped to -1 to 1; was the policy trained on other gears")
    assert "assumed: the jumping Ant, observation without normalisation, 300 N m for action 1" in jump.output
    assert "'hip_4' has scale 300 on the card, 150 in the model (8 differ: " in jump.output
