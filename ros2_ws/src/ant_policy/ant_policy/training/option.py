"""Dataclass fields of hyperparameters, by the headings that `--help` shows them under."""

import math
from dataclasses import field
from functools import partial
from typing import Any

LIMIT = 1e9
"""Numbers from here on, seeds excepted, overflow somewhere in a training."""


def option(default: Any, description: str, minimum: float = 0.0, maximum: float = math.inf, **metadata: Any) -> Any:
    """Dataclass field of a hyperparameter, whose type is that of its default.

    `--help` shows the description under the heading `group`. Minimum and maximum are of a number or of each number in a
    list; `choices` are the valid words, if only some are. A resumed run may be given another value if it `may_change`.
    """
    common = {"description": description, "minimum": minimum, "maximum": maximum, "choices": (), "may_change": False}
    return field(default=default, metadata=common | metadata)


run = partial(option, group="run")
evaluation = partial(option, group="evaluation")
environment = partial(option, group="environment")
randomisation = partial(option, group="domain randomisation, drawn at each reset")
reward = partial(option, group="reward shaping, in training only", may_change=True)
network = partial(option, group="network")
optimisation = partial(option, group="optimisation")
exploration = partial(option, group="exploration")


def is_entropy_coefficient(text: str) -> bool:
    """Decide if a text is auto, auto_X with a positive number X, or a number of at least 0."""
    try:
        if text.startswith("auto_"):
            return 0.0 < float(text.removeprefix("auto_")) < LIMIT
        return text == "auto" or 0.0 <= float(text) < LIMIT
    except ValueError:
        return False
