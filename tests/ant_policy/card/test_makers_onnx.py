"""Cards of ONNX files, with the metadata of mjlab and Isaac Lab tools, and without."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from card_makers import LEGS, made, refusal, save_onnx
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_policy.card.__main__ import main
from ant_policy.card.makers.onnx_metadata import TERMS, draft_of_metadata
from ant_policy.errors import PolicyError
from ant_policy.policies.loading import load_policy

METADATA = {
    "run_path": "someone/go/1234",
    "joint_names": ",".join(LEGS),
    "joint_stiffness": "35.000,36.000,37.000,38.000",
    "joint_damping": "0.500,0.600,0.700,0.800",
    "default_joint_pos": "0.100,0.900,-0.100,0.800",
    "command_names": "twist",
    "observation_names": "base_lin_vel,base_ang_vel,projected_gravity,joint_pos,joint_vel,actions,command",
    "action_scale": "0.500,0.250,0.500,0.250",
}
REST = {"robot": "biped", "base_link": "pelvis", "control_period": "0.02"}
GO1 = Path(__file__).parents[4] / "shared" / "robots" / "go1"
N_IN = 24


@pytest.fixture
def model(tmp_path):
    def make(n_in=N_IN, **changes):
        metadata = {name: text for name, text in (METADATA | changes).items() if text is not None}
        return save_onnx(tmp_path / "biped.onnx", n_in, len(LEGS), metadata)

    return make


def test_metadata_becomes_a_card(model, tmp_path, capsys):
    card = made(model(), tmp_path / "out", **REST)
    assert (card.robot, card.base_link, card.control_period) == ("biped", "pelvis", 0.02)
    assert card.joints.names == card.action.joints == tuple(LEGS)
    assert [term.name for term in card.observation.terms] == [
        *("base_linear_velocity", "base_angular_velocity", "projected_gravity"),
        *("joint_positions", "joint_velocities", "last_action", "velocity_command"),
    ]
    pose = dict(zip(LEGS, (0.1, 0.9, -0.1, 0.8), strict=True))
    assert card.joints.default_pose == card.observation.terms[3].offset == card.action.offset == pose
    assert (card.action.interface, card.policy.output) == ("position", "none")
    assert card.action.scale == dict(zip(LEGS, (0.5, 0.25, 0.5, 0.25), strict=True))
    assert card.action.stiffness == dict(zip(LEGS, (35.0, 36.0, 37.0, 38.0), strict=True))
    assert card.action.damping == dict(zip(LEGS, (0.5, 0.6, 0.7, 0.8), strict=True))
    printed = capsys.readouterr().out
    assert "  24 in all" in printed
    assert "     4 joint_positions, joint_states, with offset" in printed
    assert "note: joint positions of the observation are taken from the default pose" in printed


def test_policy_acts_as_its_network_alone(model, tmp_path):
    path = model()
    made(path, tmp_path / "out", **REST)
    x = np.random.default_rng(1).normal(size=(1, N_IN)).astype(np.float32)
    expected = onnxruntime.InferenceSession(path).run(None, {"obs": x})[0][0]
    np.testing.assert_array_equal(load_policy(tmp_path / "out").act(x[0]), expected)


def test_one_action_scale_stands_for_all_joints(model, tmp_path):
    assert set(made(model(action_scale="0.5"), tmp_path / "out", **REST).action.scale.values()) == {0.5}


def test_open_fields_are_listed_at_once_with_unit_and_example(model, tmp_path, capsys):
    assert main([str(model(joint_damping=None)), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "leaves 4 fields of the card open: robot, base_link, control_period, action.damping" in error
    assert "control_period: time between two actions [s], such as --set control_period=0.02" in error
    assert "action.damping: gain of velocity [N m s/rad]" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("field", ["default_joint_pos", "action_scale", "joint_stiffness", "joint_damping"])
@pytest.mark.parametrize("count", [3, 5])
def test_other_number_of_entries_than_joints_is_refused_by_field(model, tmp_path, capsys, field, count):
    path = model(**{field: ",".join(["0.5"] * count)})
    message = refusal(capsys, path, tmp_path / "out", **REST)
    assert f"{path}: field 'metadata_props.{field}': expected 4 entries, found {count} entries" in message


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("joint_stiffness", "35,nan,35,35", "'metadata_props.joint_stiffness.1': expected a finite number, found nan"),
        ("joint_damping", "1,2,3,stiff", "'metadata_props.joint_damping.3': expected a finite number, found 'stiff'"),
        ("default_joint_pos", "", "expected 4 entries, found 0 entries"),
        ("joint_names", "a,b,a,c", "'metadata_props.joint_names.0': expected each name once, found 'a' repeatedly"),
        ("joint_names", "a,b,,c", "'metadata_props.joint_names.2': expected text"),
        ("observation_names", "joint_pos,height_scan", "'metadata_props.observation_names.1': expected one of the"),
        ("command_names", "motion", "'metadata_props.command_names.0': expected 'twist' or 'base_velocity'"),
        ("action_scale", "0.5,0,0.5,0.5", "field 'action.scale': expected numbers that are not 0"),
        ("joint_stiffness", "1,-1,1,1", "field 'action.stiffness': expected gains from 0"),
        ("observation_names", "1," * 60_000, "expected at most 100000 characters"),
        ("observation_names", "actions," * 10_000, "expected at most 1000 entries, found 10001"),
    ],
)
def test_bad_metadata_is_refused_by_field(model, tmp_path, capsys, field, text, expected):
    assert expected in refusal(capsys, model(**{field: text}), tmp_path / "out", **REST)


def test_unknown_observation_is_named_with_the_known_ones(model, tmp_path, capsys):
    message = refusal(capsys, model(observation_names="joint_pos,height_scan"), tmp_path / "out", **REST)
    assert "found 'height_scan'" in message
    assert all(name in message for name in TERMS)


def test_input_that_is_not_the_sum_of_its_terms_is_refused_term_by_term(model, tmp_path, capsys):
    message = refusal(capsys, model(n_in=120), tmp_path / "out", **REST)
    assert "(1, 24) as on the card: base_linear_velocity 3, base_angular_velocity 3" in message
    assert "120" in message
    settings = {f"observation__terms__{name}__history": "5" for name in ("joint_positions", "joint_velocities")}
    card = made(model(n_in=56), tmp_path / "out", **REST, **settings)
    assert (card.observation_size, card.observation.terms[3].history) == (56, 5)


def test_history_of_whole_observations_can_be_set(model, tmp_path):
    assert made(model(n_in=120), tmp_path / "out", **REST, observation__history="5").observation_size == 120


def test_gait_phase_asks_for_its_period(model, tmp_path, capsys):
    path = model(n_in=6, observation_names="gait_phase,joint_vel")
    assert "open: observation.terms.gait_phase.period" in refusal(capsys, path, tmp_path / "out", **REST)
    card = made(path, tmp_path / "out", **REST, observation__terms__gait_phase__period="0.8")
    assert card.observation.terms[0].period == 0.8


def test_what_the_user_sets_comes_before_the_metadata(model, tmp_path):
    settings = {"action__stiffness": "50.0", "observation__terms__base_angular_velocity__source": "imu"}
    card = made(model(), tmp_path / "out", **REST, **settings)
    assert set(card.action.stiffness.values()) == {50.0}
    assert card.sources == ("odom", "imu", "cmd_vel")


def test_file_without_metadata_leaves_everything_open(tmp_path, capsys):
    path = save_onnx(tmp_path / "plain.onnx", 8, 4)
    message = refusal(capsys, path, tmp_path / "out")
    assert (
        "leaves 11 fields of the card open: robot, base_link, control_period, joints.names, observation.terms"
        in message
    )
    message = refusal(
        *(capsys, path, tmp_path / "out"),
        **REST,
        joints__names=f"[{', '.join(LEGS)}]",
        observation__terms="[{name: joint_positions, offset: default_pose}, {name: joint_velocities}]",
        policy__output="clip",
        action__interface="effort",
        action__scale="20.0",
    )
    assert message.endswith("leaves 1 field of the card open: joints.default_pose")


def test_normalisation_is_refused_as_the_model_has_it(model, tmp_path, capsys):
    settings = REST | {"observation__normalisation": f"{{mean: {[0.0] * N_IN}, std: {[1.0] * N_IN}}}"}
    message = refusal(capsys, model(), tmp_path / "out", **settings)
    assert "field 'observation.normalisation': expected null" in message


@pytest.mark.parametrize("content", [b"", b"no onnx", b"\x08\x08" * 50])
def test_file_that_is_no_onnx_is_refused(tmp_path, capsys, content):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    assert "expected an ONNX model" in refusal(capsys, path, tmp_path / "out")


@given(st.dictionaries(st.sampled_from([*METADATA]), st.text("0123456789.,-einfa_hp ", max_size=40)))
@settings(max_examples=200, deadline=None)
def test_any_metadata_makes_a_draft_or_one_line(metadata):
    try:
        draft = draft_of_metadata(Path("any.onnx"), metadata, {})
    except PolicyError as error:
        message = str(error)
    else:
        assert "robot" in draft.open_fields()
        return
    assert message.startswith("any.onnx: field 'metadata_props.")


@pytest.mark.skipif(not GO1.exists(), reason="needs ../shared/robots/go1, data that are not in the project")
def test_go1_policy_of_others_becomes_a_card_with_48_inputs(tmp_path):
    parts = {"hip": 0.1, "thigh": 0.9, "calf": -1.8}
    names = [f"{leg}_{part}_joint" for leg in ("FR", "FL", "RR", "RL") for part in parts]
    pose = {name: (-1.0 if "L_hip" in name else 1.0) * parts[name.split("_")[1]] for name in names}
    terms = (
        "[{name: base_linear_velocity}, {name: base_angular_velocity}, {name: projected_gravity}, "
        "{name: joint_positions, offset: default_pose}, {name: joint_velocities}, {name: last_action}, "
        "{name: velocity_command}]"
    )
    card = made(
        *(GO1 / "go1_policy.onnx", tmp_path / "out"),
        robot="go1",
        base_link="trunk",
        control_period="0.02",
        joints__names=f"[{', '.join(names)}]",
        joints__default_pose=f"{{{', '.join(f'{name}: {value}' for name, value in pose.items())}}}",
        observation__terms=terms,
        policy__output="none",
        action__interface="position",
        action__scale="0.5",
        action__offset="default_pose",
        action__stiffness="35.0",
        action__damping="0.5",
    )
    assert (card.observation_size, card.action_size) == (48, 12)
    assert card.action.offset == pose
    policy = load_policy(tmp_path / "out")
    assert np.isfinite(policy.act(np.zeros(48))).all()
