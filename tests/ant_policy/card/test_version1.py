"""Cards of version 1, which shipped policies and people's folders have, are read for ever."""

import copy
from dataclasses import replace

import pytest
from card_data import full_card, refusal

from ant_policy.card.card import default_card, read_card
from ant_policy.card.fields import Field
from ant_policy.card.parts import Network, PolicyFile

JOINTS = [f"{kind}_{leg}" for leg in (1, 2, 3, 4) for kind in ("hip", "ankle")]
ACTUATORS = JOINTS[6:] + JOINTS[:6]


def version1(algorithm="sac", file="policy.npz") -> dict:
    return {
        "card_version": 1,
        "algorithm": algorithm,
        "file": file,
        "control_period": 0.05,
        "observation": {
            "joints": list(JOINTS),
            "terms": [
                {"name": "torso_height", "size": 1, "unit": "m", "frame": "odom"},
                {"name": "torso_orientation", "size": 4, "unit": "1", "frame": "odom", "layout": "wxyz"},
                {"name": "joint_positions", "size": 8, "unit": "rad"},
                {"name": "torso_linear_velocity", "size": 3, "unit": "m/s", "frame": "odom"},
                {"name": "torso_angular_velocity", "size": 3, "unit": "rad/s", "frame": "torso"},
                {"name": "joint_velocities", "size": 8, "unit": "rad/s"},
            ],
            "features": None,
            "normalisation": None,
        },
        "action": {"joints": list(ACTUATORS), "effort_scale": dict.fromkeys(ACTUATORS, 300.0), "moves": None},
        "network": {"activation": "relu", "hidden": [256, 256]},
    }


def read(data):
    return read_card(Field(data, "", "card.yaml"))


def test_card_of_version_1_is_the_ant_s():
    expected = replace(default_card("sac"), policy=PolicyFile("sac", "policy.npz", "tanh", Network("relu", (256, 256))))
    assert read(version1()) == expected


def test_everything_else_on_the_card_is_kept():
    card = full_card("sac")
    data = version1() | {"returns": vars(card.returns), "training": card.training, "versions": card.versions}
    data["model"] = vars(card.model)
    data["observation"]["features"] = "landing"
    read_back = read(data)
    assert (read_back.returns, read_back.training, read_back.versions) == (card.returns, card.training, card.versions)
    assert (read_back.model, read_back.observation.features) == (card.model, "landing")


@pytest.mark.parametrize(
    ("algorithm", "file", "output"),
    [("sac", "policy.zip", "tanh"), ("pgpe", "policy.npz", "clip"), ("sac", "policy.onnx", "clip")],
)
def test_output_follows_from_algorithm_and_file(algorithm, file, output):
    assert read(version1(algorithm, file)).policy.output == output


def test_moves_of_dqn_are_kept():
    data = version1("dqn")
    data["action"] |= {"moves": [[0.5] * 8], "exploration_rate": 0.05}
    card = read(data)
    assert (card.policy.output, card.action.moves, card.action.exploration_rate) == ("argmax", ((0.5,) * 8,), 0.05)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("observation", "terms", 1, "layout"), "xyzw", "expected 'wxyz' for torso_orientation, found 'xyzw'"),
        (("observation", "terms", 3, "frame"), "torso", "expected 'odom' for torso_linear_velocity, found 'torso'"),
        (("observation", "terms", 2, "unit"), "deg", "expected 'rad' for joint_positions, found 'deg'"),
        (("observation", "terms", 2, "size"), 9, "expected 8 for joint_positions, found 9"),
        (("observation", "terms", 0, "name"), "base_height", "expected 'torso_height' or"),
        (("observation", "joints"), ["hip_1"], "field 'observation.joints': expected 8 entries, found 1 entries"),
        (("action", "effort_scale"), 300.0, "field 'action.effort_scale': expected a mapping"),
        (("algorithm",), "ppo", "expected 'sac' or"),
        (("robot",), "ant", "field 'robot': expected"),
    ],
)
def test_error_names_the_field_of_version_1(path, value, words):
    data = copy.deepcopy(version1())
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    assert words in refusal(data)
