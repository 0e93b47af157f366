"""Conversion of joint efforts by name to the simulator's control vector."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class CommandError(ValueError):
    """An invalid command; the message names the joint, what was expected and what was found."""


class CommandDecoder:
    """Converts efforts by joint name to controls in actuator order."""

    def __init__(self, actuator_joints: Sequence[str], gears: NDArray[np.float64]) -> None:
        """Create a decoder.

        Args:
            actuator_joints: joint of each actuator, actuator order.
            gears: [N m] of effort per unit of control, actuator order.
        """
        self._joints = tuple(actuator_joints)
        self._gears = gears
        self._names: Sequence[str] = ()
        self._order: list[int] = []

    def decode(self, names: Sequence[str], efforts: Sequence[float]) -> NDArray[np.float32]:
        """Convert efforts to controls.

        Division by the gear and rounding to float32 restore bit for bit the float32 action that a policy multiplied by
        the gear.

        Args:
            names: joints, in any order.
            efforts: [N m], one for each name.

        Returns:
            Controls (number of actuators,) float32, actuator order.

        Raises:
            CommandError: for a joint that is missing, unknown or named twice, for lengths that differ, or for an effort
                that is not finite in float32.
        """
        if names != self._names:
            self._order = self._order_of(names)
            self._names = list(names)
        if len(efforts) != len(names):
            raise CommandError(f"command has {len(efforts)} efforts for {len(names)} joint names; expected one each")
        values = np.asarray(efforts, dtype=np.float64)[self._order]
        with np.errstate(over="ignore"):
            controls = (values / self._gears).astype(np.float32)
        if not np.isfinite(controls).all():
            worst = int(np.flatnonzero(~np.isfinite(controls))[0])
            raise CommandError(
                f"effort of joint '{self._joints[worst]}' is {values[worst]}; expected a finite 32-bit number"
            )
        return controls

    def _order_of(self, names: Sequence[str]) -> list[int]:
        unknown = [name for name in names if name not in self._joints]
        if unknown:
            raise CommandError(f"joint '{unknown[0][:80]}' not in robot; available: {', '.join(self._joints)}")
        missing = [name for name in self._joints if name not in names]
        if missing:
            raise CommandError(f"joint '{missing[0]}' has no effort; a command names all of: {', '.join(self._joints)}")
        if len(names) != len(self._joints):
            twice = next(name for name in names if list(names).count(name) > 1)
            raise CommandError(f"joint '{twice}' is named twice in one command")
        return [list(names).index(name) for name in self._joints]
