"""Dataclass fields that describe ROS parameters, without importing ROS."""

from dataclasses import field
from typing import Any


def parameter(
    default: Any, description: str, limits: tuple[float, float] | None = None, choices: tuple[str, ...] = ()
) -> Any:
    """Dataclass field of a parameter: its description names the unit, its limits are allowed values."""
    return field(default=default, metadata={"description": description, "limits": limits, "choices": choices})
