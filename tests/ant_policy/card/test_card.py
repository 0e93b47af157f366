import contextlib
import copy
import math
from dataclasses import replace

import pytest
from card_data import FULL, WALKER, edited, full_card, full_data, paths, refusal, walker

from ant_policy.card.card import Card, default_card, read_card
from ant_policy.card.fields import Field
from ant_policy.card.observation import Observation, Term
from ant_policy.errors import CardError


@pytest.mark.parametrize("algorithm", ["sac", "dqn", "ppo", "td3", "pgpe", "zero", "random"])
def test_default_card_comes_back_equal(algorithm, tmp_path):
    default_card(algorithm).save(tmp_path / "card.yaml")
    assert Card.load(tmp_path / "card.yaml") == default_card(algorithm)


@pytest.mark.parametrize("card", [full_card(), walker()], ids=["ant", "walker"])
def test_card_with_every_field_comes_back_equal(card, tmp_path):
    card.save(tmp_path / "card.yaml")
    assert Card.load(tmp_path / "card.yaml") == card


@pytest.mark.parametrize("data", [FULL, WALKER], ids=["ant", "walker"])
def test_every_field_that_becomes_nonsense_is_named(data):
    for path in paths(data):
        if path[0] != "training":
            message = refusal(edited(path, {"nonsense": [1]}, data))
            assert f"field '{'.'.join(map(str, path))}" in message, message


OPTIONAL = {
    *("envelope", "model", "versions", "returns", "normalisation", "features", "clip", "numpy", "default_pose"),
    *("output", "network", "source", "frame", "scale", "offset", "history", "stiffness", "damping", "joints"),
    "algorithm",
}


@pytest.mark.parametrize("data", [FULL, WALKER], ids=["ant", "walker"])
def test_missing_field_is_named_or_optional(data):
    for path in paths(data):
        if path[0] == "training" or not isinstance(path[-1], str):
            continue
        without = edited(path, None, data)
        target = without
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]
        if path[-1] in OPTIONAL or "clip" in path:
            with contextlib.suppress(CardError):
                read_card(Field(without, "", "card.yaml"))
        else:
            assert f"field '{'.'.join(map(str, path))}'" in refusal(without)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("policy", "output"), "softmax", "expected 'none' or 'tanh' or"),
        (("control_period",), 0.0, "expected a number greater than 0, found 0.0"),
        (("control_period",), math.nan, "expected a finite number, found nan"),
        (("control_period",), "0.05", "expected a finite number, found '0.05'"),
        (("control_period",), 10**400, "expected a finite number"),
        (("control_period",), True, "expected a finite number, found True"),
        (("card_version",), 3, "expected a whole number from 1 to 2, found 3"),
        (("policy", "file"), "../policy.zip", "plain file name without folders"),
        (("policy", "file"), "/etc/passwd", "plain file name without folders"),
        (("policy", "file"), None, "expected a value for dqn, found None"),
        (("model", "file"), "a/b.xml", "plain file name"),
        (("model", "sha256"), "0" * 63 + "G", "64 hexadecimal digits"),
        (("joints", "names", 1), "hip_1", "each name once, found 'hip_1' repeatedly"),
        (("joints", "names"), [], "expected 1 to 1000 names, found 0 entries"),
        (("action", "joints", 0), "hip_5", "hip_5"),
        (("action", "interface"), "torque", "expected 'effort' or 'position' or 'velocity'"),
        (("action", "stiffness"), 35.0, "expected null for efforts"),
        (("action", "scale", "hip_1"), 0.0, "expected numbers that are not 0, found 0 for 'hip_1'"),
        (("observation", "terms", 0, "name"), "height", "expected 'base_height' or"),
        (("observation", "terms", 3, "frame"), "torso", "expected 'base_link' or 'odom', found 'torso'"),
        (("observation", "terms", 2, "size"), 9, "expected nothing, as it follows from the name joint_positions"),
        (
            ("observation", "terms", 2, "offset"),
            "default_pose",
            "expected numbers, as joints.default_pose is not there",
        ),
        (("observation", "terms", 5, "offset"), "default_pose", "joint_velocities has no default pose"),
        (("observation", "history"), 101, "expected a whole number from 1 to 100, found 101"),
        (("observation", "normalisation", "std", 4), 0.0, "greater than 0"),
        (("observation", "normalisation", "mean"), [0.0], "expected 27 entries, found 1 entries"),
        (("action", "moves", 1, 2), 1.5, "expected a number from -1 to 1, found 1.5"),
        (("action", "moves"), None, "expected a value for output argmax, found None"),
        (("action", "scale"), {"hip_1": 300.0}, "expected a value, found nothing"),
        (("policy", "network", "hidden"), [0], "expected a whole number from 1 to"),
        (("envelope", "joint_positions", "hip_1"), [1.0, -1.0], "[least, greatest]"),
    ],
)
def test_error_says_what_was_expected_and_found(path, value, words):
    message = refusal(edited(path, value))
    assert words in message
    assert f"'{path[0]}" in message


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("observation", "terms", 0, "source"), "joint_states", "expected 'odom' or 'imu', found 'joint_states'"),
        (("observation", "terms", 2, "offset", "hip_9"), 0.1, "field 'observation.terms.2.offset.hip_9'"),
        (("observation", "terms", 2, "clip"), [1.0, -1.0], "[least, greatest]"),
        (("observation", "terms", 2, "history"), 101, "expected a whole number from 1 to 100, found 101"),
        (("observation", "terms", 5, "clip", "linear_z"), [0.0, 1.0], "'linear_y' (nearest) or"),
        (("observation", "terms", 6, "period"), None, "expected the gait's period [s]"),
        (("observation", "terms", 0, "period"), 0.5, "expected nothing for base_angular_velocity"),
        (("observation", "history"), 2, "expected 1 where a term has its own history"),
        (("action", "stiffness", "knee"), -1.0, "expected gains from 0, found -1 for 'knee'"),
        (("action", "scale"), {"knee": 1.0}, "field 'action.scale.hip': expected a value, found nothing"),
        (("action", "clip", "ankle"), [0.0, 1.0], "field 'action.clip.ankle'"),
        (("joints", "default_pose", "wheel"), 0.0, "field 'joints.default_pose.wheel'"),
        (("policy", "sb3_file"), "../x.zip", "plain file name"),
    ],
)
def test_error_of_a_walking_robot_s_card(path, value, words):
    message = refusal(edited(path, value, WALKER))
    assert words in message
    assert f"'{path[0]}" in message


