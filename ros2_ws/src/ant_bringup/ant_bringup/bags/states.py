"""Complete states of a bag as the policy node would have seen them: messages merged, late ones dropped."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from heapq import merge

from ant_bringup.bags.bag import Bag, Command, Measurement, Times, VelocityCommand
from ant_policy.card.card import Card
from ant_policy.control.config import PolicyConfig
from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.control.pairing import StatePairing
from ant_policy.control.velocity_input import VelocityInput
from ant_policy.observation.builder import ObservationBuilder, RobotState, robot_state
from ant_policy.observation.samples import BaseSample, JointSample, StateError
from ant_policy.observation.terms import IMU, ODOM

PAIRING_TOLERANCE_NS = round(PolicyConfig().pairing_tolerance * 1e9)
"""The policy node's default for the stamps of joint_states and odom that make one state."""
MAX_VELOCITY_GAP_NS = round(PolicyConfig().state_timeout * 1e9)
"""The policy node's default for the gap after which velocities that are not published are estimated afresh."""


@dataclass(frozen=True)
class State:
    """A complete state, after `run` restarts of its source.

    `driven` tells whether any joint has effort; None if the robot does not measure it.
    """

    run: int
    stamp_ns: int
    robot: RobotState
    driven: bool | None


def first_answers(bag: Bag) -> dict[tuple[int, int], Command]:
    """First command that answers each state, by the state's run and stamp [ns]."""
    return {(each.times.run, each.stamp_ns): each for each in reversed(bag.commands)}


@dataclass(frozen=True)
class WholeJoints:
    """Joint states with all of the policy's joints; `times` of the message that completed them, rest as in `State`."""

    times: Times
    sample: JointSample
    driven: bool | None


def joint_states(bag: Bag, card: Card) -> Iterator[WholeJoints]:
    """Joint states merged by name as in the policy node; other robots' messages and late ones are left out.

    Velocities that are not in the bag are estimated from the positions (`velocity_from_positions`).
    """
    joints = card.joints.names
    merger = JointMerger(joints, PAIRING_TOLERANCE_NS, VelocityEstimator(MAX_VELOCITY_GAP_NS))
    efforts: dict[str, float | None] = {}
    run = newest = 0
    for message in bag.joints:
        if message.times.run != run:
            run, newest = message.times.run, 0
            merger.clear()
            efforts.clear()
        try:
            sample = merger.add(message.sample, message.times.logged_ns * 1e-9)
        except StateError as error:
            bag.faults[str(error)].add(message.sample.stamp_ns)
            continue
        efforts |= {name: message.efforts.get(name) for name in message.sample.names if name in joints}
        if sample is not None and sample.stamp_ns >= newest:
            newest = sample.stamp_ns
            measured = [effort for effort in efforts.values() if effort is not None]
            yield WholeJoints(message.times, sample, any(measured) if measured else None)


def states(bag: Bag, card: Card) -> Iterator[State]:
    """Complete states, each stamp once: joint states paired with what the card needs, as in the policy node.

    The velocity command is the last one before the state in the bag, where the node may have heard it a moment earlier
    or later.
    """
    sources = [source for source in (ODOM, IMU) if source in card.sources]
    builder, pairing = ObservationBuilder(card), StatePairing(sources, PAIRING_TOLERANCE_NS)
    velocity = VelocityInput(PolicyConfig().command_input_timeout)
    driven: dict[int, bool | None] = {}
    last = run = 0
    messages: Iterator[WholeJoints | Measurement | VelocityCommand] = merge(
        *(bag.measurements[source] for source in sources),
        bag.velocity_commands,
        joint_states(bag, card),
        key=lambda message: message.times.order,
    )
    for message in messages:
        now = message.times.clock_ns * 1e-9
        if isinstance(message, VelocityCommand):
            with suppress(StateError):
                velocity.set(message.value, now)
        elif isinstance(message, Measurement):
            pairing.add(ODOM if isinstance(message.sample, BaseSample) else IMU, message.sample)
        else:
            if message.times.run != run:
                run, last = message.times.run, 0
            pairing.add_joints(message.sample)
            driven[message.sample.stamp_ns] = message.driven
        for joints, others in pairing.pairs():
            if joints.stamp_ns == last:
                continue
            last = joints.stamp_ns
            state = robot_state(joints, others, velocity.get(now))
            try:
                builder.frame(state)
            except StateError as error:
                bag.faults[str(error)].add(last)
                continue
            yield State(run, last, state, driven[last])
