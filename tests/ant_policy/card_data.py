"""A card with every field, and what can be done to its data."""

import copy
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from ant_policy.card.card import Card, _read_card, default_card
from ant_policy.card.fields import Field
from ant_policy.card.parts import Envelope, Model, Normalisation, Returns
from ant_policy.errors import CardError


def full_card(algorithm="dqn") -> Card:
    card = default_card(algorithm)
    joints = card.action.joints
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


def loaded(text: str | bytes) -> Card:
    """Load a card from a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "card.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Card.load(path)


def refusal(card: str | bytes | dict) -> str:
    with pytest.raises(CardError) as refused:
        _read_card(Field(card, "", "card.yaml")) if isinstance(card, dict) else loaded(card)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def full_data(algorithm="dqn") -> dict:
    with tempfile.TemporaryDirectory() as folder:
        full_card(algorithm).save(Path(folder) / "card.yaml")
        return yaml.safe_load((Path(folder) / "card.yaml").read_text(encoding="utf-8"))


def paths(value, prefix=()):
    """All places in nested data."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*prefix, key)
        yield from paths(item, (*prefix, key))


def edited(path, value) -> dict:
    data = copy.deepcopy(FULL)
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return data


FULL = full_data()
ALL_PATHS = list(paths(FULL))
CHECKED_PATHS = [path for path in ALL_PATHS if path[0] != "training"]
