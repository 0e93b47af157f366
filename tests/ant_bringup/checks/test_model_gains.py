"""Gears and gains of a model against those of a policy's card."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

from quadruped_card import quadruped_card
from recordings import CARD

from ant_bringup.checks.gains import model_gains
from ant_bringup.checks.recording import Row
from ant_policy import Card, load_policy
from ant_sim import MODEL_PATH
from ant_sim.physics.robot import load_robot
from ant_sim.physics.shipped import find_model


def changed_ant(folder: Path, old: str, new: str) -> str:
    text = MODEL_PATH.read_text()
    assert old in text
    (folder / "ant.xml").write_text(text.replace(old, new))
    return str(folder / "ant.xml")


def gains_of(model: Path | str, card: Card) -> Row:
    return model_gains(load_robot(model), card)


@pytest.mark.parametrize("policy", ["sac", "dqn", "pgpe", "walk"])
def test_shipped_policies_have_the_gears_or_gains_of_their_robots(policy: str) -> None:
    model = find_model("quadruped") if policy == "walk" else MODEL_PATH
    assert gains_of(model, load_policy(policy).card).verdict == "pass"


def test_another_gear_names_joint_and_both_values(tmp_path: Path) -> None:
    row = gains_of(changed_ant(tmp_path, 'gear="300"', 'gear="150"'), CARD)
    assert (row.check, row.verdict) == ("gears", "warning")
    assert row.detail.startswith("'hip_4' has scale 300 on the card, 150 in the model (8 differ: hip_4, ankle_4, hip_1")
    assert row.detail.endswith(", ankle_3); was the policy trained on this model?")


def test_one_other_gear_is_found(tmp_path: Path) -> None:
    scale = CARD.action.scale | {"ankle_2": 150.0}
    row = gains_of(MODEL_PATH, replace(CARD, action=replace(CARD.action, scale=scale)))
    assert row.detail.startswith("'ankle_2' has scale 150 on the card, 300 in the model (1 differ: ankle_2)")


def test_scale_may_be_the_gear_or_the_whole_effort(tmp_path: Path) -> None:
    """Controls of -10 to 10 with a gear of 30 and of -1 to 1 with one of 300 are the same motor."""
    motor = 'gear="300" ctrllimited="true" ctrlrange="-1 1"'
    model = changed_ant(tmp_path, motor, 'gear="30" ctrllimited="true" ctrlrange="-10 10"')
    weak = dict.fromkeys(CARD.action.joints, 30.0)
    assert gains_of(model, CARD).verdict == "pass"
    assert gains_of(model, replace(CARD, action=replace(CARD.action, scale=weak))).verdict == "pass"


def test_other_gains_of_servos_are_named() -> None:
    walk, model = load_policy("walk").card, find_model("quadruped")
    stiff = {name: 2.0 * value for name, value in walk.action.stiffness.items()}
    row = gains_of(model, replace(walk, action=replace(walk.action, stiffness=stiff)))
    joint = walk.action.joints[0]
    assert (row.check, row.verdict) == ("gains", "warning")
    assert row.detail.startswith(f"'{joint}' has stiffness {stiff[joint]:g} on the card, {stiff[joint] / 2:g} in the ")


def test_card_without_gains_is_not_observed_and_another_interface_fails() -> None:
    model = find_model("quadruped")
    assert gains_of(model, quadruped_card()).verdict == "not observed"
    row = gains_of(model, CARD)
    assert row.verdict == "fail"
    assert row.detail.startswith("the card commands effort of hip_4, ankle_4, ")
    assert "; the model's actuators take position of FL_hip, FL_thigh, " in row.detail


def test_joint_that_the_card_lacks_fails() -> None:
    joints = tuple(name for name in CARD.action.joints if name != "hip_1")
    row = gains_of(MODEL_PATH, replace(CARD, action=replace(CARD.action, joints=joints)))
    assert row.verdict == "fail"


def test_joints_that_the_model_does_not_have_fail(tmp_path: Path) -> None:
    row = gains_of(changed_ant(tmp_path, "hip_4", "hip_5"), CARD)
    assert row.verdict == "fail"
