"""Fields that the user sets, and those that stay open."""

import subprocess
import sys

import pytest
from card_makers import LEGS, made, refusal, save_onnx

from ant_policy.card.makers.draft import Draft, parse_settings
from ant_policy.errors import CardError

PLAIN = {
    "robot": "biped",
    "base_link": "pelvis",
    "control_period": "0.02",
    "joints__names": f"[{', '.join(LEGS)}]",
    "observation__terms": "[{name: joint_positions}, {name: joint_velocities}]",
    "policy__output": "clip",
    "action__interface": "effort",
    "action__scale": "20.0",
}


@pytest.fixture
def model(tmp_path):
    return save_onnx(tmp_path / "plain.onnx", 8, 4)


def test_values_are_plain_yaml():
    texts = [
        "control_period=0.02",
        "joints.names=[a, b]",
        "action.clip={a: [-1, 1]}",
        "robot=my = robot",
        "action.offset=null",
    ]
    assert parse_settings(texts) == {
        "control_period": 0.02,
        "joints.names": ["a", "b"],
        "action.clip": {"a": [-1, 1]},
        "robot": "my = robot",
        "action.offset": None,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("control_period", "expected FIELD=VALUE"),
        ("=3", "expected FIELD=VALUE"),
        ("a..b=3", "expected FIELD=VALUE"),
        ("robot=!!python/object/apply:os.system ['true']", "--set robot: expected plain YAML, found: a tag in line 1"),
        ("robot=[a", "--set robot: expected plain YAML"),
        ("robot=&a b", "--set robot: expected plain YAML, found: an anchor"),
    ],
)
def test_bad_setting_is_refused(text, expected):
    with pytest.raises(CardError) as refused:
        parse_settings([text])
    assert expected in str(refused.value)


def test_setting_that_is_there_twice_is_refused():
    with pytest.raises(CardError, match="--set robot: expected each field once"):
        parse_settings(["robot=a", "robot=b"])


def test_term_of_the_observation_is_found_by_its_name():
    draft = Draft("file", {"observation": {"terms": [{"name": "joint_positions"}, {"name": "last_action"}]}})
    draft.set({"observation.terms.last_action.scale": 0.5, "robot": "x"})
    assert draft.data["observation"]["terms"][1] == {"name": "last_action", "scale": 0.5}
    with pytest.raises(CardError, match="expected one of the terms joint_positions, last_action, found 'gait_phase'"):
        draft.set({"observation.terms.gait_phase.period": 1.0})


def test_whole_terms_are_set_before_parts_of_them():
    draft = Draft("file", {})
    draft.set({"observation.terms.last_action.scale": 0.5, "observation.terms": [{"name": "last_action"}]})
    assert draft.data["observation"]["terms"] == [{"name": "last_action", "scale": 0.5}]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"policy__file": "x.onnx"}, "--set policy.file: expected another field"),
        ({"robot__name": "x"}, "--set robot.name: expected a field of a mapping"),
        ({"colour": "red"}, "field 'colour': expected"),
        ({"control_period": "-1"}, "field 'control_period': expected a number greater than 0, found -1"),
        ({"observation__terms": "[{name: smell}]"}, "field 'observation.terms.0.name': expected 'base_height' or"),
        ({"action__scale": "{hip_5: 1.0}"}, "field 'action.scale.hip_5': expected"),
        ({"action__stiffness": "3.0"}, "field 'action.stiffness': expected null for efforts"),
        ({"policy__output": "argmax"}, "open: action.moves"),
    ],
)
def test_bad_card_is_refused_and_nothing_written(model, tmp_path, capsys, settings, expected):
    assert expected in refusal(capsys, model, tmp_path / "out", **PLAIN | settings)


def test_card_that_is_there_is_not_overwritten(model, tmp_path, capsys):
    out = tmp_path / "out"
    made(model, out, **PLAIN)
    message = refusal(capsys, model, out, **PLAIN)
    assert f"--out {out}: expected a new folder or one without card.yaml" in message
    file = tmp_path / "file"
    file.write_text("")
    assert "expected a new folder" in refusal(capsys, model, file, **PLAIN)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("none.onnx", (), "none.onnx: cannot be read: No such file"),
        ("none.zip", (), "none.zip: cannot be read: No such file"),
        ("none.yaml", ("--policy", "x.onnx"), "none.yaml: cannot be read: No such file"),
        ("policy.pt", (), "policy.pt: expected a file named .onnx, .zip, .yaml, .yml, found '.pt'"),
        ("none.onnx", ("--env", "Ant-v5"), "--env: expected a file named .zip with it"),
    ],
)
def test_bad_file_is_refused(tmp_path, capsys, name, options, expected):
    assert expected in refusal(capsys, tmp_path / name, tmp_path / "out", *options)


def test_command_runs_as_a_module(model, tmp_path):
    command = [sys.executable, "-m", "ant_policy.card", str(model), "--out", str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert "leaves 11 fields of the card open" in run.stderr
    sets = [part for name, value in PLAIN.items() for part in ("--set", f"{name.replace('__', '.')}={value}")]
    run = subprocess.run([*command, *sets], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"{tmp_path / 'out'}: card.yaml and policy.onnx" in run.stdout
