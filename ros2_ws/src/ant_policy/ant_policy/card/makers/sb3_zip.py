"""Cards of Stable-Baselines3 zips and of the environment that they were trained on.

A zip says its network and the sizes and bounds of observation and action; what they mean is the environment's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ant_policy.card.makers.draft import Draft
from ant_policy.card.makers.gym_env import EnvFacts
from ant_policy.errors import PolicyError
from ant_policy.policies.formats.sb3_data import Sb3Data

ENV_NOTE = "--env ID, the environment of the training, says most of them (module:ID for one that a module registers)"


def draft_of_zip(path: Path, data: Sb3Data, facts: EnvFacts | None, settings: Mapping[str, object]) -> Draft:
    """Make a draft of a zip.

    Args:
        path: the zip.
        data: its description.
        facts: those of its environment; None if it is not known.
        settings: what the user sets, by field.

    Raises:
        PolicyError: the zip is of another environment.
    """
    card: dict[str, Any] = {
        "policy": {
            "algorithm": data.policy.algorithm,
            "output": data.output,
            "network": {"activation": data.activation, "hidden": list(data.hidden)},
        },
        "joints": {},
        "observation": {},
        "action": {},
    }
    if data.exploration_rate is not None:
        card["action"]["exploration_rate"] = data.exploration_rate
    draft = Draft(str(path), card)
    if facts is None:
        draft.notes.append(ENV_NOTE)
        if not data.has_unit_range:
            draft.notes.append(f"action -1 is the environment's {data.low}, action 1 its {data.high}")
        return draft
    _check(path, data, facts)
    action = dict(facts.card["action"])
    scale, n = action["scale"], len(action["scale"])
    low, high = data.low or (-1.0,) * n, data.high or (1.0,) * n
    # The range of the controls is part of scale and offset.
    for name, factors in (("scale", np.subtract(high, low) / 2.0), ("offset", np.add(high, low) / 2.0)):
        action[name] = {
            joint: value * factor for (joint, value), factor in zip(scale.items(), factors.tolist(), strict=True)
        }
    if not any(action["offset"].values()) and action["interface"] != "position":
        del action["offset"]
    card |= facts.card | {"action": card["action"] | action}
    if "observation" not in facts.card and "observation.terms" not in settings:
        draft.notes.append(
            f"{facts.name} does not declare observation_terms, and its {data.n_in} values are no known layout; "
            "contact forces and the base's x and y are in no term"
        )
    return draft


def _check(path: Path, data: Sb3Data, facts: EnvFacts) -> None:
    controls = len(facts.card["action"]["joints"])
    if (data.low is None) != (facts.bounds is None):
        kinds = ("moves", "numbers") if data.low is None else ("numbers", "moves")
        raise PolicyError(f"{path}: expected the actions of {facts.name}, which are {kinds[1]}, found {kinds[0]}")
    if data.low is None:
        return
    if data.n_out != controls:
        raise PolicyError(f"{path}: expected {controls} actions as {facts.name} has actuators, found {data.n_out}")
    bounds = (data.low, data.high)
    found, expected = np.array(bounds), np.array(facts.bounds)
    if found.shape != expected.shape or not np.allclose(found, expected, rtol=1e-6, atol=1e-6):
        raise PolicyError(f"{path}: expected actions within {facts.bounds} as in {facts.name}, found {bounds}")
