"""Running a policy on the Gymnasium environment `CustomAntEnv-v1`, without ROS.

A jump is a maximal run of control steps with the torso above `ant_sim.task.JUMP_HEIGHT`; one that is cut by the end of
an episode counts too. Its apex is its greatest torso height.
"""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card
from ant_policy.card.parts import Envelope, Returns
from ant_policy.evaluation.on_model import PolicyOnModel
from ant_policy.policies.policies import Policy
from ant_sim import MODEL_PATH, AntState
from ant_sim.envs.single import CustomAntEnv
from ant_sim.task import JUMP_HEIGHT


@dataclass(frozen=True)
class Evaluation:
    """What some episodes showed; arrays have one entry an episode.

    Attributes:
        seed: the seed of the first episode; episode i is reset with seed + i.
        returns: (episodes,) sum of the rewards.
        falls: (episodes,) whether a fall ended the episode.
        heights: of each episode (steps,), torso height after each control step [m].
        envelope: the states that were seen, those of falls included.
        seconds: wall time of it all [s].
    """

    seed: int
    returns: NDArray[np.float64]
    falls: NDArray[np.bool_]
    heights: tuple[NDArray[np.float64], ...]
    envelope: Envelope
    seconds: float

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(episodes,) control steps."""
        return np.array([len(heights) for heights in self.heights])

    @property
    def max_heights(self) -> NDArray[np.float64]:
        """(episodes,) greatest torso height [m]."""
        return np.array([heights.max() for heights in self.heights])

    @cached_property
    def apexes(self) -> NDArray[np.float64]:
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
        """Sum the returns up as a card keeps them.

        Returns:
            Mean, standard deviation (of the population) and least return, falls, episodes, seed.
        """
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
) -> Evaluation:
    """Run episodes; each ends with a fall or after `max_steps`.

    The policy sees what the policy node would show it: the card's terms, joints by name.

    Args:
        policy: the policy; it is not made anew between episodes.
        episodes: how many, at least 1.
        seed: seed of the first episode's reset; the next ones count on from it.
        max_steps: control steps of an episode at most.
        progress: called after each episode with the number of episodes done.

    Returns:
        What they showed.

    Raises:
        CardError: the card is for other joints or another control period than the model's.
        ValueError: no episodes or no steps are asked for.
    """
    if episodes < 1 or max_steps < 1:
        raise ValueError(f"expected at least 1 episode and step, found {episodes} and {max_steps}")
    env = CustomAntEnv()
    simulator = env.simulator
    on_model = PolicyOnModel(policy, simulator)
    envelope = _EnvelopeRecorder(simulator.joint_names)
    returns, heights, falls = [], [], []
    start = time.perf_counter()
    for episode in range(episodes):
        env.reset(seed=seed + episode)
        state = simulator.state()
        rewards: list[float] = []
        torso_heights: list[float] = []
        fell = False
        while not fell and len(rewards) < max_steps:
            envelope.add(state)
            _, reward, fell, _, info = env.step(on_model.ctrl(state))
            rewards.append(reward)
            torso_heights.append(info["torso_height"])
            state = simulator.state()
        envelope.add(state)
        returns.append(sum(rewards))
        heights.append(np.array(torso_heights))
        falls.append(fell)
        if progress is not None:
            progress(episode + 1)
    return Evaluation(
        seed=seed,
        returns=np.array(returns),
        falls=np.array(falls),
        heights=tuple(heights),
        envelope=envelope.result(),
        seconds=time.perf_counter() - start,
    )


def jump_apexes(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the apex of each jump in an episode.

    Args:
        heights: (steps,) torso height after each control step [m].

    Returns:
        (jumps,) greatest torso height of each maximal run of steps above `JUMP_HEIGHT` [m].
    """
    in_jump = np.concatenate([[False], heights > JUMP_HEIGHT, [False]])
    edges = np.flatnonzero(np.diff(in_jump))
    return np.array([heights[up:down].max() for up, down in edges.reshape(-1, 2)])


def model_warning(card: Card) -> str | None:
    """Compare the model that the policy was trained on with the one here.

    Args:
        card: the policy's card.

    Returns:
        A sentence if the card's model hash is another than that of `ant_sim.MODEL_PATH`.
    """
    found = hashlib.sha256(MODEL_PATH.read_bytes()).hexdigest()
    if card.model is None or card.model.sha256 == found:
        return None
    return (
        f"the policy was trained on another model: its card has sha256 {card.model.sha256[:12]}… "
        f"for {card.model.file}, {MODEL_PATH.name} here has {found[:12]}…"
    )


class _EnvelopeRecorder:
    """Keeps the extremes of the states that it is shown."""

    def __init__(self, joint_names: tuple[str, ...]) -> None:
        self._names = joint_names
        self._tilt = 0.0
        self._low = np.full(len(joint_names), np.inf)
        self._high = np.full(len(joint_names), -np.inf)
        self._speed = np.zeros(len(joint_names))

    def add(self, state: AntState) -> None:
        _, x, y, _ = state.torso_quaternion
        up = 1.0 - 2.0 * (x * x + y * y)  # z of the torso's z axis, from a unit quaternion.
        self._tilt = max(self._tilt, math.acos(min(max(up, -1.0), 1.0)))
        np.minimum(self._low, state.joint_positions, out=self._low)
        np.maximum(self._high, state.joint_positions, out=self._high)
        np.maximum(self._speed, np.abs(state.joint_velocities), out=self._speed)

    def result(self) -> Envelope:
        ranges = zip(self._low.tolist(), self._high.tolist(), strict=True)
        return Envelope(
            self._tilt,
            dict(zip(self._names, ranges, strict=True)),
            dict(zip(self._names, self._speed.tolist(), strict=True)),
        )
