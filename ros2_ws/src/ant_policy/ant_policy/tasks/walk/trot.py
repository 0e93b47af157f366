"""Open-loop trot, from which a search for a policy starts.

On the soft servos it hardly follows the command, and not at all forwards; it gives the search a rhythm without falls.
"""

import numpy as np
from numpy.typing import NDArray

from ant_policy.tasks.walk.commands import draw_uniform, is_moving
from ant_policy.tasks.walk.contract import ACTION_SCALE, GAIT_PERIOD
from ant_policy.tasks.walk.features import SCALE, gait
from ant_policy.tasks.walk.robot import HOME, feet_in_body, joint_positions_of

Floats = NDArray[np.float64]

LIFT = 0.05
"""Height of a foot in mid-swing [m]."""
PRESS = 0.01
"""Depth by which a foot is pressed down in mid-stance, against the servos' giving way [m]."""
STRIDE_GAIN = 1.2
"""Length of the commanded stride over that of a robot that does not slip."""
_FEET: Floats = feet_in_body(HOME[None])[0]
_OFFSETS: Floats = np.array([0.0, np.pi, np.pi, 0.0])


def trot_actions(phase: Floats, commands: Floats) -> Floats:
    """Actions (n, 12) at gait phases (n,) [rad] for velocity commands (n, 3)."""
    leg_phase = (phase[:, None] + _OFFSETS) % (2.0 * np.pi)
    swing = leg_phase < np.pi
    part = np.where(swing, leg_phase, leg_phase - np.pi) / np.pi
    progress = np.where(swing, -0.5 * np.cos(np.pi * part), 0.5 - part)
    stride = STRIDE_GAIN * GAIT_PERIOD / 2.0 * progress
    bow = np.sin(np.pi * part)
    feet = np.repeat(_FEET[None], len(phase), axis=0)
    feet[:, :, 0] += stride * (commands[:, :1] - commands[:, 2:] * _FEET[:, 1])
    feet[:, :, 1] += stride * (commands[:, 1:2] + commands[:, 2:] * _FEET[:, 0])
    feet[:, :, 2] += is_moving(commands)[:, None] * np.where(swing, LIFT * bow**2, -PRESS * bow)
    actions: Floats = (joint_positions_of(feet) - HOME) / ACTION_SCALE
    return actions


def trot_matrix(seed: int = 1, samples: int = 4000) -> NDArray[np.float32]:
    """Linear policy (12, 66) on the features `gait`, bias last, nearest to the trot; measurements have no weight."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0.0, 2.0 * np.pi, samples)
    commands = draw_uniform(rng, samples)
    commands[: samples // 10] *= 0.1
    observations = np.zeros((samples, 47), np.float32)
    observations[:, 42:45] = commands
    observations[:, 45:] = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    inputs = np.pad(gait(observations), ((0, 0), (0, 1)), constant_values=1.0)[:, len(SCALE) :]
    weights = np.linalg.lstsq(inputs, trot_actions(phase, commands), rcond=None)[0]
    return np.pad(weights.T, ((0, 0), (len(SCALE), 0))).astype(np.float32)
