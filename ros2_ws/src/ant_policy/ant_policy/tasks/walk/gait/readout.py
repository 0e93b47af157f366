"""Mirror-symmetric readouts of the gait units, which the solutions of a PGPE search parametrise."""

import numpy as np
from numpy.typing import NDArray

from ant_policy.tasks.walk.commands import draw_uniform
from ant_policy.tasks.walk.gait.trot import trot_actions
from ant_policy.tasks.walk.gait.units import MEASURED, NUM_FEATURES, NUM_LIFTS, NUM_STRIDES, features
from ant_policy.tasks.walk.symmetry import ACTION_ORDER, ACTION_SIGNS, OBSERVATION_ORDER, OBSERVATION_SIGNS
from ant_policy.tasks.walk.terms import OBSERVATION_SIZE

Floats = NDArray[np.float64]
Float32 = NDArray[np.float32]

_LEFT = np.array([0, 1, 2, 6, 7, 8])
_RIGHT = np.array([3, 4, 5, 9, 10, 11])
SOLUTION_SIZE = len(_LEFT) * NUM_FEATURES
"""Parameters of a solution: the rows of the left legs."""

_PLACES = {int(entry): place for place, entry in enumerate(MEASURED)}
_OTHERS = len(MEASURED) + np.arange(NUM_STRIDES + NUM_LIFTS + 2)
_OTHERS[NUM_STRIDES : NUM_STRIDES + NUM_LIFTS] = np.roll(_OTHERS[NUM_STRIDES : NUM_STRIDES + NUM_LIFTS], NUM_LIFTS // 2)
FEATURE_ORDER = np.concatenate([[_PLACES[int(OBSERVATION_ORDER[entry])] for entry in MEASURED], _OTHERS])
FEATURE_SIGNS: Float32 = np.concatenate(
    [OBSERVATION_SIGNS[MEASURED], np.tile([-1.0, 1.0, 1.0], NUM_STRIDES // 3), np.ones(NUM_LIFTS + 2)]
).astype(np.float32)
"""Features of a mirrored observation are `FEATURE_SIGNS` x features[`FEATURE_ORDER`]."""


def readouts(solutions: Float32) -> Float32:
    """Readouts (n, 12, 66) of solutions (n, size); a mirrored observation gets the mirrored action."""
    left = solutions.reshape(len(solutions), len(_LEFT), NUM_FEATURES)
    matrices: Float32 = np.empty((len(left), len(_LEFT) + len(_RIGHT), NUM_FEATURES), np.float32)
    matrices[:, _LEFT] = left
    mirrored = np.empty_like(left)
    mirrored[:, :, FEATURE_ORDER] = matrices[:, ACTION_ORDER[_RIGHT]] * FEATURE_SIGNS
    matrices[:, _RIGHT] = ACTION_SIGNS[_RIGHT][:, None] * mirrored
    return matrices


def act(matrices: Float32, observations: Float32) -> Float32:
    """Actions (n, 12) in [-1, 1] of n readouts (n or 1, 12, 66) for observations (n, 47)."""
    actions: Float32 = np.matmul(matrices, features(observations)[:, :, None])[:, :, 0]
    return np.clip(actions, -1.0, 1.0)


def trot_solution(seed: int = 1, samples: int = 4000) -> Float32:
    """Solution (size,) nearest to the open-loop trot; it reads phase and command alone."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0.0, 2.0 * np.pi, samples)
    commands = draw_uniform(rng, samples)
    commands[: samples // 10] *= 0.1
    observations: Float32 = np.zeros((samples, OBSERVATION_SIZE), np.float32)
    observations[:, 42:45] = commands
    observations[:, 45:] = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    inputs = features(observations)[:, len(MEASURED) :]
    weights = np.linalg.lstsq(inputs, trot_actions(phase, commands)[:, _LEFT], rcond=None)[0]
    solution = np.zeros((len(_LEFT), NUM_FEATURES), np.float32)
    solution[:, len(MEASURED) :] = weights.T
    return solution.ravel()
