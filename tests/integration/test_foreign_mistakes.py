"""Each single mistake in the card of the shipped walk, or of others' policy, is refused by name or shown by a check."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from processes import Observer, stamp_ns, wait_until
from sensor_msgs.msg import JointState
from test_foreign_policy import CARD, GO1, policy_folder

from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.physics.shipped import find_model

WALK = Path(__file__).parents[2] / "assets" / "policies" / "walk"
MODELS = {"walk": find_model("quadruped"), "go1": GO1 / "go1.xml"}


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    """The quadruped's walk, or a policy and a robot of others where they are."""
    if request.param == "go1" and not GO1.exists():
        pytest.skip("../shared/robots/go1 is not there: others' data, not ours")
    return request.param


def term(parts: dict, name: str) -> dict:
    return next(each for each in parts["observation"]["terms"] if each["name"] == name)


def swapped(parts: dict) -> None:
    names = parts["joints"]["names"]
    names[0], names[3] = names[3], names[0]


def without_pose(parts: dict) -> None:
    del parts["joints"]["default_pose"]


def without_offsets(parts: dict) -> None:
    del parts["action"]["offset"], term(parts, "joint_positions")["offset"]


def other_scale(parts: dict) -> None:
    parts["action"]["scale"] = 0.3


def without_term(parts: dict) -> None:
    parts["observation"]["terms"].remove(term(parts, "projected_gravity"))


def efforts(parts: dict) -> None:
    parts["action"] = {"interface": "effort", "scale": 0.5}


def slower(parts: dict) -> None:
    parts["control_period"] = 0.05


def folder_with(path: Path, name: str, mistake) -> Path:
    """Folder of a policy with a mistake in its card."""
    path.mkdir()
    if name == "go1":
        parts = yaml.safe_load(CARD)
        policy_folder(path)
    else:
        parts = yaml.safe_load((WALK / "card.yaml").read_text())
        parts["action"]["offset"] = term(parts, "joint_positions")["offset"] = "default_pose"
        shutil.copy(WALK / "policy.npz", path)
    mistake(parts)
    (path / "card.yaml").write_text(yaml.safe_dump(parts, sort_keys=False))
    return path


def robot(name: str) -> tuple[str, ...]:
    return ("--model", str(MODELS[name]), "--base-link", "trunk", "--keyframe", "home")


def check_parity(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ant_bringup.check_parity", *arguments, "--steps", "20"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=os.environ)


def test_card_without_mistake_equals_a_plain_loop_and_itself(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path / "policy", name, lambda parts: None)
    run = check_parity(str(folder), "--against", str(folder), *robot(name), "--cmd-vel", "0.8", "0", "0.2")
    assert (run.returncode, run.stdout) == (0, "EQUAL: 21 states and 21 commands, bit for bit\n"), run.stderr


@pytest.mark.parametrize(
    ("mistake", "code", "words"),
    [
        (swapped, 1, r"the cards differ in joints.names\[0\]: expected (FR|FL)_hip\w*, found (FL|FR)_hip\w*"),
        (without_pose, 2, r"field '\S+offset': expected numbers, as joints.default_pose is not there"),
        (without_offsets, 1, r"the cards differ in action.offset: expected {'F\w+': 0.[01]"),
        (other_scale, 1, r"the cards differ in action.scale.F\w+: expected 0.(5|25), found 0.3"),
        (
            without_term,
            2,
            r"expected .*\(\d+, 4[45]\).* base_angular_velocity 3, joint_positions 12",
        ),
        (slower, 2, "the cards differ in control_period: expected 0.02, found 0.05"),
    ],
)
def test_mistake_is_shown_against_the_card_of_the_training(
    tmp_path: Path, name: str, mistake, code: int, words: str
) -> None:
    right = folder_with(tmp_path / "right", name, lambda parts: None)
    wrong = folder_with(tmp_path / "wrong", name, mistake)
    run = check_parity(str(wrong), "--against", str(right), *robot(name))
    assert run.returncode == code, run.stdout + run.stderr
    assert re.search(words, run.stderr.replace("\n", " ")), run.stderr
    assert run.stdout.startswith("DIFFERENT at step " if code == 1 else "")


def test_offsets_that_are_left_out_are_seen_by_check_driver(start, domain: int, tmp_path: Path, name: str) -> None:
    """Without another card: the robot stands where no action of this policy is small."""
    folder = folder_with(tmp_path / "policy", name, without_offsets)
    driver = start("driver", model=MODELS[name], base_link="trunk", keyframe="home")
    driver.wait_for("waiting for a first command")
    command = [sys.executable, "-m", "ant_bringup.check_driver", "--policy", str(folder), "--seconds", "1", "--json"]
    environment = os.environ | {"ROS_DOMAIN_ID": str(domain)}
    run = subprocess.run([*command, "--no-command"], capture_output=True, text=True, check=False, env=environment)
    assert re.search(r"_(calf|thigh)\w*' rests at ", run.stdout), run.stdout
    assert "an action of 0 commands 0.00; is default_pose or an offset left out" in run.stdout


@pytest.mark.parametrize(
    ("mistake", "node", "words"),
    [
        (without_term, "policy", r"expected .*\(\d+, 4[45]\)"),
        (efforts, "sim", "expected positions, found effort"),
    ],
)
def test_mistake_in_the_card_is_said_and_nothing_moves(
    start, observer: Observer, tmp_path: Path, name: str, mistake, node: str, words: str
) -> None:
    states = observer.collect(JointState, "joint_states")
    robot = {"model": MODELS[name], "base_link": "trunk", "keyframe": "home", "control_period": 0.02}
    nodes = {"sim": start("sim", **robot)}
    wait_until(lambda: bool(states), "the robot standing")
    nodes["policy"] = start("policy", policy=folder_with(tmp_path / "policy", name, mistake))
    nodes[node].wait_for(words)
    count = len(states)
    wait_until(lambda: len(states) > count + 5, "states still being published")
    assert {stamp_ns(message) for message in states} == {FIRST_STAMP_NS}
