"""The complete states of a bag, as the policy node would have seen them: messages merged, late ones dropped."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bags.bag import Bag, JointState, Odometry
from ant_policy.card.card import Card
from ant_policy.control.config import PolicyConfig
from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.control.pairing import StatePairing
from ant_policy.observation.builder import JointSample, ObservationBuilder, StateError

PAIRING_TOLERANCE_NS = round(PolicyConfig().pairing_tolerance * 1e9)
"""The policy node's default for the stamps of joint_states and odom that make one state."""
LONGEST_GAP_NS = round(PolicyConfig().state_timeout * 1e9)
"""The policy node's default for the gap after which velocities that are not published are estimated afresh."""
LATEST_NS = 500_000_000
"""A state that is older than the newest by at most this [ns] is late and dropped, as the policy node does; one that is
older still comes from a source that has been restarted."""


@dataclass(frozen=True)
class State:
    """A complete state.

    Attributes:
        run: 0, 1 after a first restart of the source, and so on.
        stamp_ns: its stamp [ns].
        observation: (27,).
        driven: whether there is effort in it; None if the robot does not tell.
    """

    run: int
    stamp_ns: int
    observation: NDArray[np.float64]
    driven: bool | None


def restart_orders(bag: Bag) -> list[int]:
    """Places in the bag at which the states' stamps go back: their source has been restarted.

    Each publisher, known by the joints it names, has stamps of its own.
    """
    found: list[int] = []
    newest: dict[tuple[str, ...], int] = {}
    for joints in bag.joints:
        names, stamp_ns = tuple(joints.sample.names), joints.sample.stamp_ns
        if stamp_ns < newest.get(names, 0) - LATEST_NS:
            found.append(joints.times.order)
            newest.clear()
        newest[names] = max(newest.get(names, 0), stamp_ns)
    return found


class _JointStates:
    """Joint states of a bag as the policy node takes them in, and whether the robot was driven in them."""

    def __init__(self, card: Card) -> None:
        self._joints = card.observation.joints
        self._merger = JointMerger(self._joints, PAIRING_TOLERANCE_NS, VelocityEstimator(LONGEST_GAP_NS))
        self._efforts: dict[str, float | None] = {}
        self._newest = 0

    def restart(self) -> None:
        """Forget the source's former life."""
        self._merger.clear()
        self._efforts.clear()
        self._newest = 0

    def add(self, message: JointState) -> tuple[JointSample, bool | None] | None:
        """A state with all joints, if there is a new one, and whether there is effort in it, if it tells."""
        try:
            joints = self._merger.add(message.sample, message.times.logged_ns * 1e-9)
        except StateError:
            return None
        self._efforts |= {name: message.efforts.get(name) for name in message.sample.names if name in self._joints}
        if joints is None or joints.stamp_ns < self._newest:
            return None
        self._newest = joints.stamp_ns
        efforts = [effort for effort in self._efforts.values() if effort is not None]
        return joints, any(efforts) if efforts else None


def states(bag: Bag, card: Card) -> Iterator[State]:
    """The complete states, each stamp once; joint_states merge, and pair with odom, as in the policy node.

    Velocities that are not in the bag are estimated from the positions (`velocity_from_positions`).
    """
    builder, pairing = ObservationBuilder(card.observation), StatePairing(PAIRING_TOLERANCE_NS)
    merging, restarts = _JointStates(card), restart_orders(bag)
    driven: dict[int, bool | None] = {}
    last, run = 0, 0
    messages: Iterator[JointState | Odometry] = merge(bag.odometry, bag.joints, key=lambda m: m.times.order)
    for message in messages:
        if isinstance(message, Odometry):
            pairing.add_base(message.sample)
        else:
            restarted = bisect(restarts, message.times.order)
            if restarted != run:
                run, last = restarted, 0
                merging.restart()
            state = merging.add(message)
            if state is None:
                continue
            pairing.add_joints(state[0])
            driven[state[0].stamp_ns] = state[1]
        for joints, base in pairing.pairs():
            if joints.stamp_ns == last:
                continue
            last = joints.stamp_ns
            try:
                observation = builder.build(joints, base)
            except StateError:
                continue
            yield State(run, last, observation, driven[last])
