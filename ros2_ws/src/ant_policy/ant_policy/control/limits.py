"""Safety limits that a robot's operator sets; a state beyond one stops the policy."""

import math

from ant_policy.card.card import Card
from ant_policy.control.config import PolicyConfig
from ant_policy.errors import PolicyError
from ant_policy.observation.builder import RobotState
from ant_policy.observation.frames import tilt
from ant_policy.observation.terms import IMU, ODOM


class SafetyLimits:
    """Limits on tilt, joint velocities and joint positions; each is off where its parameter is 0."""

    def __init__(self, card: Card, config: PolicyConfig) -> None:
        """Take the limits of the configuration.

        Raises:
            PolicyError: if positions are limited and the card does not say which the policy saw in training, or if the
                tilt is limited and the policy needs neither odometry nor IMU.
        """
        self._joints = card.joints.names
        self._max_tilt = config.max_tilt
        self._max_velocity = config.max_joint_velocity
        self._margin = config.max_position_margin
        self._positions = card.envelope.joint_positions if card.envelope is not None else {}
        if self._margin and not self._positions:
            raise PolicyError(
                "parameter 'max_position_margin': expected 0, as the policy's card has no envelope of joint positions, "
                f"found {self._margin:g}"
            )

        self._tilt_source = next((source for source in (ODOM, IMU) if source in card.sources), None)
        if self._max_tilt and self._tilt_source is None:
            raise PolicyError(
                "parameter 'max_tilt': expected 0, as no term of the policy needs odom or imu, "
                f"found {self._max_tilt:g}"
            )

    def violation(self, state: RobotState) -> str | None:
        """Describe the limit that a finite, complete state exceeds, if any."""
        joints = state.joints
        if self._max_tilt:
            sample = state.base or state.imu
            assert sample is not None
            quaternion = sample.quaternion
            if quaternion is None:
                return f"{self._tilt_source}: no orientation; max_tilt is {self._max_tilt:g}"
            if (angle := tilt(quaternion)) > self._max_tilt:
                return f"{self._tilt_source}: the robot is tilted by {angle:.2f} rad; max_tilt is {self._max_tilt:g}"
        if not (self._max_velocity or self._margin):
            return None
        for name, position, velocity in zip(joints.names, joints.positions, joints.velocities, strict=True):
            if name not in self._joints:
                continue
            if self._max_velocity and abs(velocity) > self._max_velocity:
                return (
                    f"joint_states: velocity of joint '{name}' is {velocity:.3g} rad/s; "
                    f"max_joint_velocity is {self._max_velocity:g}"
                )
            low, high = self._positions.get(name, (-math.inf, math.inf))
            if self._margin and not low - self._margin <= position <= high + self._margin:
                return (
                    f"joint_states: position of joint '{name}' is {position:.3g} rad; the policy has seen "
                    f"{low:.3g} to {high:.3g}, and max_position_margin is {self._margin:g}"
                )
        return None
