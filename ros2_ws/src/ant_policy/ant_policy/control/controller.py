"""Decisions of the policy node, free of ROS: when the policy acts, on which state, and when it must not.

Times called `now` are seconds of the steady clock; stamps are those of the states, in nanoseconds.
"""

import math

import numpy as np

from ant_policy.control.commands import Command, CommandMaker
from ant_policy.control.config import PolicyConfig
from ant_policy.control.grid import ControlGrid
from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.control.limits import SafetyLimits
from ant_policy.control.pairing import StatePairing
from ant_policy.control.stale_reasons import StalenessReport
from ant_policy.control.state import LATCHED, ControlState, Counters
from ant_policy.control.velocity_input import VelocityInput
from ant_policy.observation.builder import Float64, ObservationBuilder, RobotState, robot_state
from ant_policy.observation.samples import BaseSample, ImuSample, JointSample, StateError, unset_stamp
from ant_policy.observation.terms import IMU, ODOM
from ant_policy.policies.interface import Policy

STALL_THRESHOLD = 0.05
"""Time between two calls of the watchdog [s] after which this process itself was stalled."""


class Controller:
    """Answers states with commands on a time grid of the policy's control period.

    Attributes:
        card: of the policy.
        commands: makes its commands.
        sources: topics that a state needs besides joint_states.
        velocity_input: what an operator asks for.
        last_joints: last good state of the joints since activation.
        state: commanding, or the kind of reason why not.
        message: reason why it does not; empty while it commands.
        counters: events since activation.
    """

    def __init__(self, policy: Policy, config: PolicyConfig) -> None:
        """Create a controller that is not active.

        Raises:
            PolicyError: a parameter does not fit the policy's card.
        """
        self.card = card = policy.card
        self._policy = policy
        self._builder = ObservationBuilder(card)
        self.velocity_input = VelocityInput(config.command_input_timeout)
        tolerance_ns = round(config.pairing_tolerance * 1e9)
        self.sources = [source for source in (ODOM, IMU) if source in card.sources]
        self._pairing = StatePairing(self.sources, tolerance_ns)
        self._velocities = VelocityEstimator(0) if config.velocity_from_positions else None
        self._merger = JointMerger(card.joints.names, tolerance_ns, self._velocities)
        self._grid = ControlGrid(card.control_period)
        self.set_limits(config)
        self.activate(-math.inf)

    def set_limits(self, config: PolicyConfig) -> None:
        """Take limits and timeouts, at any time.

        Raises:
            PolicyError: a parameter does not fit the policy's card; nothing changes.
        """
        card = self.card
        self.commands, self._limits = CommandMaker(card, config), SafetyLimits(card, config)
        self._timeout, self._timeout_ns = config.state_timeout, round(config.state_timeout * 1e9)
        if self._velocities is not None:
            self._velocities.max_gap_ns = self._timeout_ns
        self.velocity_input.timeout = config.command_input_timeout
        self._staleness = StalenessReport(card, self._merger, config)

    def activate(self, now: float) -> None:
        """Forget the past; the next complete state is answered."""
        self.state, self.message = ControlState.WAITING, ""
        self.counters = Counters()
        self._pairing.clear()
        self._merger.clear()
        self.last_joints: JointSample | None = None
        self._episode = ""
        self._forget_history()
        self._fresh_at = self._ticked_at = now
        self._heard_at, self._received_at = math.inf, dict.fromkeys(self.sources, -math.inf)

    def _forget_history(self) -> None:
        self._newest_ns: int | None = None
        self._received_ns = 0
        self._grid.reset()
        self._last_command: Command | None = None
        self._older_since: float | None = None
        self._builder.reset()
        self._policy.reset()

    def on_joint_states(self, sample: JointSample, now: float) -> list[Command]:
        """Take a message in, with all joints, some or others; returns the commands to send."""
        if self.state in LATCHED:
            return []
        try:
            joints = self._merger.add(sample, now)
        except StateError as error:
            return self._refuse_joints(error, sample.stamp_ns)
        return [] if joints is None else self._on_all_joints(joints, now)

    def on_sample(self, source: str, sample: BaseSample | ImuSample, now: float) -> list[Command]:
        """Take in a sample of odom or imu; returns the commands to send."""
        if self.state in LATCHED:
            return []
        if sample.stamp_ns <= 0:
            self._refuse(unset_stamp(source))
            return [self.stop_command()]
        self._heard_at, self._received_at[source] = min(self._heard_at, now), now
        self._pairing.add(source, sample)
        return self._answer_pairs(now)

    def tick(self, now: float) -> list[Command]:
        """Watch the age of the states, every few milliseconds; returns one command to stop when they become stale.

        After this process itself was stalled, states may wait unread: the watchdog then looks again next time.
        """
        stalled = now - self._ticked_at > STALL_THRESHOLD
        self._ticked_at = now
        if stalled or self.state in LATCHED:
            return []
        if self.state is ControlState.COMMANDING and now - self._fresh_at > self._timeout:
            self.state = ControlState.STALE
            missing = self._staleness.stale(now, self._received_at)
            self.message = f"{missing}: {self.commands.consequence} until a fresh complete state comes"
            return [self.stop_command()]
        if self.state is ControlState.WAITING:
            if (missing_joint := self._staleness.missing_joint(now)) is not None:
                self._refuse(missing_joint)
                self.state = ControlState.MISMATCHED
                return [self.stop_command()]
            reason = self._staleness.no_first_state(now, self._heard_at, self._received_at)
            self.message = self.message or reason
        return []

    def stop(self, reason: str) -> list[Command]:
        """Stop until a fresh activation."""
        self.state, self.message = ControlState.STOPPED, reason
        return [self.stop_command()]

    def stop_command(self) -> Command:
        """Command that stops the robot, answering the last state."""
        return self.commands.stop(self._newest_ns or 0, self.last_joints)

    def _on_all_joints(self, sample: JointSample, now: float) -> list[Command]:
        if self._newest_ns is not None and sample.stamp_ns < self._newest_ns:
            return self._on_older(sample, now)
        self._older_since = None
        if sample.stamp_ns == self._newest_ns:
            return self._on_repeated(now)
        self._received_ns = sample.stamp_ns
        self._pairing.add_joints(sample)
        return self._answer_pairs(now)

    def _on_older(self, sample: JointSample, now: float) -> list[Command]:
        """Drop an older state; if there was nothing else for the timeout, its source was restarted."""
        self.counters.older += 1
        if self._older_since is None:
            self._older_since = now
        elif now - self._older_since >= self._timeout:
            self._forget_history()
            return self._on_all_joints(sample, now)
        return []

    def _on_repeated(self, now: float) -> list[Command]:
        """Repeat the command for a state that was answered already."""
        self._fresh_at = now
        if self.state is ControlState.STALE:
            self._resume()
        if self._last_command is None or self._last_command.stamp_ns != self._newest_ns:
            return []
        self.counters.repeated += 1
        return [self._last_command]

    def _answer_pairs(self, now: float) -> list[Command]:
        commands: list[Command] = []
        for joints, others in self._pairing.pairs():
            if self._is_late(joints.stamp_ns):
                self.counters.older += 1
                continue
            self._newest_ns = joints.stamp_ns
            commands += self._answer(robot_state(joints, others, self.velocity_input.get(now)), now)
            if self.state in LATCHED:
                break
        return commands

    def _is_late(self, stamp_ns: int) -> bool:
        # A later state was refused, or its odometry came so late that the robot is somewhere else by now.
        is_overtaken = self._newest_ns is not None and stamp_ns <= self._newest_ns
        return is_overtaken or self._received_ns - stamp_ns > self._timeout_ns

    def _answer(self, state: RobotState, now: float) -> list[Command]:
        stamp_ns, episode = state.joints.stamp_ns, state.joints.episode
        is_due = self._grid.is_due(stamp_ns)
        if episode != self._episode or self.state is not ControlState.COMMANDING:
            # What the policy remembers ended with the states before.
            self._episode = episode
            self._builder.reset()
            self._policy.reset()
        try:
            frame = self._builder.frame(state)
        except StateError as error:
            # Answered at once, not only at the next control instant: no other state may follow.
            self._refuse(error)
            return self._keep(self.commands.stop(stamp_ns, self.last_joints))
        self.last_joints = state.joints
        self._fresh_at = now
        self._resume()
        if (violation := self._limits.violation(state)) is not None:
            return self.stop(f"{violation}: {self.commands.consequence} until this node is activated again")
        return self._act(stamp_ns, frame) if is_due else []

    def _keep(self, command: Command) -> list[Command]:
        """Keep a command, to repeat it for a repeated state."""
        self._last_command = command
        return [command]

    def _resume(self) -> None:
        self.state, self.message = ControlState.COMMANDING, ""

    def _refuse_joints(self, error: StateError, stamp_ns: int) -> list[Command]:
        self._refuse(error)
        if stamp_ns <= 0:
            return [self.stop_command()]
        # The last command must not be repeated after this one.
        self._newest_ns = max(self._newest_ns or 0, stamp_ns)
        return self._keep(self.commands.stop(stamp_ns, self.last_joints))

    def _refuse(self, error: StateError) -> None:
        self.counters.refused += 1
        if self.state is not ControlState.WAITING:
            self.state = ControlState.REFUSED
        self.message = f"{error}: {self.commands.consequence}"

    def _act(self, stamp_ns: int, frame: Float64) -> list[Command]:
        self.counters.answered += 1
        action = self._policy.act(self._builder.stack(frame)).astype(np.float64)
        if not np.isfinite(action).all():
            self._refuse(StateError("the policy's action is not finite"))
            return self._keep(self.commands.stop(stamp_ns, self.last_joints))
        self._builder.remember(action)
        command, is_clamped = self.commands.act(stamp_ns, action)
        self.counters.clamped += is_clamped
        return self._keep(command)
