"""A card with every field, and what can be done to its data."""

import copy
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from ant_policy.card.action import Action
from ant_policy.card.card import Card, default_card, read_card
from ant_policy.card.fields import Field
from ant_policy.card.observation import Normalisation, Observation, Term
from ant_policy.card.parts import Envelope, Joints, Model, PolicyFile, Returns
from ant_policy.errors import CardError


def full_card(algorithm="dqn") -> Card:
    card = default_card(algorithm)
    joints = card.joints.names
    normalisation = Normalisation((0.25,) * 27, (2.0,) * 27, 10.0)
    return replace(
        card,
        observation=replace(card.observation, normalisation=normalisation),
        envelope=Envelope(0.5, dict.fromkeys(joints, (-0.5, 0.5)), dict.fromkeys(joints, 9.5)),
        model=Model("custom_ant.xml", "0123456789abcdef" * 4),
        versions={"numpy": "2.4.0"},
        training={"seed": 3, "nested": {"list": [1, 2.5, None, "x", True]}},
        returns=Returns(8000.5, 20.25, 7900.0, 1, 20, 1000),
    )


def with_policy(card: Card, **changes) -> Card:
    """The card with other fields of its part `policy`."""
    return replace(card, policy=replace(card.policy, **changes))


def loaded(text: str | bytes) -> Card:
    """Load a card from a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "card.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Card.load(path)


def refusal(card: str | bytes | dict) -> str:
    with pytest.raises(CardError) as refused:
        read_card(Field(card, "", "card.yaml")) if isinstance(card, dict) else loaded(card)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def walker() -> Card:
    """Card of a robot with position control and every kind of term."""
    joints = ("hip", "knee", "ankle")
    by_joint = dict(zip(joints, (0.1, -0.2, 0.3), strict=True))
    terms = (
        Term("base_angular_velocity", source="imu", scale=0.25),
        Term("projected_gravity", source="imu"),
        Term("joint_positions", offset=by_joint, clip=dict.fromkeys(joints, (-1.0, 1.0)), history=3),
        Term("joint_velocities", scale=dict.fromkeys(joints, 0.05)),
        Term("last_action"),
        Term("velocity_command", clip={"linear_x": (-0.8, 0.8)}),
        Term("gait_phase", period=0.5),
        Term("base_linear_velocity", frame="odom"),
        Term("base_orientation"),
        Term("base_height"),
    )
    return Card(
        robot="walker",
        base_link="trunk",
        policy=PolicyFile("ppo", "policy.onnx"),
        control_period=0.02,
        joints=Joints(joints, by_joint),
        observation=Observation(terms),
        action=Action(
            interface="position",
            joints=("knee", "hip"),
            scale={"knee": 0.25, "hip": 0.5},
            offset={"knee": -0.2, "hip": 0.1},
            clip={"knee": (-1.0, 1.0)},
            stiffness=dict.fromkeys(("knee", "hip"), 35.0),
            damping=dict.fromkeys(("knee", "hip"), 0.5),
        ),
    )


def data_of(card: Card) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        card.save(Path(folder) / "card.yaml")
        return yaml.safe_load((Path(folder) / "card.yaml").read_text(encoding="utf-8"))


def full_data(algorithm="dqn") -> dict:
    return data_of(full_card(algorithm))


def paths(value, prefix=()):
    """All places in nested data."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*prefix, key)
        yield from paths(item, (*prefix, key))


def edited(path, value, data=None) -> dict:
    data = copy.deepcopy(FULL if data is None else data)
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return data


FULL = full_data()
ALL_PATHS = list(paths(FULL))
CHECKED_PATHS = [path for path in ALL_PATHS if path[0] != "training"]
WALKER = data_of(walker())
