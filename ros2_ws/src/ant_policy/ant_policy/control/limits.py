"""States in which a policy must not go on: the safety limits that a robot's operator sets."""

import math

from ant_policy.card.card import Card
from ant_policy.control.config import PolicyConfig
from ant_policy.errors import PolicyError
from ant_policy.observation.builder import BaseSample, JointSample


class SafetyLimits:
    """Limits on tilt, joint velocities and joint positions; each is off where its parameter is 0."""

    def __init__(self, card: Card, config: PolicyConfig) -> None:
        """Take the limits of the configuration.

        Raises:
            PolicyError: if positions are to be limited and the card does not say which the policy has seen.
        """
        self._joints = card.observation.joints
        self._max_tilt = config.max_tilt
        self._max_velocity = config.max_joint_velocity
        self._margin = config.max_position_margin
        self._positions = card.envelope.joint_positions if card.envelope is not None else {}
        if self._margin and not self._positions:
            raise PolicyError(
                "parameter 'max_position_margin': expected 0, as the policy's card has no envelope of joint positions, "
                f"found {self._margin:g}"
            )

    def violation(self, joints: JointSample, base: BaseSample) -> str | None:
        """Say which limit a state breaks, if any; it has all joints and is finite."""
        if self._max_tilt:
            _, x, y, _ = base.quaternion
            tilt = math.acos(min(max(1.0 - 2.0 * (x * x + y * y), -1.0), 1.0))
            if tilt > self._max_tilt:
                return f"odom: the torso is tilted by {tilt:.2f} rad; max_tilt is {self._max_tilt:g}"
        if self._max_velocity:
            for name, velocity in zip(joints.names, joints.velocities, strict=True):
                if name in self._joints and abs(velocity) > self._max_velocity:
                    return (
                        f"joint_states: velocity of joint '{name}' is {velocity:.3g} rad/s; "
                        f"max_joint_velocity is {self._max_velocity:g}"
                    )
        if self._margin:
            for name, position in zip(joints.names, joints.positions, strict=True):
                if name in self._joints:
                    low, high = self._positions[name]
                    if not low - self._margin <= position <= high + self._margin:
                        return (
                            f"joint_states: position of joint '{name}' is {position:.3g} rad; the policy has seen "
                            f"{low:.3g} to {high:.3g}, and max_position_margin is {self._margin:g}"
                        )
        return None
