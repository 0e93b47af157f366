"""Velocity command of an operator, which expires."""

import math

from ant_policy.observation.samples import StateError, Vector

NAMES = ("linear.x", "linear.y", "angular.z")
ZERO = (0.0, 0.0, 0.0)


class VelocityInput:
    """Newest velocity command; zero before the first and when it is older than `timeout` [s]."""

    def __init__(self, timeout: float) -> None:
        """Start with zero."""
        self.timeout = timeout
        self._value: Vector = ZERO
        self._received = -math.inf

    def set(self, value: Vector, now: float) -> None:
        """Take a command (linear x, linear y [m/s], angular z [rad/s]) in the base frame; `now` in [s, steady clock].

        Raises:
            StateError: it is not finite; the command is zero then.
        """
        self._value, self._received = ZERO, now
        for name, number in zip(NAMES, value, strict=True):
            if not math.isfinite(number):
                raise StateError(f"cmd_vel: {name} is {number}; expected a finite number")
        self._value = value

    def get(self, now: float) -> Vector:
        """Command at a time [s, steady clock]."""
        return self._value if now - self._received <= self.timeout else ZERO
