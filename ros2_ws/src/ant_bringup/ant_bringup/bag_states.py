"""The complete states of a bag, as the policy node would have seen them: late ones dropped, topics paired by stamp."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from ant_bringup.bag import Bag, JointState, Odometry
from ant_policy.card import Card
from ant_policy.config import PolicyConfig
from ant_policy.observation import ObservationBuilder, StateError
from ant_policy.pairing import StatePairing

PAIRING_TOLERANCE_NS = round(PolicyConfig().pairing_tolerance * 1e9)
"""The policy node's default for the stamps of joint_states and odom that make one state."""
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
    """Places in the bag at which the states' stamps go back: their source has been restarted."""
    found, newest = [], 0
    for joints in bag.joints:
        if joints.sample.stamp_ns < newest - LATEST_NS:
            found.append(joints.times.order)
            newest = 0
        newest = max(newest, joints.sample.stamp_ns)
    return found


def states(bag: Bag, card: Card) -> Iterator[State]:
    """The complete states, each stamp once; joint_states and odom pair as in the policy node."""
    builder, pairing = ObservationBuilder(card.observation), StatePairing(PAIRING_TOLERANCE_NS)
    driven: dict[int, bool | None] = {}
    newest, last, run = 0, 0, 0
    samples: Iterator[JointState | Odometry] = merge(bag.odometry, bag.joints, key=lambda m: m.times.order)
    for message in samples:
        if isinstance(message, Odometry):
            pairing.add_base(message.sample)
        else:
            stamp_ns = message.sample.stamp_ns
            if stamp_ns < newest - LATEST_NS:
                run, newest, last = run + 1, 0, 0
            if stamp_ns < newest:
                continue
            newest = stamp_ns
            pairing.add_joints(message.sample)
            efforts = message.efforts.values()
            driven[stamp_ns] = any(efforts) if efforts else None
        for joints, base in pairing.pairs():
            if joints.stamp_ns == last:
                continue
            last = joints.stamp_ns
            try:
                observation = builder.build(joints, base)
            except StateError:
                continue
            yield State(run, last, observation, driven[last])
