"""Episodes of a bag as the Gymnasium environment would have produced them, for training from logs.

Observations are built by the policy node's own code and the jump's rewards by the task's, so an episode of the Ant
recorded in lockstep equals the environment's bit for bit.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bags.bag import Bag, Command, Status
from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.states import State, first_answers, states
from ant_policy.card.card import Card, default_card
from ant_policy.observation.builder import ObservationBuilder
from ant_policy.observation.terms import ODOM
from ant_sim.control_loop.command_decoder import CommandDecoder, CommandError
from ant_sim.tasks.jump import has_fallen, height_rewards

MIN_PERIODS = 0.5
"""Two states closer than this [control periods] are not both control instants."""
MAX_PERIODS = 1.5
"""States further apart than this [control periods] do not belong to one episode."""


@dataclass(frozen=True)
class Episode:
    """T control steps.

    Attributes:
        observations: (T + 1, n) float64, as the card says (the Ant: as in `CustomAntEnv-v1`); action k answers row k.
        actions: (T, m) float32, order of the card's action, as applied: zero while the robot was stopped or limp. They
            are computed from the commands, so that a limit which changed a command changed the action too.
        rewards: (T,) float64 of the jump; None in another task.
        heights: (T + 1,) of the base [m]; None unless the task is the jump.
        stamps_ns: (T + 1,) int64, stamps of the states [ns].
        commands: (T, m) in the unit of the card's interface, order of the card's action; NaN without a command.
        outcome: terminated (a fall), truncated (the simulator's step limit), reset, or the reason why the record
            breaks off: gap, restart, end of the bag.
        number: the simulator's number of the episode; None, like the next two, if it was not reported.
        reported_steps: number of steps, by the simulator.
        reported_return: return, by the simulator.
    """

    observations: NDArray[np.float64]
    actions: NDArray[np.float32]
    rewards: NDArray[np.float64] | None
    heights: NDArray[np.float64] | None
    stamps_ns: NDArray[np.int64]
    commands: NDArray[np.float64]
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
    def episode_return(self) -> float | None:
        """Sum of the rewards, in the simulator's order."""
        return None if self.rewards is None else float(np.cumsum(self.rewards)[-1])

    @property
    def is_whole(self) -> bool | None:
        """True if every step is in the bag; None if the number of steps was not reported."""
        return None if self.reported_steps is None else self.reported_steps == len(self)


def is_jump(bag: Bag, card: Card) -> bool:
    """True if the task is the jump: the simulator counts jumps, or without one the policy observes its height."""
    own = [status for status in bag.statuses if status.name.startswith(f"{bag.namespace}/")]
    reports = [status for status in own if "control steps" in status.values]
    if reports:
        return ODOM in card.sources and "jumps" in reports[0].values
    return any(term.name == "base_height" for term in card.observation.terms)


def episodes(bag: Bag | Path | str, card: Card | None = None) -> Iterator[Episode]:
    """Episodes in the order in which they were recorded.

    Args:
        bag: a bag, or the path of one.
        card: contract of the recorded policy; None: the Ant's.

    Yields:
        Each episode with at least one step. Without the simulator's reports of episode ends (a real robot), only a
        fall in the jump ends an episode.

    Raises:
        BagReadError: if the bag cannot be read.
    """
    if not isinstance(bag, Bag):
        bag = read_bag(Path(bag))
    card = card or default_card("sac")
    answers = first_answers(bag)
    ends = {
        (status.times.run, status.stamp_ns): status
        for status in bag.statuses
        if status.name.startswith(f"{bag.namespace}/") and status.name.endswith(": episode")
    }
    period_ns = round(card.control_period * 1e9)
    jumps = is_jump(bag, card)
    make = partial(_episode, answers=answers, card=card, jumps=jumps)
    span: list[State] = []
    for state in _control_instants(states(bag, card), answers, period_ns):
        outcome = _break(span[-1], state, answers, card) if span else None
        if outcome is not None:
            yield from make(span, outcome=outcome)
            span = []
        fallen = jumps and not ends and has_fallen(_height(state))
        if fallen and not span:
            continue
        span.append(state)
        end = ends.get((state.run, state.stamp_ns))
        if fallen or end is not None:
            outcome = "terminated" if end is None else end.values.get("outcome", "reset")
            yield from make(span, outcome=outcome, end=end)
            span = []
    yield from make(span, outcome="end of the bag")


def _height(state: State) -> float:
    assert state.robot.base is not None
    return state.robot.base.height


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


def _break(before: State, after: State, answers: dict[tuple[int, int], Command], card: Card) -> str | None:
    if before.run != after.run:
        return "restart"
    too_far = after.stamp_ns - before.stamp_ns > MAX_PERIODS * card.control_period * 1e9
    # Effort without a command, in a bag that has commands, means that the command is missing from the bag; but servos
    # may hold or damp their joints by themselves.
    is_limp_alone = card.action.interface == "effort"
    unknown = is_limp_alone and bool(answers) and (before.run, before.stamp_ns) not in answers and after.driven is True
    return "gap" if too_far or unknown else None


def _episode(
    span: list[State],
    answers: dict[tuple[int, int], Command],
    card: Card,
    jumps: bool,
    outcome: str,
    end: Status | None = None,
) -> Iterator[Episode]:
    if len(span) < 2:
        return
    interface, joints, offset = card.action.interface, card.action.joints, card.action.offset or {}
    decoder = CommandDecoder(joints, np.array([card.action.scale[name] for name in joints]))
    builder = ObservationBuilder(card)
    observations = [builder.stack(builder.frame(span[0].robot))]
    actions = np.zeros((len(span) - 1, len(joints)), dtype=np.float32)
    commands = np.full(actions.shape, np.nan)
    for k, (state, after) in enumerate(pairwise(span)):
        command = answers.get((state.run, state.stamp_ns))
        if command is not None and command.interface == interface:
            with suppress(CommandError):
                scaled = [value - offset.get(name, 0.0) for name, value in command.by_joint]
                action = decoder.decode(command.names, scaled)
                commands[k] = [command.values[command.names.index(name)] for name in joints]
                builder.remember(action)
                if after.driven is not False:
                    actions[k] = action
        observations.append(builder.stack(builder.frame(after.robot)))
    heights = np.array([_height(state) for state in span]) if jumps else None
    number, steps, total = (end.number(key) if end else None for key in ("episode", "steps", "return"))
    yield Episode(
        observations=np.array(observations),
        actions=actions,
        rewards=None if heights is None else height_rewards(heights[1:]),
        heights=heights,
        stamps_ns=np.array([state.stamp_ns for state in span]),
        commands=commands,
        outcome=outcome,
        number=None if number is None else int(number),
        reported_steps=None if steps is None else int(steps),
        reported_return=total,
    )
