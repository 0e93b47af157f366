"""When the policy acts, on what, and when it must not: the policy node's decisions, free of ROS.

Times called `now` are seconds of the steady clock; stamps are those of the states, in nanoseconds.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ant_policy.control.config import PolicyConfig
from ant_policy.control.joint_complaints import incomplete, missing_joint, no_first_state
from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_velocity import VelocityEstimator
from ant_policy.control.limits import SafetyLimits
from ant_policy.control.pairing import StatePairing
from ant_policy.errors import PolicyError
from ant_policy.observation.builder import (
    BaseSample,
    JointSample,
    ObservationBuilder,
    StateError,
    unset_stamp,
)
from ant_policy.policies.policies import Policy

HELD_UP = 0.05
"""A watchdog that is called after more than this [s] was itself held up."""


@dataclass(frozen=True)
class Command:
    """Efforts [N m] of `joints`, answering the state of that stamp."""

    stamp_ns: int
    joints: tuple[str, ...]
    efforts: NDArray[np.float64]


@dataclass
class Counters:
    """What has happened since activation."""

    answered: int = 0
    repeated: int = 0
    older: int = 0
    refused: int = 0
    clamped: int = 0


class Controller:
    """Answers states with commands on the grid of the policy's control period.

    Attributes:
        joints: order of the efforts.
        reason: why the effort is zero, in words; empty while the policy commands.
        latched: what is needed before it commands again: nothing, a fresh activation or a new configuration.
        counters: what has happened since activation.
    """

    def __init__(self, policy: Policy, config: PolicyConfig) -> None:
        """Create a controller that is not active.

        Raises:
            PolicyError: if `config.joints` are not the policy's joints, or its card has no envelope for a limit.
        """
        card = policy.card
        self._limits = SafetyLimits(card, config)
        self._policy = policy
        self._config = config
        self._builder = ObservationBuilder(card.observation)
        tolerance_ns, timeout_ns = round(config.pairing_tolerance * 1e9), round(config.state_timeout * 1e9)
        self._pairing = StatePairing(tolerance_ns)
        velocities = VelocityEstimator(timeout_ns) if config.velocity_from_positions else None
        self._merger = JointMerger(card.observation.joints, tolerance_ns, velocities)
        self._period_ns = round(card.control_period * 1e9)
        self.joints = card.observation.joints if config.joints in ((), ("",)) else config.joints
        if sorted(self.joints) != sorted(card.action.joints):
            raise PolicyError(
                f"parameter 'joints': expected the policy's joints, each once: {', '.join(card.action.joints)}; "
                f"found: {', '.join(self.joints)}"
            )
        scale = np.array([card.action.effort_scale[name] for name in self.joints])
        self._scale = scale
        self._limit = np.minimum(scale, config.max_effort) if config.max_effort > 0.0 else scale
        self._order = [card.action.joints.index(name) for name in self.joints]
        self.activate(-math.inf)

    def activate(self, now: float) -> None:
        """Forget the past; the next complete state is answered."""
        self._pairing.clear()
        self._merger.clear()
        self._forget_history()
        self.counters = Counters()
        self.reason = ""
        self.latched: Literal["", "activate", "configure"] = ""
        self._fresh_at = self._base_at = now
        self._has_seen_state = False
        self._stale = False
        self._ticked_at = now

    def _forget_history(self) -> None:
        self._newest_ns: int | None = None
        self._received_ns = 0
        self._due_ns = 0
        self._answer: Command | None = None
        self._older_since: float | None = None

    def on_joint_states(self, sample: JointSample, now: float) -> list[Command]:
        """Take a message in, with all joints, some or others; returns the commands to send."""
        if self.latched:
            return []
        try:
            joints = self._merger.add(sample, now)
        except StateError as error:
            return self._refuse_joints(error, sample.stamp_ns)
        return [] if joints is None else self._on_all_joints(joints, now)

    def on_odometry(self, sample: BaseSample, now: float) -> list[Command]:
        """Take a sample in; returns the commands to send."""
        if self.latched:
            return []
        if sample.stamp_ns <= 0:
            self._refuse(unset_stamp("odom"))
            return [self.zero_command()]
        self._base_at = now
        self._pairing.add_base(sample)
        return self._answer_pairs(now)

    def tick(self, now: float) -> list[Command]:
        """Watch the age of the states, every few milliseconds: a zero command once, when they have gone stale.

        After a time in which this process itself was held up, states may wait unread: it looks again next time.
        """
        held_up = now - self._ticked_at > HELD_UP
        self._ticked_at = now
        if held_up or self.latched:
            return []
        if not self._has_seen_state:
            return self._watch_first_state(now)
        timeout = self._config.state_timeout
        if self.reason or now - self._fresh_at <= timeout:
            return []
        heard_at = self._merger.news.newest()
        if heard_at is None or now - heard_at > timeout:
            missing = "no joint_states"
        elif reason := incomplete(self._merger, self._config.pairing_tolerance, now, timeout):
            missing = reason
        elif now - self._base_at > timeout:
            missing = "no odom"
        else:
            missing = f"no odom in time and within {self._config.pairing_tolerance:g} s of joint_states"
        self._stale = True
        self.reason = f"{missing} for {timeout:g} s: zero effort until a fresh complete state comes"
        return [self.zero_command()]

    def stop(self, reason: str) -> list[Command]:
        """Stop until a fresh activation."""
        self.reason, self.latched = reason, "activate"
        return [self.zero_command()]

    def zero_command(self) -> Command:
        """Zero effort for all joints, answering the last state."""
        return Command(self._newest_ns or 0, self.joints, np.zeros(len(self.joints)))

    def _watch_first_state(self, now: float) -> list[Command]:
        timeout = self._config.state_timeout
        missing = missing_joint(self._merger.news, now, timeout)
        if missing is not None:
            self._refuse(missing)
            self.latched = "configure"
            return [self.zero_command()]
        self.reason = self.reason or no_first_state(self._merger, self._config.pairing_tolerance, now, timeout)
        return []

    def _on_all_joints(self, sample: JointSample, now: float) -> list[Command]:
        if self._newest_ns is not None and sample.stamp_ns <= self._newest_ns:
            return self._not_newer(sample, now)
        self._older_since = None
        self._received_ns = sample.stamp_ns
        self._pairing.add_joints(sample)
        return self._answer_pairs(now)

    def _not_newer(self, sample: JointSample, now: float) -> list[Command]:
        if sample.stamp_ns == self._newest_ns:
            self._older_since = None
            self._mark_fresh(now)
            if self._answer is None or self._answer.stamp_ns != sample.stamp_ns:
                return []
            self.counters.repeated += 1
            return [self._answer]
        self.counters.older += 1
        if self._older_since is None:
            self._older_since = now
        elif now - self._older_since >= self._config.state_timeout:
            self._forget_history()
            return self._on_all_joints(sample, now)
        return []

    def _answer_pairs(self, now: float) -> list[Command]:
        commands: list[Command] = []
        for joints, base in self._pairing.pairs():
            stamp_ns = joints.stamp_ns
            is_overtaken = self._newest_ns is not None and stamp_ns <= self._newest_ns
            if is_overtaken or self._received_ns - stamp_ns > self._config.state_timeout * 1e9:
                # A later one has been refused, or its odometry came so late that the robot is somewhere else by now.
                self.counters.older += 1
                continue
            self._newest_ns = stamp_ns
            due = stamp_ns >= self._due_ns
            if due:
                grid_ns = self._due_ns or stamp_ns
                self._due_ns = grid_ns + ((stamp_ns - grid_ns) // self._period_ns + 1) * self._period_ns
            try:
                observation = self._builder.build(joints, base)
            except StateError as error:
                self._refuse(error)
                # At once, not only at the next control instant: nothing may come after this.
                due, efforts = True, np.zeros(len(self.joints))
            else:
                self._mark_fresh(now)
                self._has_seen_state = True
                self.reason = ""
                violation = self._limits.violation(joints, base)
                if violation is not None:
                    return [*commands, *self.stop(f"{violation}: zero effort until this node is activated again")]
                efforts = self._act(observation) if due else np.zeros(0)
            if due:
                self._answer = Command(stamp_ns, self.joints, efforts)
                commands.append(self._answer)
        return commands

    def _mark_fresh(self, now: float) -> None:
        self._fresh_at = now
        if self._stale:
            self._stale, self.reason = False, ""

    def _refuse_joints(self, error: StateError, stamp_ns: int) -> list[Command]:
        self._refuse(error)
        if stamp_ns <= 0:
            return [self.zero_command()]
        # A command that was answered before must not be repeated after this one.
        self._newest_ns = max(self._newest_ns or 0, stamp_ns)
        self._answer = Command(stamp_ns, self.joints, np.zeros(len(self.joints)))
        return [self._answer]

    def _refuse(self, error: StateError) -> None:
        self.counters.refused += 1
        self._stale = False
        self.reason = f"{error}: zero effort"

    def _act(self, observation: NDArray[np.float64]) -> NDArray[np.float64]:
        self.counters.answered += 1
        ctrl = self._policy.act(observation).astype(np.float64)[self._order]
        if not np.isfinite(ctrl).all():
            self._refuse(StateError("the policy's action is not finite"))
            return np.zeros(len(self.joints))
        efforts = ctrl * self._scale
        limited: NDArray[np.float64] = np.clip(efforts, -self._limit, self._limit)
        self.counters.clamped += int(np.any(limited != efforts))
        return limited
