"""Episodes of a bag as the Gymnasium environment would have produced them, for training from logs.

Observations are built by the policy node's own code and rewards by the task's, so an episode recorded in lockstep
equals the environment's bit for bit.
"""

from bisect import bisect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bags.bag import Bag, Command, Status
from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.states import State, first_answers, restart_orders, states
from ant_policy.card.card import Card, default_card
from ant_sim.control_loop.command_decoder import CommandDecoder, CommandError
from ant_sim.task import has_fallen, height_rewards

MIN_PERIODS = 0.5
"""Two states closer than this [control periods] are not both control instants."""
MAX_PERIODS = 1.5
"""States further apart than this [control periods] do not belong to one episode."""


@dataclass(frozen=True)
class Episode:
    """T control steps.

    Attributes:
        observations: (T + 1, 27) float64, as in `CustomAntEnv-v1`; action k answers row k.
        actions: (T, 8) float32 in [-1, 1], actuator order, as applied: zero while the robot was limp.
        rewards: (T,) float64.
        stamps_ns: (T + 1,) int64, stamps of the states [ns].
        efforts: (T, 8) commanded [N m], order of the card's action; zero without a command.
        outcome: terminated (a fall), truncated (the simulator's step limit), reset, or the reason why the record
            breaks off: gap, restart, end of the bag.
        number: the simulator's number of the episode; None, like the next two, if it was not reported.
        reported_steps: number of steps, by the simulator.
        reported_return: return, by the simulator.
    """

    observations: NDArray[np.float64]
    actions: NDArray[np.float32]
    rewards: NDArray[np.float64]
    stamps_ns: NDArray[np.int64]
    efforts: NDArray[np.float64]
    outcome: str
    number: int | None = None
    reported_steps: int | None = None
    reported_return: float | None = None

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def terminated(self) -> bool:
        """True if a fall ended it."""
        return self.outcome == "terminated"

    @property
    def episode_return(self) -> float:
        """Sum of the rewards, in the simulator's order."""
        return float(np.cumsum(self.rewards)[-1])

    @property
    def is_whole(self) -> bool | None:
        """Whether every step is in the bag; None if the number of steps was not reported."""
        return None if self.reported_steps is None else self.reported_steps == len(self)


def episodes(bag: Bag | Path | str, card: Card | None = None) -> Iterator[Episode]:
    """Episodes in the order in which they were recorded.

    Args:
        bag: a bag, or the path of one.
        card: contract of the recorded policy; None: the Ant's.

    Yields:
        Each episode with at least one step. Without the simulator's reports of episode ends (a real robot), only a
        fall ends an episode.

    Raises:
        BagReadError: if the bag cannot be read.
    """
    if not isinstance(bag, Bag):
        bag = read_bag(Path(bag))
    card = card or default_card("sac")
    restarts = restart_orders(bag)
    answers = first_answers(bag)
    ends = {
        (bisect(restarts, status.times.order), status.stamp_ns): status
        for status in bag.statuses
        if status.name.startswith(f"{bag.namespace}/") and status.name.endswith(": episode")
    }
    period_ns = round(card.control_period * 1e9)
    span: list[State] = []
    for state in _control_instants(states(bag, card), answers, period_ns):
        outcome = _break(span[-1], state, answers, period_ns) if span else None
        if outcome is not None:
            yield from _episode(span, answers, card, outcome)
            span = []
        fallen = not ends and has_fallen(float(state.observation[0]))
        if fallen and not span:
            continue
        span.append(state)
        end = ends.get((state.run, state.stamp_ns))
        if fallen or end is not None:
            outcome = "terminated" if end is None else end.values.get("outcome", "reset")
            yield from _episode(span, answers, card, outcome, end)
            span = []
    yield from _episode(span, answers, card, "end of the bag")


def _control_instants(
    states: Iterator[State], answers: dict[tuple[int, int], Command], period_ns: int
) -> Iterator[State]:
    """States that a command answers; where there are none, one per control period."""
    waiting: State | None = None
    for state in states:
        answered = (state.run, state.stamp_ns) in answers
        passed = state.stamp_ns - waiting.stamp_ns if waiting is not None and waiting.run == state.run else period_ns
        if not answered and passed < period_ns:
            continue
        # A state just before a control instant is not one itself: it came before the first command, or during a stop.
        if waiting is not None and not (answered and passed < MIN_PERIODS * period_ns):
            yield waiting
        waiting = state
    if waiting is not None:
        yield waiting


def _break(before: State, after: State, answers: dict[tuple[int, int], Command], period_ns: int) -> str | None:
    if before.run != after.run:
        return "restart"
    too_far = after.stamp_ns - before.stamp_ns > MAX_PERIODS * period_ns
    # Effort without a command, in a bag that has commands, means that the command is missing from the bag.
    unknown = bool(answers) and (before.run, before.stamp_ns) not in answers and after.driven is True
    return "gap" if too_far or unknown else None


def _episode(
    span: list[State], answers: dict[tuple[int, int], Command], card: Card, outcome: str, end: Status | None = None
) -> Iterator[Episode]:
    if len(span) < 2:
        return
    joints = card.action.joints
    decoder = CommandDecoder(joints, np.array([card.action.scale[name] for name in joints]))
    actions = np.zeros((len(span) - 1, len(joints)), dtype=np.float32)
    efforts = np.zeros(actions.shape)
    for k, (state, after) in enumerate(pairwise(span)):
        command = answers.get((state.run, state.stamp_ns))
        if command is None:
            continue
        with suppress(CommandError):
            action = decoder.decode(command.names, command.efforts)
            efforts[k] = [command.efforts[command.names.index(name)] for name in joints]
            if after.driven is not False:
                actions[k] = action
    observations = np.array([state.observation for state in span])
    number, steps, total = (end.number(key) if end else None for key in ("episode", "steps", "return"))
    yield Episode(
        observations=observations,
        actions=actions,
        rewards=height_rewards(observations[1:, 0]),
        stamps_ns=np.array([state.stamp_ns for state in span]),
        efforts=efforts,
        outcome=outcome,
        number=None if number is None else int(number),
        reported_steps=None if steps is None else int(steps),
        reported_return=total,
    )
