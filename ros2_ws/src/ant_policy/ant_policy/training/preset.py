"""Presets, and validation of hyperparameters."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

from ant_policy.card.safe_yaml import load_yaml
from ant_policy.errors import PolicyError
from ant_policy.training.config import ANT_ONLY, CONFIGS, Stage, TrainingConfig
from ant_policy.training.option import LIMIT

PRESETS = Path(__file__).parent / "presets"
"""One YAML file per algorithm: preset -> hyperparameters that differ from the defaults of `training/config.py`."""

DEFAULT_PRESET = "fast"

MIN_POINTS = 5
"""Least number of points of a learning curve whose interval is not given."""


def load_presets(algorithm: str) -> dict[str, dict[str, Any]]:
    """Hyperparameters of an algorithm's presets."""
    presets = load_yaml(PRESETS / f"{algorithm}.yaml")
    assert isinstance(presets, dict)
    return presets


def load_preset(algorithm: str, preset: str, overrides: Mapping[str, Any]) -> TrainingConfig:
    """Configuration of an algorithm's preset with some hyperparameters replaced.

    Raises:
        PolicyError: for an unknown preset or hyperparameter, or an invalid value, by name.
    """
    presets = load_presets(algorithm)
    if preset not in presets:
        raise PolicyError(f"preset '{preset}' of {algorithm} is unknown{nearest(preset, presets)}")
    values = {**presets[preset], **overrides}
    if overrides.get("env"):
        values = _for_any_robot(algorithm, preset, presets[preset]) | dict(overrides)
    config = load_config(algorithm, values)
    if "evaluation_interval" not in overrides:
        # A curve of one or two points says nothing.
        most = max(config.length // MIN_POINTS, 1)
        config = replace(config, evaluation_interval=min(config.evaluation_interval, most))
    return config


def _for_any_robot(algorithm: str, preset: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A preset without what the jumping Ant alone has."""
    if "env" in values:
        raise PolicyError(f"preset '{preset}' is for {values['env']}; with --env choose another")
    if "mass" in values:
        raise PolicyError(f"preset '{preset}' is domain randomisation of the jumping Ant; with --env choose another")
    names = {entry.name for entry in fields(CONFIGS[algorithm])}
    stages = [{"until": each["until"]} if "until" in each else {} for each in values.get("stages", ())]
    neutral = {name: value for name, value in ANT_ONLY.items() if name in names}
    return {**values, **neutral, **({"stages": stages} if stages else {})}


def load_config(algorithm: str, values: Mapping[str, Any]) -> TrainingConfig:
    """Configuration of an algorithm: its defaults with some hyperparameters replaced.

    Raises:
        PolicyError: for an unknown hyperparameter or an invalid value, by name.
    """
    config = CONFIGS[algorithm]()
    entries = {entry.name: entry for entry in fields(config)}
    checked = {}
    for name, value in values.items():
        if name not in entries:
            raise PolicyError(f"hyperparameter '{name}' of {algorithm} is unknown{nearest(name, entries)}")
        checked[name] = _checked(entries[name], value)
    config = replace(config, **checked)
    for name, expected in config.mistakes():
        found = getattr(config, name)
        raise PolicyError(f"hyperparameter '{name}' is {'true' if found is True else repr(found)}; expected {expected}")
    return config


def change_config(algorithm: str, before: Mapping[str, Any], values: Mapping[str, Any]) -> TrainingConfig:
    """Configuration of a resumed run with some hyperparameters replaced.

    Raises:
        PolicyError: for a hyperparameter that a resumed run cannot change, or an invalid value, by name.
    """
    old, new = load_config(algorithm, before), load_config(algorithm, {**before, **values})
    for entry in fields(old):
        found = getattr(old, entry.name)
        if not entry.metadata["may_change"] and found != getattr(new, entry.name):
            raise PolicyError(f"hyperparameter '{entry.name}' is {found!r} in this run; a resumed run cannot change it")
    return new


def nearest(name: str, available: Iterable[str]) -> str:
    """End of an "... is unknown" message: the nearest available name, or all of them."""
    near = difflib.get_close_matches(str(name), list(available), 1)
    return f"; did you mean '{near[0]}'?" if near else f"; available: {', '.join(available)}"


def _checked(entry: Field[Any], value: Any) -> Any:
    """Convert a value to its field's type, or refuse it."""
    default, low, high = entry.default, entry.metadata["minimum"], entry.metadata["maximum"]
    choices = entry.metadata["choices"]
    limits = f", at least {low:g}" if high == float("inf") else f", from {low:g} to {high:g}"
    expected = f"a value like {default!r}"
    found: Any = None
    if entry.name == "stages":
        expected = (
            "a list like [{until: 300000, fall_cost: 2000}, {fall_cost: 8000}], `until` growing, the last without"
        )
        found = _read_stages(value)
    elif isinstance(default, tuple):
        expected = f"a list of whole numbers like [256, 128]{limits}"
        if isinstance(value, list | tuple) and all(type(width) is int and low <= width <= high for width in value):
            found = tuple(value)
    elif isinstance(default, bool):
        found = value if isinstance(value, bool) else None
    elif isinstance(default, str):
        expected = f"one of {', '.join(choices)}"
        text = "" if value is None else str(value)
        found = text if not choices or text in choices else None
    elif isinstance(default, int):
        expected += limits
        found = value if type(value) is int and low <= value <= high else None
    else:
        expected += limits
        good = type(value) in (int, float) and low <= value <= high and abs(value) < LIMIT
        found = float(value) if good else None
    if found is None:
        raise PolicyError(f"hyperparameter '{entry.name}' is {value!r}; expected {expected}")
    return found


def _read_stages(value: Any) -> tuple[Stage, ...] | None:
    """Stages of a YAML list; None if it is invalid."""
    try:
        stages = tuple(item if isinstance(item, Stage) else Stage(**item) for item in value)
    except TypeError:
        return None
    *ends, last = [stage.until for stage in stages] or [0]
    good = (
        last is None
        and all(type(end) is int and end > 0 for end in ends)
        and ends == sorted({end for end in ends if end})
        and all(type(stage.fall_cost) in (int, float) and 0.0 <= stage.fall_cost < LIMIT for stage in stages)
    )
    return tuple(Stage(float(stage.fall_cost), stage.until) for stage in stages) if good else None
