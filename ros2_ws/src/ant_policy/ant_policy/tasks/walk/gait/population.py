"""Roll-outs of a population of readouts, each on a robot of its own."""

import numpy as np
from numpy.typing import NDArray

from ant_policy.tasks.walk.gait.readout import act, readouts
from ant_policy.tasks.walk.vector_env import WalkVectorEnv

Floats = NDArray[np.float64]
Float32 = NDArray[np.float32]


def roll_out(envs: WalkVectorEnv, solutions: Float32, seed: int, steps: int) -> Floats:
    """Mean reward a step (n,) of solutions (n, size) in one episode each; a fall ends it.

    Args:
        envs: n environments, with `robots_per_draw` 2 for the mirrored pairs of a PGPE population.
        solutions: parameters of the readouts.
        seed: of all draws.
        steps: control steps of an episode.
    """
    matrices = readouts(solutions)
    observations, _ = envs.reset(seed=seed)
    alive = np.ones(len(solutions), dtype=np.bool_)
    returns: Floats = np.zeros(len(solutions))
    for _ in range(steps):
        observations, rewards, terminated, _, _ = envs.step(act(matrices, observations.astype(np.float32)))
        returns += rewards * alive
        alive &= ~terminated
        if not alive.any():
            break
    return returns / steps


def compare_pairs(returns: Floats) -> Floats:
    """Returns (n,) less the mean of each pair of neighbours.

    Pairs walk after different commands, some of which pay more than others; a ranking of these differences compares
    solutions instead of commands.
    """
    pairs = returns.reshape(-1, 2)
    differences: Floats = (pairs - pairs.mean(axis=1, keepdims=True)).ravel()
    return differences
