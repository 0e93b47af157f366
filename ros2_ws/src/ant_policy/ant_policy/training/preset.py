"""Presets and changes of hyperparameters, and what values they may have."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

from ant_policy.card.safe_yaml import load_yaml
from ant_policy.errors import PolicyError
from ant_policy.observation.features import FEATURES
from ant_policy.training.config import (
    CONFIGS,
    MAY_CHANGE,
    DqnConfig,
    OffPolicyConfig,
    PgpeConfig,
    SacConfig,
    TrainingConfig,
)

PRESETS = Path(__file__).parent / "presets"
"""One YAML file an algorithm: preset -> hyperparameters that differ from the defaults of `training_config`."""


LARGEST = 1e9
"""What no number of a configuration but a seed needs to reach; numbers beyond it overflow somewhere in a training."""


def load_preset(algorithm: str, preset: str, overrides: Mapping[str, Any]) -> TrainingConfig:
    """Configuration of an algorithm's preset with some hyperparameters replaced.

    Raises:
        PolicyError: for an unknown preset or hyperparameter, or an impossible value, by name.
    """
    presets = load_yaml(PRESETS / f"{algorithm}.yaml")
    assert isinstance(presets, dict)
    if preset not in presets:
        raise PolicyError(f"preset '{preset}' of {algorithm} is unknown{nearest(preset, presets)}")
    config = load_config(algorithm, {**presets[preset], **overrides})
    _check_later_costs(config, overrides)
    return config


def load_config(algorithm: str, values: Mapping[str, Any]) -> TrainingConfig:
    """Configuration of an algorithm: its defaults with these hyperparameters replaced.

    Raises:
        PolicyError: for an unknown hyperparameter or an impossible value, by name.
    """
    config = CONFIGS[algorithm]()
    entries = {entry.name: entry for entry in fields(config)}
    checked = {}
    for name, value in values.items():
        if name not in entries:
            raise PolicyError(f"hyperparameter '{name}' of {algorithm} is unknown{nearest(name, entries)}")
        checked[name] = _checked(entries[name], value)
    config = replace(config, **checked)
    if isinstance(config, OffPolicyConfig):
        _check_restarts(config)
    if isinstance(config, PgpeConfig) and config.population % 2:
        raise PolicyError(f"hyperparameter 'population' is {config.population}; expected an even number")
    if isinstance(config, PgpeConfig) and (config.actors == 1 or (config.ray_address and not config.actors)):
        raise PolicyError(
            f"hyperparameter 'actors' is {config.actors}; expected at least 2 to spread the population, or 0 and no "
            "'ray_address' for this process alone"
        )
    if config.features not in ("none", *FEATURES):
        raise PolicyError(f"hyperparameter 'features' is {config.features!r}; expected none or {', '.join(FEATURES)}")
    if isinstance(config, SacConfig | DqnConfig | PgpeConfig) and config.symmetric and config.features == "none":
        raise PolicyError(
            "hyperparameter 'symmetric' is true; expected features seen from the torso, not none (or --symmetric false)"
        )
    if isinstance(config, SacConfig) and config.symmetric and config.normalise_observations:
        raise PolicyError(
            "hyperparameter 'symmetric' is true; expected no 'normalise_observations' beside it (or --symmetric false)"
        )
    if isinstance(config, SacConfig):
        _check_entropy(config.ent_coef)
    return config


def change_config(config: TrainingConfig, values: Mapping[str, Any]) -> TrainingConfig:
    """Configuration of a run that is resumed: some hyperparameters may be given anew, for a longer run.

    Raises:
        PolicyError: for a hyperparameter that the run was made with otherwise, or an impossible value, by name.
    """
    algorithm = next(name for name, config_type in CONFIGS.items() if type(config) is config_type)
    made_with = {entry.name: getattr(config, entry.name) for entry in fields(config)}
    changed = load_config(algorithm, {**made_with, **values})
    for name in values:
        before, after = getattr(config, name), getattr(changed, name)
        if name not in MAY_CHANGE and before != after:
            raise PolicyError(f"hyperparameter '{name}' is {before!r} in this run; a resumed run cannot change it")
    _check_later_costs(changed, values)
    return changed


def nearest(name: str, available: Iterable[str]) -> str:
    """What to say after "... is unknown": the nearest name that there is, or all of them."""
    near = difflib.get_close_matches(str(name), list(available), 1)
    return f"; did you mean '{near[0]}'?" if near else f"; available: {', '.join(available)}"


def _checked(entry: Field[Any], value: Any) -> Any:
    """The value in its field's type."""
    default, least, most = entry.default, entry.metadata["least"], entry.metadata["most"]
    expected = f"a value like {default!r}"
    if isinstance(default, tuple):
        expected = "a list of whole numbers like [256, 128]"
        value = tuple(value) if isinstance(value, list) else value
        good = isinstance(value, tuple) and all(type(width) is int and least <= width <= most for width in value)
    elif isinstance(default, bool):
        good = isinstance(value, bool)
    elif isinstance(default, float):
        good = type(value) in (int, float) and least <= value <= most and abs(value) < LARGEST
        value = float(value) if good else value
    elif isinstance(default, int):
        good = type(value) is int and least <= value <= most
    else:
        value = "" if value is None else str(value)
        good = True
    if not good:
        limits = f"at least {least:g}" if most == float("inf") else f"from {least:g} to {most:g}"
        limits = "" if isinstance(default, bool) else f", {limits}"
        raise PolicyError(f"hyperparameter '{entry.name}' is {value!r}; expected {expected}{limits}")
    return value


def _check_restarts(config: OffPolicyConfig) -> None:
    restarts, costs = config.restarts, config.fall_costs
    if list(restarts) != sorted(set(restarts)):
        raise PolicyError(f"hyperparameter 'restarts' is {restarts!r}; expected growing numbers of steps")
    if costs and len(costs) != len(restarts):
        raise PolicyError(
            f"hyperparameter 'fall_costs' is {costs!r}; expected one for each of {len(restarts)} 'restarts', or none"
        )


def _check_later_costs(config: TrainingConfig, given: Mapping[str, Any]) -> None:
    later = config.fall_costs if isinstance(config, OffPolicyConfig) else ()
    if later and "fall_cost" in given and "fall_costs" not in given:
        raise PolicyError(
            f"hyperparameter 'fall_cost' is {config.fall_cost:g}, but 'fall_costs' {list(later)} are charged after the "
            'restarts; expected these beside it (--fall-costs "[]": one price throughout)'
        )


def _check_entropy(text: str) -> None:
    try:
        good = text == "auto" or 0.0 <= float(text) < LARGEST
    except ValueError:
        good = False
    if not good:
        raise PolicyError(f"hyperparameter 'ent_coef' is {text!r}; expected auto or a number of at least 0")
