"""Evaluations during training: the learning curve, and which weights were the best."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_sim.vector_env import CustomAntVectorEnv

EVALUATION_SEED = 500
"""First reset seed of the evaluations that choose the best weights; seeds from 1000 on only report."""

EVALUATION_STEPS = 1000
"""Control steps of an evaluation's episodes."""

Act = Callable[[NDArray[np.float32]], Any]
"""Observations (n, 27) -> actions of n environments, deterministic."""


class LearningCurve:
    """Evaluates a learner now and then and writes `curve.json`."""

    def __init__(self, envs: CustomAntVectorEnv, out: Path) -> None:
        """Evaluate on `envs`, an episode each, and write into the folder `out`."""
        self._envs = envs
        self._path = out / "curve.json"
        self._begin = time.monotonic()
        self._points: list[dict[str, float]] = []
        self._best = -np.inf

    def add(self, steps: int, act: Act) -> bool:
        """Evaluate after so many environment steps of training; returns whether it is the best so far."""
        returns, falls = self._evaluate(act)
        mean, std = float(returns.mean()), float(returns.std())
        seconds = time.monotonic() - self._begin
        self._points.append({"steps": steps, "seconds": seconds, "mean": mean, "std": std, "falls": falls})
        self._path.write_text(json.dumps(self._points, indent=1))
        print(f"{steps:>9,} steps {seconds:6.0f} s: return {mean:7.1f} ± {std:.1f}, falls {falls}", flush=True)
        is_best = mean > self._best
        self._best = max(mean, self._best)
        return is_best

    def _evaluate(self, act: Act) -> tuple[NDArray[np.float64], int]:
        observations, _ = self._envs.reset(seed=EVALUATION_SEED)
        returns = np.zeros(self._envs.num_envs)
        fallen = np.zeros(self._envs.num_envs, dtype=np.bool_)
        for _ in range(EVALUATION_STEPS):
            observations, rewards, terminated, _, _ = self._envs.step(act(observations.astype(np.float32)))
            returns += rewards * ~fallen
            fallen |= terminated
        return returns, int(fallen.sum())
