"""What holds for any card, and for any card that somebody has damaged."""

import contextlib
import copy
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import yaml
from card_data import ALL_PATHS, FULL, edited, loaded, paths, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_policy.card.algorithms import ALGORITHMS
from ant_policy.card.card import Card, _read_card, default_card
from ant_policy.card.fields import Field
from ant_policy.card.parts import Envelope, Model, Network, Normalisation, Observation, Returns
from ant_policy.errors import CardError

FINITE = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(min_value=1e-300, allow_infinity=False)
TEXT = st.text(min_size=1, max_size=20)
NAMES = st.text(st.characters(exclude_characters="/\\\0\r\n", exclude_categories=["Cs"]), min_size=1, max_size=9)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=10,
)


@st.composite
def cards(draw) -> Card:
    algorithm = draw(st.sampled_from(list(ALGORITHMS)))
    card = default_card(algorithm)
    joints = tuple(draw(st.lists(TEXT, min_size=8, max_size=8, unique=True)))
    actuators = tuple(draw(st.permutations(joints)))
    vector = st.tuples(*[FINITE] * 27)
    normalisation = st.builds(Normalisation, vector, st.tuples(*[POSITIVE] * 27), st.none() | POSITIVE)
    pair = st.tuples(FINITE, FINITE).map(lambda values: (min(values), max(values)))
    by_joint = lambda values: st.fixed_dictionaries(dict.fromkeys(joints, values))  # noqa: E731
    positive_or_zero = st.floats(min_value=0.0, allow_infinity=False)
    moves = st.lists(st.tuples(*[st.floats(-1.0, 1.0)] * 8), min_size=1, max_size=4).map(tuple)
    hidden = st.lists(st.integers(1, 10_000), max_size=3).map(tuple)
    return Card(
        algorithm=algorithm,
        file=draw(NAMES.filter(lambda name: ".." not in name and name != ".")) if card.file else None,
        control_period=draw(POSITIVE),
        observation=draw(
            st.builds(
                Observation,
                st.just(joints),
                st.permutations(card.observation.terms).map(tuple),
                st.none(),
                st.none() | normalisation,
            )
            | st.builds(
                Observation,
                st.just(joints),
                st.just(card.observation.terms),
                st.just("torso_frame"),
                st.none() | normalisation,
            )
        ),
        action=replace(
            card.action,
            joints=actuators,
            effort_scale=draw(by_joint(POSITIVE)),
            moves=draw(moves) if algorithm == "dqn" else None,
        ),
        network=Network(draw(st.sampled_from(["relu", "tanh", "identity"])), draw(hidden)) if card.network else None,
        envelope=draw(
            st.none() | st.builds(Envelope, st.floats(0.0, math.pi), by_joint(pair), by_joint(positive_or_zero))
        ),
        model=draw(
            st.none() | st.builds(Model, st.just("ant.xml"), st.text("0123456789abcdef", min_size=64, max_size=64))
        ),
        versions=draw(st.dictionaries(TEXT, TEXT, max_size=3)),
        training=draw(st.dictionaries(st.text(max_size=9), PLAIN, max_size=3)),
        returns=draw(
            st.none()
            | st.builds(
                Returns, FINITE, positive_or_zero, FINITE, st.integers(0, 9), st.integers(1, 9), st.integers(0, 9)
            )
        ),
    )


@given(cards())
@settings(max_examples=40, deadline=None)
def test_card_comes_back_equal(card):
    with tempfile.TemporaryDirectory() as folder:
        card.save(Path(folder) / "card.yaml")
        assert Card.load(Path(folder) / "card.yaml") == card


@given(st.sampled_from(ALL_PATHS), PLAIN | st.floats() | st.dates() | st.binary(max_size=9) | st.just(10**5000))
@settings(max_examples=1000, deadline=None)
def test_any_edit_gives_a_card_or_a_card_error_with_a_field(path, value):
    try:
        _read_card(Field(edited(path, value), "", "card.yaml"))
    except CardError as error:
        assert f"field '{path[0]}" in str(error) or path[0] in ("algorithm", "observation")  # noqa: PT017


@st.composite
def mutations(draw) -> dict:
    """A card's data with some fields replaced, removed, renamed or exchanged for other fields of the same card."""
    data = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 3))):
        *parents, key = draw(st.sampled_from(list(paths(data))))
        target = data
        for parent in parents:
            target = target[parent]
        action = draw(st.sampled_from(["replace", "exchange", "remove", "rename"]))
        value = target.pop(key)
        if action == "replace":
            value = draw(PLAIN | st.floats(0.0, 10.0))
        elif action == "exchange":
            *others, other = draw(st.sampled_from(ALL_PATHS))
            source = FULL
            for parent in others:
                source = source[parent]
            value = copy.deepcopy(source[other])
        if isinstance(target, list):
            if action != "remove":
                target.insert(key, value)
        elif action != "remove":
            target[draw(st.text(max_size=9)) if action == "rename" else key] = value
    return data


@given(mutations())
@settings(max_examples=100, deadline=None)
def test_mutated_card_is_refused_by_name_or_is_a_card_that_comes_back_equal(data):
    try:
        card = _read_card(Field(data, "", "card.yaml"))
    except CardError as error:
        assert "field '" in str(error) or "whole file" in str(error)  # noqa: PT017 (acceptance is fine too)
        assert "\n" not in str(error)  # noqa: PT017
        return
    with tempfile.TemporaryDirectory() as folder:
        card.save(Path(folder) / "card.yaml")
        assert Card.load(Path(folder) / "card.yaml") == card


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_bytes_that_are_no_card_give_a_card_error(content):
    refusal(content)


@given(st.integers(0, 5000), st.text(max_size=3))
@settings(max_examples=60, deadline=None)
def test_damaged_text_gives_a_card_or_a_card_error(position, inserted):
    text = yaml.safe_dump(FULL)
    position %= len(text)
    with contextlib.suppress(CardError):
        loaded(text[:position] + inserted + text[position + 1 :])
