"""Each single mistake in the card of a policy that others trained is refused by name, or a check shows it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_foreign_policy import CARD, GO1, policy_folder, pytestmark  # noqa: F401

ROBOT = ("--model", str(GO1 / "go1.xml"), "--base-link", "trunk", "--keyframe", "home")


def swapped(parts: dict) -> None:
    names = parts["joints"]["names"]
    names[0], names[3] = names[3], names[0]


def without_pose(parts: dict) -> None:
    del parts["joints"]["default_pose"]


def without_offsets(parts: dict) -> None:
    del parts["action"]["offset"], parts["observation"]["terms"][3]["offset"]


def other_scale(parts: dict) -> None:
    parts["action"]["scale"] = 0.25


def without_term(parts: dict) -> None:
    del parts["observation"]["terms"][2]


def slower(parts: dict) -> None:
    parts["control_period"] = 0.05


def folder_with(path: Path, mistake) -> Path:
    path.mkdir()
    parts = yaml.safe_load(CARD)
    mistake(parts)
    policy_folder(path)
    (path / "card.yaml").write_text(yaml.safe_dump(parts, sort_keys=False))
    return path


def check_parity(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ant_bringup.check_parity", *arguments, "--steps", "20"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=os.environ)


def test_card_without_mistake_equals_a_plain_loop_and_itself(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "policy", lambda parts: None)
    run = check_parity(str(folder), "--against", str(folder), *ROBOT, "--cmd-vel", "0.8", "0", "0.2")
    assert (run.returncode, run.stdout) == (0, "EQUAL: 21 states and 21 commands, bit for bit\n"), run.stderr


@pytest.mark.parametrize(
    ("mistake", "code", "words"),
    [
        (swapped, 1, "the cards differ in joints.names[0]: expected FR_hip_joint, found FL_hip_joint"),
        (without_pose, 2, "field 'action.offset': expected numbers, as joints.default_pose is not there"),
        (without_offsets, 1, "the cards differ in action.offset: expected {'FR_hip_joint': 0.1"),
        (other_scale, 1, "the cards differ in action.scale.FR_hip_joint: expected 0.5, found 0.25"),
        (without_term, 2, "expected one input of float32 (1, 45)"),
        (slower, 2, "the cards differ in control_period: expected 0.02, found 0.05"),
    ],
)
def test_mistake_is_shown_against_the_card_of_the_training(tmp_path: Path, mistake, code: int, words: str) -> None:
    right, wrong = (
        folder_with(tmp_path / name, each) for name, each in (("right", lambda parts: None), ("wrong", mistake))
    )
    run = check_parity(str(wrong), "--against", str(right), *ROBOT)
    assert run.returncode == code, run.stdout + run.stderr
    assert words in run.stderr.replace("\n", " ")
    assert run.stdout.startswith("DIFFERENT at step 0" if code == 1 else "")


def test_offsets_that_are_left_out_are_seen_by_check_driver(start, domain: int, tmp_path: Path) -> None:
    """Without another card: the robot stands where no action of this policy is small."""
    folder = folder_with(tmp_path / "policy", without_offsets)
    driver = start("driver", model=GO1 / "go1.xml", base_link="trunk", keyframe="home")
    driver.wait_for("waiting for a first command")
    command = [sys.executable, "-m", "ant_bringup.check_driver", "--policy", str(folder), "--seconds", "1", "--json"]
    environment = os.environ | {"ROS_DOMAIN_ID": str(domain)}
    run = subprocess.run([*command, "--no-command"], capture_output=True, text=True, check=False, env=environment)
    assert "_calf_joint' rests at -" in run.stdout
    assert "an action of 0 commands 0.00; is default_pose or an offset left out" in run.stdout