def test_one_number_stands_for_all_joints_and_default_pose_for_its_numbers():
    data = copy.deepcopy(WALKER)
    data["action"] |= {"scale": 0.5, "offset": "default_pose", "stiffness": 35.0}
    data["observation"]["terms"][2]["offset"] = "default_pose"
    card = read_card(Field(data, "", "card.yaml"))
    assert card.action.scale == {"knee": 0.5, "hip": 0.5}
    assert card.action.offset == {"knee": -0.2, "hip": 0.1}
    assert card.observation.terms[2].offset == {"hip": 0.1, "knee": -0.2, "ankle": 0.3}


def test_sizes_follow_from_joints_and_terms():
    card = walker()
    assert card.observation.sizes(card.joints.names, card.action.joints) == {
        **{"base_angular_velocity": 3, "projected_gravity": 3, "joint_positions": 9, "joint_velocities": 3},
        **{"last_action": 2, "velocity_command": 3, "gait_phase": 2, "base_linear_velocity": 3},
        **{"base_orientation": 4, "base_height": 1},
    }
    assert (card.observation_size, card.action_size) == (33, 2)
    assert card.sources == ("odom", "imu", "cmd_vel")
    assert default_card("sac").observation_size == 27
    twice = Observation((Term("projected_gravity"), Term("projected_gravity", source="imu")))
    assert (twice.sizes((), ()), twice.size((), ())) == ({"projected_gravity": 6}, 6)
    assert default_card("sac").sources == ("odom",)


def test_unknown_field_is_named_with_the_nearest_valid_one():
    data = copy.deepcopy(FULL)
    data["controll_period"] = data.pop("control_period")
    message = refusal(data)
    assert "field 'controll_period': expected 'control_period' (nearest)" in message


def test_repeated_term_is_refused():
    data = copy.deepcopy(FULL)
    data["observation"]["terms"][0] = data["observation"]["terms"][1]
    assert "field 'observation.terms.0': expected each term once" in refusal(data)


@pytest.mark.parametrize("algorithm", ["zero", "random"])
def test_policies_without_a_file_have_none(algorithm):
    assert default_card(algorithm).files == []
    full = full_data(algorithm)
    full["policy"]["file"] = "policy.zip"
    assert f"field 'policy.file': expected null for {algorithm}" in refusal(full)


def test_algorithm_is_a_label_that_the_file_s_ending_replaces():
    data = copy.deepcopy(WALKER)
    data["policy"] = {"file": "policy.onnx", "output": "none"}
    assert read_card(Field(data, "", "card.yaml")).policy.algorithm == "onnx"
    data["policy"] = {"output": "none"}
    assert "field 'policy.file': expected a value, or algorithm zero or random, found None" in refusal(data)


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
        ("card_version: 2\n? 0x" + "f" * 9000 + "\n: 1", "unknown key"),
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
    assert card.joints.names == simulator.joint_names
    assert card.action.joints == simulator.actuator_joints
    assert [card.action.scale[name] for name in card.action.joints] == simulator.gears.tolist()
    assert card.control_period == pytest.approx(simulator.control_period)
