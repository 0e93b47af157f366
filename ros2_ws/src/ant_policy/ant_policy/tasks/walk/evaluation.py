"""Tracking errors and falls of policies that walk."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from ant_policy.errors import CardError
from ant_policy.policies.interface import Policy
from ant_policy.policies.loading import load_policy
from ant_policy.tasks.walk.card import walk_card
from ant_policy.tasks.walk.commands import draw_uniform
from ant_policy.tasks.walk.robot import CONTROL_PERIOD
from ant_policy.tasks.walk.vector_env import EPISODE_STEPS, WalkVectorEnv

Floats = NDArray[np.float64]
Act = Callable[[Floats], NDArray[Any]]
"""Function from observations (n, 47) to actions (n, 12)."""

SEED = 1000
"""Of the episodes that are reported."""
COMMAND_INTERVAL = 5.0
"""Time until the next command is drawn, uniformly within the limits [s]."""


@dataclass(frozen=True)
class Evaluation:
    """Result of some episodes.

    Attributes:
        seed: of all of them.
        seconds: length of an episode [s].
        linear_error: mean norm of the horizontal velocity's error until a fall [m/s].
        yaw_error: mean absolute error of the yaw rate until a fall [rad/s].
        falls: number of episodes that ended with a fall.
        returns: (episodes,) sum of the rewards.
    """

    seed: int
    seconds: float
    linear_error: float
    yaw_error: float
    falls: int
    returns: Floats

    def numbers(self) -> dict[str, float]:
        """Plain values, as a card keeps them."""
        errors = {name: round(getattr(self, name), 4) for name in ("linear_error", "yaw_error")}
        return {
            "episodes": len(self.returns),
            "seconds": self.seconds,
            "seed": self.seed,
            **errors,
            "falls": self.falls,
        }


def evaluate(
    act: Act,
    episodes: int,
    seed: int = SEED,
    steps: int = EPISODE_STEPS,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Run episodes side by side on robots like the model, each until a fall or for a number of control steps.

    Args:
        act: the policy.
        episodes: at least 1.
        seed: of all draws.
        steps: at least 1.
        progress: called after each control step with the number of steps done.
    """
    interval = (COMMAND_INTERVAL, COMMAND_INTERVAL)
    envs = WalkVectorEnv(episodes, max_episode_steps=steps, command_interval=interval, draw_commands=draw_uniform)
    observations, _ = envs.reset(seed=seed)
    alive = np.ones(episodes, dtype=np.bool_)
    returns, errors, count = np.zeros(episodes), np.zeros(2), 0
    for step in range(steps):
        observations, rewards, terminated, _, infos = envs.step(act(observations))
        returns += rewards * alive
        errors += [infos["linear_error"][alive].sum(), infos["yaw_error"][alive].sum()]
        count += int(alive.sum())
        alive &= ~terminated
        if progress is not None:
            progress(step + 1)
        if not alive.any():
            break
    linear, yaw = (errors / count).tolist()
    return Evaluation(seed, round(steps * CONTROL_PERIOD, 3), linear, yaw, int((~alive).sum()), returns)


def actions_of(policy: Policy) -> Act:
    """Function of a policy for `evaluate`.

    Raises:
        CardError: its card is not for the environment's observations and actions.
    """
    card, own = policy.card, walk_card()
    if card.joints.names != own.joints.names:
        expected, found = (", ".join(names) for names in (own.joints.names, card.joints.names))
        raise CardError(f"card: field 'joints': expected {expected}, in this order, found {found}")
    for field in ("observation", "action", "control_period"):
        if getattr(card, field) != getattr(own, field):
            raise CardError(f"card: field '{field}': expected that of the shipped policy walk, found another")
    return lambda observations: np.array([policy.act(observation) for observation in observations])


def report(source: str | Path, episodes: int, seed: int = SEED) -> Evaluation:
    """Evaluate a policy by name or path as its card says, with a progress bar, and print the result.

    Raises:
        PolicyError: there is no such policy, or it is refused.
    """
    act = actions_of(load_policy(source))
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(str(source)), total=EPISODE_STEPS)
        evaluation = evaluate(act, episodes, seed, progress=lambda done: bar.update(task, completed=done))
    table = Table("policy", title=f"{episodes} episodes of {evaluation.seconds:g} s, seed {seed}")
    for column in ("velocity error [m/s]", "yaw rate error [rad/s]", "falls", "return"):
        table.add_column(escape(column), justify="right")
    errors = (f"{value:.3f}" for value in (evaluation.linear_error, evaluation.yaw_error))
    table.add_row(escape(str(source)), *errors, str(evaluation.falls), f"{evaluation.returns.mean():,.1f}")
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    return evaluation
