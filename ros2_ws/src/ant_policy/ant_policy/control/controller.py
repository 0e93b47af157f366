"""Decisions of the policy node, free of ROS: when the policy acts, on which state, and when it must not.

Times called `now` are seconds of the steady clock; stamps are those of the states, in nanoseconds.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ant_policy.control.config import PolicyConfig
from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.control.limits import SafetyLimits
from ant_policy.control.pairing import StatePairing
from ant_policy.control.stale_reasons import StalenessReport
from ant_policy.control.state import LATCHED, ControlState, Counters
from ant_policy.errors import PolicyError
from ant_policy.observation.builder import BaseSample, JointSample, ObservationBuilder, StateError, unset_stamp
from ant_policy.policies.interface import Policy

STALL_THRESHOLD = 0.05
"""Time between two calls of the watchdog [s] after which this process itself was stalled."""


@dataclass(frozen=True)
class Command:
    """Efforts [N m] of `joints`, answering the state of that stamp."""

    stamp_ns: int
    joints: tuple[str, ...]
    efforts: NDArray[np.float64]


class Controller:
    """Answers states with commands on a time grid of the policy's control period.

    Attributes:
        joints: order of the efforts.
        state: commanding, or the kind of reason why not.
        message: reason why it does not; empty while it commands.
        counters: events since activation.
    """

    def __init__(self, policy: Policy, config: PolicyConfig) -> None:
        """Create a controller that is not active.

        Raises:
            PolicyError: if `config.joints` are not the policy's joints, or its card has no envelope for a limit.
        """
        card = policy.card
        self.joints = card.observation.joints if config.joints in ((), ("",)) else config.joints
        if sorted(self.joints) != sorted(card.action.joints):
            raise PolicyError(
                f"parameter 'joints': expected the policy's joints, each once: {', '.join(card.action.joints)}; "
                f"found: {', '.join(self.joints)}"
            )
        self._policy = policy
        self._limits = SafetyLimits(card, config)
        self._builder = ObservationBuilder(card.observation)
        self._timeout = config.state_timeout
        tolerance_ns, self._timeout_ns = round(config.pairing_tolerance * 1e9), round(config.state_timeout * 1e9)
        self._pairing = StatePairing(tolerance_ns)
        velocities = VelocityEstimator(self._timeout_ns) if config.velocity_from_positions else None
        self._merger = JointMerger(card.observation.joints, tolerance_ns, velocities)
        self._staleness = StalenessReport(self._merger, config)
        self._period_ns = round(card.control_period * 1e9)
        self._scale = np.array([card.action.effort_scale[name] for name in self.joints])
        self._max_effort = np.minimum(self._scale, config.max_effort or math.inf)
        self._order = [card.action.joints.index(name) for name in self.joints]
        self.activate(-math.inf)

    def activate(self, now: float) -> None:
        """Forget the past; the next complete state is answered."""
        self.state = ControlState.WAITING
        self.message = ""
        self.counters = Counters()
        self._pairing.clear()
        self._merger.clear()
        self._forget_history()
        self._fresh_at = self._base_at = self._ticked_at = now

    def _forget_history(self) -> None:
        self._newest_ns: int | None = None
        self._received_ns = 0
        self._due_ns = 0
        self._last_command: Command | None = None
        self._older_since: float | None = None

    def on_joint_states(self, sample: JointSample, now: float) -> list[Command]:
        """Take a message in, with all joints, some or others; returns the commands to send."""
        if self.state in LATCHED:
            return []
        try:
            joints = self._merger.add(sample, now)
        except StateError as error:
            return self._refuse_joints(error, sample.stamp_ns)
        return [] if joints is None else self._on_all_joints(joints, now)

    def on_odometry(self, sample: BaseSample, now: float) -> list[Command]:
        """Take a sample in; returns the commands to send."""
        if self.state in LATCHED:
            return []
        if sample.stamp_ns <= 0:
            self._refuse(unset_stamp("odom"))
            return [self.zero_command()]
        self._base_at = now
        self._pairing.add_base(sample)
        return self._answer_pairs(now)

    def tick(self, now: float) -> list[Command]:
        """Watch the age of the states, every few milliseconds; returns one zero command when they become stale.

        After this process itself was stalled, states may wait unread: the watchdog then looks again next time.
        """
        stalled = now - self._ticked_at > STALL_THRESHOLD
        self._ticked_at = now
        if stalled or self.state in LATCHED:
            return []
        if self.state is ControlState.COMMANDING and now - self._fresh_at > self._timeout:
            self.state = ControlState.STALE
            missing = self._staleness.stale(now, self._base_at)
            self.message = f"{missing} for {self._timeout:g} s: zero effort until a fresh complete state comes"
            return [self.zero_command()]
        if self.state is ControlState.WAITING:
            if (missing_joint := self._staleness.missing_joint(now)) is not None:
                self._refuse(missing_joint)
                self.state = ControlState.MISMATCHED
                return [self.zero_command()]
            self.message = self.message or self._staleness.no_first_state(now)
        return []

    def stop(self, reason: str) -> list[Command]:
        """Stop until a fresh activation."""
        self.state, self.message = ControlState.STOPPED, reason
        return [self.zero_command()]

    def zero_command(self) -> Command:
        """Zero effort for all joints, answering the last state."""
        return Command(self._newest_ns or 0, self.joints, np.zeros(len(self.joints)))

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
        for joints, base in self._pairing.pairs():
            if self._is_late(joints.stamp_ns):
                self.counters.older += 1
                continue
            self._newest_ns = joints.stamp_ns
            commands += self._answer(joints, base, now)
            if self.state in LATCHED:
                break
        return commands

    def _is_late(self, stamp_ns: int) -> bool:
        # A later state was refused, or its odometry came so late that the robot is somewhere else by now.
        is_overtaken = self._newest_ns is not None and stamp_ns <= self._newest_ns
        return is_overtaken or self._received_ns - stamp_ns > self._timeout_ns

    def _answer(self, joints: JointSample, base: BaseSample, now: float) -> list[Command]:
        is_due = self._advance_grid(joints.stamp_ns)
        try:
            observation = self._builder.build(joints, base)
        except StateError as error:
            # Answered at once, not only at the next control instant: no other state may follow.
            self._refuse(error)
            return self._command(joints.stamp_ns, np.zeros(len(self.joints)))
        self._fresh_at = now
        self._resume()
        if (violation := self._limits.violation(joints, base)) is not None:
            return self.stop(f"{violation}: zero effort until this node is activated again")
        return self._command(joints.stamp_ns, self._act(observation)) if is_due else []

    def _advance_grid(self, stamp_ns: int) -> bool:
        """Return true if an action is due; the next one is then due at the first grid point after the stamp."""
        if stamp_ns < self._due_ns:
            return False
        grid_ns = self._due_ns or stamp_ns
        self._due_ns = grid_ns + ((stamp_ns - grid_ns) // self._period_ns + 1) * self._period_ns
        return True

    def _command(self, stamp_ns: int, efforts: NDArray[np.float64]) -> list[Command]:
        self._last_command = Command(stamp_ns, self.joints, efforts)
        return [self._last_command]

    def _resume(self) -> None:
        self.state, self.message = ControlState.COMMANDING, ""

    def _refuse_joints(self, error: StateError, stamp_ns: int) -> list[Command]:
        self._refuse(error)
        if stamp_ns <= 0:
            return [self.zero_command()]
        # The last command must not be repeated after this one.
        self._newest_ns = max(self._newest_ns or 0, stamp_ns)
        return self._command(stamp_ns, np.zeros(len(self.joints)))

    def _refuse(self, error: StateError) -> None:
        self.counters.refused += 1
        if self.state is not ControlState.WAITING:
            self.state = ControlState.REFUSED
        self.message = f"{error}: zero effort"

    def _act(self, observation: NDArray[np.float64]) -> NDArray[np.float64]:
        self.counters.answered += 1
        action = self._policy.act(observation).astype(np.float64)[self._order]
        if not np.isfinite(action).all():
            self._refuse(StateError("the policy's action is not finite"))
            return np.zeros(len(self.joints))
        efforts = action * self._scale
        clamped: NDArray[np.float64] = np.clip(efforts, -self._max_effort, self._max_effort)
        self.counters.clamped += int(np.any(clamped != efforts))
        return clamped
