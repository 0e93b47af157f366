"""Episodes on vector environments, without ROS: returns, falls, torso heights and the envelope of states."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card
from ant_policy.card.parts import Envelope, Model, Returns
from ant_policy.evaluation.envelope import Extremes
from ant_policy.evaluation.environment import Environment
from ant_policy.policies.interface import Policy
from ant_policy.tasks.jump.adapter import Act
from ant_policy.tasks.jump.environment import JumpEnvironment
from ant_sim.physics.randomisation import Randomisation
from ant_sim.tasks.jump import jump_spans

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """Result of some episodes; arrays have one entry per episode.

    Attributes:
        seed: the seed of the first episode; episode i is reset with seed + i.
        returns: (episodes,) sum of the rewards.
        falls: (episodes,) whether it was terminated, by a fall.
        lengths: (episodes,) control steps.
        metrics: means over all steps of the infos that the environment's `metadata["metrics"]` names.
        heights: per episode (steps,), torso height after each control step [m]; empty where the environment tells none.
        tilts: likewise, tilt of the torso [rad].
        envelope: extremes of the observed states, including the states after a fall; None without such terms.
        seconds: wall time of all episodes [s].
    """

    seed: int
    returns: Float64
    falls: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    metrics: dict[str, float]
    heights: tuple[Float64, ...]
    tilts: tuple[Float64, ...]
    envelope: Envelope | None
    seconds: float

    @property
    def max_heights(self) -> Float64:
        """(episodes,) greatest torso height [m]."""
        return np.array([heights.max() for heights in self.heights])

    @cached_property
    def apexes(self) -> Float64:
        """Greatest torso height of each jump of all episodes [m]."""
        return np.concatenate([np.zeros(0), *(jump_apexes(heights) for heights in self.heights)])

    @cached_property
    def landings(self) -> Float64:
        """(landings, 2) of all episodes: tilt at the end of a jump [rad], apex of the next jump [m]."""
        found = [
            (tilts[end], heights[slice(*following)].max())
            for heights, tilts in zip(self.heights, self.tilts, strict=True)
            for (_, end), following in pairwise(jump_spans(heights))
        ]
        return np.array(found).reshape(-1, 2)

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
    environment: Environment | None = None,
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
        environment: None: the jumping Ant.

    Raises:
        CardError: the card is for other joints or another control period than the environment's.
        ValueError: no episodes or no steps are asked for.
    """
    if episodes < 1 or max_steps < 1:
        raise ValueError(f"expected at least 1 episode and step, found {episodes} and {max_steps}")
    environment = environment or JumpEnvironment()
    act, card = environment.adapt(policy), getattr(policy, "card", None)
    envs = environment.make(episodes, is_discrete=environment.is_discrete, randomisation=randomisation)
    own = environment.card(card.policy.algorithm if card else "zero")
    return roll_out(envs, act, seed, min(max_steps, environment.max_steps), progress, own)


def roll_out(
    envs: Any,
    act: Act,
    seed: int,
    max_steps: int = 1000,
    progress: Callable[[int], None] | None = None,
    card: Card | None = None,
) -> Evaluation:
    """Run one episode in each of `envs`, which restart in the same step; see `evaluate`.

    `act` maps observations (n, n_observation) to the actions of all n environments; `card` tells what they hold.
    """
    start = time.perf_counter()
    n = envs.num_envs
    observations, _ = envs.reset(seed=seed)
    returns, alive, falls = np.zeros(n), np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    lengths = np.zeros(n, dtype=np.int64)
    heights, tilts = np.full((2, max_steps, n), np.nan)
    names: dict[str, str] = envs.metadata.get("metrics", {})
    totals = dict.fromkeys(names, 0.0)
    extremes = Extremes(card)
    extremes.add(observations)
    for step in range(max_steps):
        observations, rewards, terminated, truncated, infos = envs.step(act(observations))
        reached, has_heights = observations, "torso_height" in infos
        if "final_obs" in infos:
            # Before ended episodes were started anew.
            reached = observations.copy()
            reached[infos["_final_obs"]] = np.stack(infos["final_obs"][infos["_final_obs"]])
        if has_heights:
            heights[step] = _of_step(infos, "torso_height")
            tilts[step] = extremes.tilts(reached)
        for title, name in names.items():
            totals[title] += _of_step(infos, name)[alive].sum()
        returns += rewards * alive
        lengths += alive
        extremes.add(reached[alive])
        falls |= terminated & alive
        alive &= ~(terminated | truncated)
        if progress is not None:
            progress(step + 1)
        if not alive.any():
            break
    return Evaluation(
        seed=seed,
        returns=returns,
        falls=falls,
        lengths=lengths,
        metrics={title: float(total / lengths.sum()) for title, total in totals.items()},
        heights=tuple(heights[:length, i] for i, length in enumerate(lengths)) if has_heights else (),
        tilts=tuple(tilts[:length, i] for i, length in enumerate(lengths)) if has_heights else (),
        envelope=extremes.envelope(),
        seconds=time.perf_counter() - start,
    )


def _of_step(infos: dict[str, Any], name: str) -> Float64:
    """Values (n,) of an info, before ended episodes were started anew."""
    last = infos.get("final_info", {}).get(name)
    # The info of a reset may lack what that of a step has.
    values: Float64 = infos[name] if last is None else np.where(infos["_final_info"], last, infos.get(name, 0.0))
    return values


def jump_apexes(heights: Float64) -> Float64:
    """Apex (jumps,) [m] of each jump in torso heights (steps,) [m]; one that the episode's end cuts off counts too."""
    return np.array([heights[begin:end].max() for begin, end in jump_spans(heights)])


def model_warning(card: Card, expected: Model | None = None) -> str | None:
    """Warning if the policy was trained on another model than `expected`, the Ant's if None; None if not."""
    expected = expected or JumpEnvironment().model
    if card.model is None or card.model.sha256 == expected.sha256:
        return None
    return (
        f"the policy was trained on another model: its card has sha256 {card.model.sha256[:12]}… "
        f"for {card.model.file}, {expected.file} here has {expected.sha256[:12]}…"
    )
