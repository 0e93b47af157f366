import copy
import math
from dataclasses import asdict, replace

import pytest
from card_data import CHECKED_PATHS, FULL, edited, full_data, refusal

from ant_policy.card.algorithms import ALGORITHMS
from ant_policy.card.card import Card, _read_card, default_card
from ant_policy.card.fields import Field
from ant_policy.errors import CardError


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_default_card_comes_back_equal(algorithm, tmp_path):
    default_card(algorithm).save(tmp_path / "card.yaml")
    assert Card.load(tmp_path / "card.yaml") == default_card(algorithm)


def test_every_field_that_becomes_nonsense_is_named():
    for path in CHECKED_PATHS:
        message = refusal(edited(path, {"nonsense": [1]}))
        assert f"field '{'.'.join(map(str, path))}" in message, message


@pytest.mark.parametrize("path", [path for path in CHECKED_PATHS if isinstance(path[-1], str)], ids=str)
def test_missing_field_is_named_or_optional(path):
    data = edited(path, None)
    target = data
    for key in path[:-1]:
        target = target[key]
    del target[path[-1]]
    if path[-1] in {"envelope", "model", "versions", "returns", "normalisation", "features", "clip", "numpy"}:
        _read_card(Field(data, "", "card.yaml"))
    else:
        assert f"field '{'.'.join(map(str, path))}'" in refusal(data)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("algorithm",), "sax", "expected 'sac' or 'dqn' or"),
        (("control_period",), 0.0, "expected a number greater than 0, found 0.0"),
        (("control_period",), math.nan, "expected a finite number, found nan"),
        (("control_period",), "0.05", "expected a finite number, found '0.05'"),
        (("control_period",), 10**400, "expected a finite number"),
        (("control_period",), True, "expected a finite number, found True"),
        (("card_version",), 2, "expected a whole number from 1 to 1, found 2"),
        (("file",), "../policy.zip", "plain file name without folders"),
        (("file",), "/etc/passwd", "plain file name without folders"),
        (("file",), None, "expected a value for dqn, found None"),
        (("model", "file"), "a/b.xml", "plain file name"),
        (("model", "sha256"), "0" * 63 + "G", "64 hexadecimal digits"),
        (("observation", "joints", 1), "hip_1", "each joint once, found 'hip_1' repeatedly"),
        (("action", "joints", 0), "hip_5", "hip_5"),
        (("observation", "terms", 0, "name"), "height", "expected 'torso_height' or"),
        (("observation", "terms", 1, "layout"), "xyzw", "expected 'wxyz' for torso_orientation, found 'xyzw'"),
        (("observation", "terms", 3, "frame"), "torso", "expected 'odom' for torso_linear_velocity, found 'torso'"),
        (("observation", "terms", 2, "unit"), "deg", "expected 'rad' for joint_positions, found 'deg'"),
        (("observation", "terms", 2, "size"), 9, "expected 8 for joint_positions, found 9"),
        (("observation", "normalisation", "std", 4), 0.0, "greater than 0"),
        (("observation", "normalisation", "mean"), [0.0], "expected 27 entries, found 1 entries"),
        (("action", "moves", 1, 2), 1.5, "expected a number from -1 to 1, found 1.5"),
        (("action", "moves"), None, "expected a value for dqn, found None"),
        (("action", "effort_scale"), {"hip_1": 300.0}, "expected a value, found nothing"),
        (("network", "hidden"), [0], "expected a whole number from 1 to"),
        (("envelope", "joint_positions", "hip_1"), [1.0, -1.0], "[least, greatest]"),
    ],
)
def test_error_says_what_was_expected_and_found(path, value, words):
    message = refusal(edited(path, value))
    assert words in message
    assert f"'{path[0]}" in message


def test_unknown_field_is_named_with_the_nearest_valid_one():
    data = copy.deepcopy(FULL)
    data["controll_period"] = data.pop("control_period")
    message = refusal(data)
    assert "field 'controll_period': expected 'control_period' (nearest)" in message


def test_observation_and_action_must_have_the_same_joints():
    data = copy.deepcopy(FULL)
    data["observation"]["joints"] = [f"{name}_x" for name in data["observation"]["joints"]]
    message = refusal(data)
    assert "field 'action.joints': expected the joints of observation.joints: hip_1_x" in message


def test_repeated_term_is_refused():
    data = copy.deepcopy(FULL)
    data["observation"]["terms"][0] = data["observation"]["terms"][1]
    assert "field 'observation.terms.0': expected each term once" in refusal(data)


@pytest.mark.parametrize("algorithm", ["zero", "random"])
def test_policies_without_a_file_have_none(algorithm):
    data = asdict(default_card(algorithm))
    assert data["file"] is data["network"] is None
    full = full_data(algorithm)
    full["file"] = "policy.zip"
    assert f"field 'file': expected null for {algorithm}" in refusal(full)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x", "found: an anchor in line 1"),
        ("a: [*x, *x]", "found: an alias in line 1"),
        ("a: !!python/object/apply:os.system [ls]", "found: a tag"),
        ("a: !!timestamp x", "found: a tag"),
        ("algorithm: sac\nalgorithm: dqn", "the key 'algorithm' is repeated in line 1"),
        ("a: [1, 2", "line 1"),
        ("a: 2024-99-99", "expected plain YAML"),
        ("? [1]\n: 2", "unhashable"),
        ("[" * 90_000, "more than 20 brackets in line 1"),
        ("- " * 5000, "expected plain YAML"),
        (b"\xff", "expected plain YAML"),
        ("", "expected a mapping, found None"),
        ("- 1", "expected a mapping, found [1]"),
        ("? 0x" + "f" * 9000 + "\n: 1", "unknown key"),
    ],
)
def test_text_that_is_not_plain_yaml_is_refused(text, words):
    assert words in refusal(text)


def test_alias_bomb_is_refused_at_its_first_anchor():
    lines = ["a: &a [x, x]"] + [f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    assert "found: an anchor in line 1" in refusal("\n".join(lines))


def test_large_file_is_refused():
    assert "at most 100000 bytes" in refusal("# " + "x" * 100_000)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CardError, match=r"none\.yaml: cannot be read: No such file"):
        Card.load(tmp_path / "none.yaml")


def test_invalid_card_is_not_written(tmp_path):
    with pytest.raises(CardError, match="'control_period'"):
        replace(default_card("sac"), control_period=-1.0).save(tmp_path / "card.yaml")
    with pytest.raises(CardError, match="plain data, found a value of type object"):
        replace(default_card("sac"), training={"x": object()}).save(tmp_path / "card.yaml")
    assert not (tmp_path / "card.yaml").exists()


def test_default_card_describes_the_environment():
    import ant_sim

    simulator = ant_sim.AntSimulator()
    card = default_card("sac")
    assert card.observation.joints == simulator.joint_names
    assert card.action.joints == simulator.actuator_joints
    assert [card.action.effort_scale[name] for name in card.action.joints] == simulator.gears.tolist()
    assert card.control_period == pytest.approx(simulator.control_period)
