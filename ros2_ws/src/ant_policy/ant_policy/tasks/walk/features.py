"""Features of the walk: waves of the gait that vanish with the command, in which a good policy is nearly linear."""

from typing import Any

import numpy as np

from ant_policy.tasks.walk.commands import COMMAND_LIMITS

DELAYS = np.array([0.0, 0.25, 0.5, 0.75]) * np.pi
"""Delays (4,) of the waves behind the gait's phase [rad]."""
GATE = 3.0
SCALE = np.concatenate([[0.2] * 3, [0.1] * 2, [0.15] * 24, [0.5] * 12, [0.4, 0.2, 0.4]])
"""Typical size (44,) of each measured number."""


def gait(observations: Any, xp: Any = np) -> Any:
    """Features (..., 65) of observations (..., 47).

    With p = cos(phase - delay) for the four `DELAYS`, m the command (3,) over its limits, and the effort |m|, the sum
    of its absolute values: all numbers but gravity's z (nearly constant) and the phase, over `SCALE` (44); strides,
    waves as high as the command, |p + m| - |p - m|, for each delay and each axis of the command (12); lifts, half waves
    that vanish with the command, min(max(p, 0), 3 |m|), then those of -p (8); effort (1).
    """
    scale, cosines, sines, limits = (
        xp.asarray(values.astype(np.float32)) for values in (SCALE, np.cos(DELAYS), np.sin(DELAYS), COMMAND_LIMITS)
    )
    measured = xp.concatenate([observations[..., :5], observations[..., 6:45]], -1) / scale
    waves = observations[..., 46:47] * cosines + observations[..., 45:46] * sines
    command = observations[..., 42:45] / limits
    p, m = waves[..., :, None], command[..., None, :]
    strides = (abs(p + m) - abs(p - m)) / 0.9
    effort = abs(command).sum(-1)[..., None]
    lifts = 2.0 * xp.minimum(xp.clip(xp.concatenate([waves, -waves], -1), 0.0, None), GATE * effort)
    return xp.concatenate([measured, strides.reshape(*waves.shape[:-1], 12), lifts, effort], -1)
