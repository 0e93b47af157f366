"""Refusals of Unitree-style deploy.yaml files."""

import pytest
from card_makers import refusal
from deploy_files import N_IN, REST, plain

from ant_policy.card.makers.deploy_yaml import draft_of_deploy_yaml
from ant_policy.errors import CardError


def test_open_fields_are_named(write_deploy, tmp_path, capsys):
    message = refusal(capsys, write_deploy(), tmp_path / "out")
    assert message.endswith("leaves 3 fields of the card open: robot, base_link, joints.names")


@pytest.mark.parametrize(
    "order", [[0, 1, 1, 3], [0, 1, 2, 4], [-1, 0, 1, 2], [0.0, 1, 2, 3], [True, 0, 2, 3], ["0", 1, 2, 3]]
)
def test_index_map_that_is_no_permutation_is_refused(write_deploy, tmp_path, capsys, order):
    path = write_deploy(lambda data: data.update(joint_ids_map=order))
    message = refusal(capsys, path, tmp_path / "out", **REST)
    assert message.startswith(f"error: {path}: field 'joint_ids_map.")
    assert "expected each index from 0 to 3 once, a permutation" in message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda data: data["observations"].update(height_scan=plain(3)),
            "'observations.height_scan': expected one of the",
        ),
        (lambda data: data.update(default_joint_pos=[0.1] * 3), "'default_joint_pos': expected 4 entries, found 3"),
        (lambda data: data.update(damping=[1.0] * 5), "'damping': expected 4 entries, found 5 entries"),
        (lambda data: data.update(step_dt=0), "'step_dt': expected a number greater than 0"),
        (lambda data: data.pop("step_dt"), "'step_dt': expected a finite number, found None"),
        (lambda data: data.pop("stiffness"), "'stiffness': expected a list, found None"),
        (lambda data: data.pop("joint_ids_map"), "'joint_ids_map': expected a list, found None"),
        (
            lambda data: data["actions"].update(JointVelocityAction={}),
            "'actions.JointVelocityAction': expected 'JointPos",
        ),
        (
            lambda data: data["actions"]["JointPositionAction"].update(scale=[0.5] * 3),
            "'actions.JointPositionAction.scale': expected 4 entries, found 3",
        ),
        (
            lambda data: data["actions"]["JointPositionAction"].update(clip=[[-1, 1]] * 3),
            "'actions.JointPositionAction.clip': expected 4 entries, found 3",
        ),
        (
            lambda data: data["observations"]["base_ang_vel"].update(scale=[0.2]),
            "'observations.base_ang_vel.scale': expected 3 entries, found 1",
        ),
        (
            lambda data: data["observations"]["last_action"].update(history_length=101),
            "'observations.last_action.history_length': expected a whole number from 0 to 100",
        ),
        (
            lambda data: data["observations"]["joint_pos_rel"].update(params={"asset_cfg": {"joint_ids": [0, 2]}}),
            "'observations.joint_pos_rel.params.asset_cfg.joint_ids': expected all joints",
        ),
        (lambda data: data.update(observations=None), "'observations': expected a mapping"),
        (lambda data: data["commands"]["base_velocity"]["ranges"].update(lin_vel_x=[0]), "expected 2 entries, found 1"),
    ],
)
def test_bad_field_is_named(write_deploy, tmp_path, capsys, change, expected):
    path = write_deploy(change)
    message = refusal(capsys, path, tmp_path / "out", **REST)
    assert message.startswith(f"error: {path}: field '")
    assert expected in message


def test_other_number_of_names_than_motors_is_refused(write_deploy, tmp_path, capsys):
    message = refusal(capsys, write_deploy(), tmp_path / "out", **REST | {"joints__names": "[a, b]"})
    assert "--set joints.names: expected 4 names in the order of the SDK" in message


def test_onnx_of_another_size_is_refused_term_by_term(write_deploy, tmp_path, capsys):
    message = refusal(capsys, write_deploy(n_in=45), tmp_path / "out", **REST)
    assert f"(1, {N_IN}) as on the card: base_angular_velocity 3, projected_gravity 3, velocity_command 6" in message


@pytest.mark.parametrize(
    "text", ["", "[]", "a: [", "a: &x 1", "joint_ids_map: 3", "stiffness: []\njoint_ids_map: []", "\0"]
)
def test_text_that_is_no_deploy_yaml_is_refused(tmp_path, text):
    path = tmp_path / "deploy.yaml"
    path.write_text(text)
    with pytest.raises(CardError) as refused:
        draft_of_deploy_yaml(path, {})
    assert str(refused.value).startswith(str(path))
