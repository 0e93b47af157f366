"""Complete states of a bag as the policy node would have seen them: messages merged, late ones dropped."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bags.bag import Bag, Command, Odometry, Times
from ant_policy.card.card import Card
from ant_policy.control.config import PolicyConfig
from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.control.pairing import StatePairing
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import BaseSample, JointSample, StateError
from ant_policy.observation.terms import ODOM

PAIRING_TOLERANCE_NS = round(PolicyConfig().pairing_tolerance * 1e9)
"""The policy node's default for the stamps of joint_states and odom that make one state."""
MAX_VELOCITY_GAP_NS = round(PolicyConfig().state_timeout * 1e9)
"""The policy node's default for the gap after which velocities that are not published are estimated afresh."""
MAX_LATENESS_NS = 500_000_000
"""A state that is older than the newest by at most this [ns] is late and dropped, as the policy node does; one that is
older still comes from a source that has been restarted."""


@dataclass(frozen=True)
class State:
    """A complete state, after `run` restarts of its source, with observation (27,).

    `driven` tells whether any joint has effort; None if the robot does not measure it.
    """

    run: int
    stamp_ns: int
    observation: NDArray[np.float64]
    driven: bool | None


def restart_orders(bag: Bag) -> list[int]:
    """Positions in the bag at which the stamps of joint_states jump back: their source has been restarted.

    Each publisher, identified by the joints it names, has stamps of its own.
    """
    found: list[int] = []
    newest: dict[tuple[str, ...], int] = {}
    for joints in bag.joints:
        names, stamp_ns = tuple(joints.sample.names), joints.sample.stamp_ns
        if stamp_ns < newest.get(names, 0) - MAX_LATENESS_NS:
            found.append(joints.times.order)
            newest.clear()
        newest[names] = max(newest.get(names, 0), stamp_ns)
    return found


def first_answers(bag: Bag) -> dict[tuple[int, int], Command]:
    """First command that answers each state, by the state's run and stamp [ns]."""
    restarts = restart_orders(bag)
    return {(bisect(restarts, each.times.order), each.stamp_ns): each for each in reversed(bag.commands)}


@dataclass(frozen=True)
class WholeJoints:
    """Joint states with all of the policy's joints; `times` of the message that completed them, rest as in `State`."""

    times: Times
    run: int
    sample: JointSample
    driven: bool | None


def joint_states(bag: Bag, card: Card) -> Iterator[WholeJoints]:
    """Joint states merged by name as in the policy node; other robots' messages and late ones are left out.

    Velocities that are not in the bag are estimated from the positions (`velocity_from_positions`).
    """
    joints = card.joints.names
    merger = JointMerger(joints, PAIRING_TOLERANCE_NS, VelocityEstimator(MAX_VELOCITY_GAP_NS))
    efforts: dict[str, float | None] = {}
    restarts = restart_orders(bag)
    run = newest = 0
    for message in bag.joints:
        restarted = bisect(restarts, message.times.order)
        if restarted != run:
            run, newest = restarted, 0
            merger.clear()
            efforts.clear()
        try:
            sample = merger.add(message.sample, message.times.logged_ns * 1e-9)
        except StateError:
            continue
        efforts |= {name: message.efforts.get(name) for name in message.sample.names if name in joints}
        if sample is not None and sample.stamp_ns >= newest:
            newest = sample.stamp_ns
            measured = [effort for effort in efforts.values() if effort is not None]
            yield WholeJoints(message.times, run, sample, any(measured) if measured else None)


def states(bag: Bag, card: Card) -> Iterator[State]:
    """Complete states, each stamp once: joint states paired with odometry as in the policy node."""
    builder, pairing = ObservationBuilder(card), StatePairing([ODOM], PAIRING_TOLERANCE_NS)
    driven: dict[int, bool | None] = {}
    last = run = 0
    messages: Iterator[WholeJoints | Odometry] = merge(
        bag.odometry, joint_states(bag, card), key=lambda message: message.times.order
    )
    for message in messages:
        if isinstance(message, Odometry):
            pairing.add(ODOM, message.sample)
        else:
            if message.run != run:
                run, last = message.run, 0
            pairing.add_joints(message.sample)
            driven[message.sample.stamp_ns] = message.driven
        for joints, others in pairing.pairs():
            if joints.stamp_ns == last:
                continue
            last = joints.stamp_ns
            base = others[ODOM]
            assert isinstance(base, BaseSample)
            try:
                observation = builder.stack(builder.frame(RobotState(joints, base)))
            except StateError:
                continue
            yield State(run, last, observation, driven[last])
