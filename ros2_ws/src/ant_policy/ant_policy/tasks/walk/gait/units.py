"""Gait units: two fixed hidden layers of a ReLU network, whose readout a search learns.

With p = cos(phase - delay) for four delays, and m the command over its limits, the units make exactly

- stride: |p + m| - |p - m|, a wave as high as the command, for each delay and each axis of the command;
- lift: min(max(p, 0), 3 |m|) and min(max(-p, 0), 3 |m|), half waves that vanish with the command;
- effort |m| = sum of the absolute values of m;
- the measured terms themselves, scaled, as differences of two units.

A readout that is linear in these, and clipped, is thus a plain network of three layers on the observation.
"""

import numpy as np
from numpy.typing import NDArray

from ant_policy.policies.mlp import Layer
from ant_policy.tasks.walk.commands import COMMAND_LIMITS
from ant_policy.tasks.walk.terms import OBSERVATION_SIZE

Floats = NDArray[np.float64]
Float32 = NDArray[np.float32]

DELAYS: Floats = np.array([0.0, 0.25, 0.5, 0.75]) * np.pi
GATE = 3.0
MEASURED = np.r_[0:5, 6:45]
"""Entries of the observation that are read as they are: all but gravity's z (nearly constant) and the phase."""
SCALE: Floats = np.concatenate([[0.2] * 3, [0.1] * 2, [0.15] * 24, [0.5] * 12, [0.4, 0.2, 0.4]])
"""Typical size of each of `MEASURED`."""
NUM_STRIDES, NUM_LIFTS = 12, 8
NUM_FEATURES = len(MEASURED) + NUM_STRIDES + NUM_LIFTS + 2
"""The last two are effort and 1."""


def _first_layer() -> Floats:
    """Weights (150, 47): pairs of opposite measured entries, four per stride, pairs of phases and of commands."""
    unit = np.eye(OBSERVATION_SIZE)
    measured = unit[MEASURED] / SCALE[:, None]
    waves = np.cos(DELAYS)[:, None] * unit[46] + np.sin(DELAYS)[:, None] * unit[45]
    commands = unit[42:45] / COMMAND_LIMITS[:, None]
    sums = (waves[:, None] + commands[None]).reshape(-1, OBSERVATION_SIZE)
    differences = (waves[:, None] - commands[None]).reshape(-1, OBSERVATION_SIZE)
    return np.concatenate(
        [each * sign for each in (measured, sums, differences, waves, commands) for sign in (1.0, -1.0)]
    )


def _second_layer(size: int) -> tuple[Floats, Floats]:
    """Weights (n, size) on the first layer, and the features (65, n) that its units add up to."""
    unit = np.eye(size)
    counts = (len(MEASURED), NUM_STRIDES, NUM_STRIDES, len(DELAYS), len(COMMAND_LIMITS))
    parts = np.split(unit, np.cumsum(np.repeat(counts, 2))[:-1])
    measured, negative, sums, minus_sums, differences, minus_differences, waves, minus_waves, command, minus = parts
    effort = (command + minus).sum(axis=0, keepdims=True)
    halves = np.concatenate([waves, minus_waves])
    blocks = [
        (measured, 1.0),
        (negative, -1.0),
        (sums + minus_sums, 1.0 / 0.9),
        (differences + minus_differences, -1.0 / 0.9),
        (halves, 2.0),
        (halves - GATE * effort, -2.0),
        (effort, 1.0),
    ]
    rows = [len(MEASURED), NUM_STRIDES, NUM_LIFTS, 1]
    starts = np.concatenate([[0], np.cumsum(rows)])
    places = [0, 0, 1, 1, 2, 2, 3]
    features = np.zeros((starts[-1], sum(len(block) for block, _ in blocks)))
    column = 0
    for (block, weight), place in zip(blocks, places, strict=True):
        index = np.arange(len(block))
        features[starts[place] + index, column + index] = weight
        column += len(block)
    return np.concatenate([block for block, _ in blocks]), features


_FIRST = _first_layer()
_SECOND, _SUMS = _second_layer(len(_FIRST))
HIDDEN = (len(_FIRST), len(_SECOND))
"""Widths of the two layers."""
_FIRST32, _SECOND32, _SUMS32 = (each.astype(np.float32) for each in (_FIRST, _SECOND, _SUMS))


def features(observations: Float32) -> Float32:
    """Features (n, 66) of observations (n, 47)."""
    hidden = np.maximum(np.maximum(observations @ _FIRST32.T, 0.0) @ _SECOND32.T, 0.0)
    return np.concatenate([hidden @ _SUMS32.T, np.ones((len(observations), 1), np.float32)], axis=1)


def network(readout: Floats) -> list[Layer]:
    """Layers of the plain ReLU network with a readout (12, 66); its output is clipped."""
    layers = [
        (_FIRST, np.zeros(len(_FIRST))),
        (_SECOND, np.zeros(len(_SECOND))),
        (readout[:, :-1] @ _SUMS, readout[:, -1]),
    ]
    return [Layer(weight.astype(np.float32), bias.astype(np.float32)) for weight, bias in layers]
