"""Dataclass fields that describe ROS parameters, without importing ROS."""

from dataclasses import field
from typing import Any


def parameter(
    default: Any, description: str, limits: tuple[float, float] | None = None, choices: tuple[str, ...] = ()
) -> Any:
    """Dataclass field of a parameter.

    Args:
        default: value without an override; its type is the parameter's.
        description: one line, with the unit.
        limits: smallest and largest value, both allowed.
        choices: allowed values.
    """
    return field(default=default, metadata={"description": description, "limits": limits, "choices": choices})
