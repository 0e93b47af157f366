"""Properties of any card, and of any damaged card."""

import contextlib
import copy
import tempfile
from pathlib import Path

import yaml
from card_data import ALL_PATHS, FULL, WALKER, edited, loaded, paths, refusal
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cards import PLAIN, cards

from ant_policy.card.card import Card, read_card
from ant_policy.card.fields import Field
from ant_policy.errors import CardError


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
        read_card(Field(edited(path, value), "", "card.yaml"))
    except CardError as error:
        assert f"field '{path[0]}" in str(error) or path[0] in ("joints", "policy", "action")  # noqa: PT017


@st.composite
def mutations(draw) -> dict:
    """A card's data with some fields replaced, removed, renamed or exchanged for other fields of the same card."""
    original = draw(st.sampled_from([FULL, WALKER]))
    data = copy.deepcopy(original)
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
            *others, other = draw(st.sampled_from(list(paths(original))))
            source = original
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
        card = read_card(Field(data, "", "card.yaml"))
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
