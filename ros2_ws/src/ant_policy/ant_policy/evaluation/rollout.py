"""Episodes on the vector environment, without ROS: returns, falls, torso heights and the envelope of states."""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card, default_card
from ant_policy.card.parts import Envelope, Returns
from ant_policy.policies.interface import Policy
from ant_policy.tasks.jump.adapter import PolicyAdapter
from ant_sim import MODEL_PATH
from ant_sim.envs.vector import CustomAntVectorEnv
from ant_sim.physics.randomisation import Randomisation
from ant_sim.task import jump_spans

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """Result of some episodes; arrays have one entry per episode.

    Attributes:
        seed: the seed of the first episode; episode i is reset with seed + i.
        returns: (episodes,) sum of the rewards.
        falls: (episodes,) whether a fall ended the episode.
        heights: per episode (steps,), torso height after each control step [m].
        envelope: extremes of the observed states, including the states after a fall.
        seconds: wall time of all episodes [s].
    """

    seed: int
    returns: Float64
    falls: NDArray[np.bool_]
    heights: tuple[Float64, ...]
    envelope: Envelope
    seconds: float

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(episodes,) control steps."""
        return np.array([len(heights) for heights in self.heights])

    @property
    def max_heights(self) -> Float64:
        """(episodes,) greatest torso height [m]."""
        return np.array([heights.max() for heights in self.heights])

    @cached_property
    def apexes(self) -> Float64:
        """Greatest torso height of each jump of all episodes [m]."""
        return np.concatenate([jump_apexes(heights) for heights in self.heights])

    @property
    def mean_apex(self) -> float | None:
        """Mean height of the jumps' apexes [m]; None if there was no jump."""
        return float(self.apexes.mean()) if self.apexes.size else None

    @property
    def steps_per_second(self) -> float:
        """Control steps per second of wall time, policy and environment together."""
        return float(self.lengths.sum() / self.seconds)

    def summary(self) -> Returns:
        """Mean, population standard deviation and minimum of the returns, and falls, as a card stores them."""
        return Returns(
            mean=float(self.returns.mean()),
            std=float(self.returns.std()),
            min=float(self.returns.min()),
            falls=int(self.falls.sum()),
            episodes=len(self.returns),
            seed=self.seed,
        )


def evaluate(
    policy: Policy,
    episodes: int,
    seed: int,
    max_steps: int = 1000,
    progress: Callable[[int], None] | None = None,
    randomisation: Randomisation | None = None,
) -> Evaluation:
    """Run episodes of a policy side by side; each ends with a fall or after `max_steps` control steps.

    The policy gets its card's terms, joints by name, as in the policy node.

    Args:
        policy: a stochastic one draws its actions for all episodes in turn, step by step.
        episodes: at least 1.
        seed: reset seed of the first episode; episode i uses seed + i.
        max_steps: at least 1.
        progress: called after each control step with the number of steps done.
        randomisation: differences of the robots from the model; None: none.

    Raises:
        CardError: the card is for other joints or another control period than the model's.
        ValueError: no episodes or no steps are asked for.
    """
    if episodes < 1 or max_steps < 1:
        raise ValueError(f"expected at least 1 episode and step, found {episodes} and {max_steps}")
    act = PolicyAdapter(policy).act
    return roll_out(CustomAntVectorEnv(episodes, randomisation=randomisation), act, seed, max_steps, progress)


def roll_out(
    envs: CustomAntVectorEnv,
    act: Callable[[Float64], Any],
    seed: int,
    max_steps: int = 1000,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Run one episode in each of `envs`, which have no time limit of their own; see `evaluate`.

    `act` maps observations (n, 27) to the actions of all n environments.
    """
    start = time.perf_counter()
    n = envs.num_envs
    observations, _ = envs.reset(seed=seed)
    returns, alive = np.zeros(n), np.ones(n, dtype=np.bool_)
    lengths = np.zeros(n, dtype=np.int64)
    heights = np.zeros((max_steps, n))
    low, high = _extremes(observations)
    for step in range(max_steps):
        observations, rewards, fallen, _, infos = envs.step(act(observations))
        reached, heights[step] = _before_restart(observations, infos)
        returns += rewards * alive
        lengths += alive
        least, greatest = _extremes(reached[alive])
        low, high = np.minimum(low, least), np.maximum(high, greatest)
        alive &= ~fallen
        if progress is not None:
            progress(step + 1)
        if not alive.any():
            break
    return Evaluation(
        seed=seed,
        returns=returns,
        falls=~alive,
        heights=tuple(heights[:length, i] for i, length in enumerate(lengths)),
        envelope=_envelope(low, high),
        seconds=time.perf_counter() - start,
    )


def _extremes(observations: Float64) -> tuple[Float64, Float64]:
    """Least and greatest (28,) of observations (n, 27), n > 0, and of the cosine of the tilt."""
    x, y = observations[:, 2], observations[:, 3]
    seen = np.column_stack([observations, 1.0 - 2.0 * (x * x + y * y)])
    return seen.min(axis=0), seen.max(axis=0)


def _envelope(low: Float64, high: Float64) -> Envelope:
    joints = default_card("zero").joints.names
    ranges = zip(low[5:13].tolist(), high[5:13].tolist(), strict=True)
    speeds = np.maximum(-low, high)[19:27].tolist()
    tilt = math.acos(max(low[27], -1.0))
    return Envelope(tilt, dict(zip(joints, ranges, strict=True)), dict(zip(joints, speeds, strict=True)))


def jump_apexes(heights: Float64) -> Float64:
    """Apex (jumps,) [m] of each jump in torso heights (steps,) [m]; one that the episode's end cuts off counts too."""
    return np.array([heights[begin:end].max() for begin, end in jump_spans(heights)])


def model_warning(card: Card) -> str | None:
    """Warning if the policy was trained on another model than `ant_sim.MODEL_PATH`; None if not."""
    found = hashlib.sha256(MODEL_PATH.read_bytes()).hexdigest()
    if card.model is None or card.model.sha256 == found:
        return None
    return (
        f"the policy was trained on another model: its card has sha256 {card.model.sha256[:12]}… "
        f"for {card.model.file}, {MODEL_PATH.name} here has {found[:12]}…"
    )


def _before_restart(observations: Float64, infos: dict[str, Any]) -> tuple[Float64, Float64]:
    """Observations (n, 27) and torso heights (n,) [m] at the end of a step, before fallen robots were reset."""
    heights = infos["torso_height"]
    if "final_obs" not in infos:
        return observations, heights
    ended = infos["_final_obs"]
    observations = observations.copy()
    observations[ended] = np.stack(infos["final_obs"][ended])
    return observations, np.where(ended, infos["final_info"]["torso_height"], heights)
