"""Safety limits that a robot's operator sets; a state beyond one stops the policy."""

from ant_policy.card.card import Card
from ant_policy.control.config import PolicyConfig
from ant_policy.errors import PolicyError
from ant_policy.observation.builder import BaseSample, JointSample
from ant_policy.observation.frames import tilt


class SafetyLimits:
    """Limits on tilt, joint velocities and joint positions; each is off where its parameter is 0."""

    def __init__(self, card: Card, config: PolicyConfig) -> None:
        """Take the limits of the configuration.

        Raises:
            PolicyError: if positions are limited and the card does not say which the policy saw in training.
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
        """Describe the limit that a finite, complete state exceeds, if any."""
        if self._max_tilt and (angle := tilt(base.quaternion)) > self._max_tilt:
            return f"odom: the torso is tilted by {angle:.2f} rad; max_tilt is {self._max_tilt:g}"
        if self._max_velocity:
            for name, velocity in zip(joints.names, joints.velocities, strict=True):
                if name in self._joints and abs(velocity) > self._max_velocity:
                    return (
                        f"joint_states: velocity of joint '{name}' is {velocity:.3g} rad/s; "
                        f"max_joint_velocity is {self._max_velocity:g}"
                    )
        if self._margin:
            for name, position in zip(joints.names, joints.positions, strict=True):
                if name not in self._joints:
                    continue
                low, high = self._positions[name]
                if not low - self._margin <= position <= high + self._margin:
                    return (
                        f"joint_states: position of joint '{name}' is {position:.3g} rad; the policy has seen "
                        f"{low:.3g} to {high:.3g}, and max_position_margin is {self._margin:g}"
                    )
        return None
