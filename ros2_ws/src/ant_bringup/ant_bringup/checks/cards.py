"""Differences between two cards, by field."""

from collections.abc import Iterator
from dataclasses import asdict

from ant_policy import Card

CONTRACT = ("base_link", "control_period", "joints", "observation", "action")
"""Parts of a card that a robot depends on."""

Difference = tuple[str, object, object]
"""Field, and its value in both cards."""


def card_differences(first: Card, second: Card) -> list[Difference]:
    """Innermost fields of the contract that differ."""
    one, other = asdict(first), asdict(second)
    return [difference for name in CONTRACT for difference in _differences(name, one[name], other[name])]


def _differences(name: str, first: object, second: object) -> Iterator[Difference]:
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        for key, value in first.items():
            yield from _differences(f"{name}.{key}", value, second[key])
    elif isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second):
        for i, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from _differences(f"{name}[{i}]", one, other)
    elif first != second:
        yield name, first, second
