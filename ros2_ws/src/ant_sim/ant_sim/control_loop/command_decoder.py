"""Conversion of commands by joint name to the simulator's control vector."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ant_sim.control_loop.commands import DAMP, LIMP, Command, Control
from ant_sim.physics.robot import Interface

MAX_CTRL = 1e10
"""Magnitude beyond which MuJoCo takes all controls for zero (mjMAXVAL), which would be another position."""
MAX_FLOAT32 = float(np.finfo(np.float32).max)

STOPPING = {Interface.EFFORT: LIMP, Interface.VELOCITY: DAMP}
"""Stop of a servo by the field of a command whose values are all zero."""
PLURALS = {Interface.EFFORT: "efforts", Interface.POSITION: "positions", Interface.VELOCITY: "velocities"}


class CommandError(ValueError):
    """An invalid command; the message names the joint, what was expected and what was found."""


class CommandDecoder:
    """Converts values by joint name to controls in actuator order."""

    def __init__(
        self, actuator_joints: Sequence[str], gears: NDArray[np.float64], interface: Interface = Interface.EFFORT
    ) -> None:
        """Create a decoder.

        Args:
            actuator_joints: joint of each actuator, actuator order.
            gears: of each actuator, as of `Robot`.
            interface: of the robot.
        """
        self._joints = tuple(actuator_joints)
        self._gears: list[float] = gears.tolist()
        self._interface = interface
        self._names: Sequence[str] = ()
        self._order: list[int] = []

    def decode(self, names: Sequence[str], values: Sequence[float]) -> Control:
        """Convert values of the robot's interface to controls.

        Efforts: division by the gear and rounding to float32 restore bit for bit the float32 action that a policy
        multiplied by the gear. Positions and velocities are multiplied by the gear, in float64.

        Args:
            names: joints, in any order.
            values: [N m], [rad] or [rad/s] (slide joints: [N], [m], [m/s]), one for each name.

        Returns:
            Controls (number of actuators,), actuator order.

        Raises:
            CommandError: for a joint that is missing, unknown or named twice, for lengths that differ, or for a value
                that is not finite (efforts: in float32) or beyond `MAX_CTRL`.
        """
        ordered, gears = self._ordered(names, values, self._interface), self._gears
        # Plain numbers: for some ten joints they are faster than numpy.
        if self._interface is Interface.EFFORT:
            controls = [value / gear for value, gear in zip(ordered, gears, strict=True)]
            limit, expected = MAX_FLOAT32, "a finite 32-bit number"
        else:
            controls = [value * gear for value, gear in zip(ordered, gears, strict=True)]
            limit, expected = MAX_CTRL, f"at most {MAX_CTRL:g}"
        for joint, value, control in zip(self._joints, ordered, controls, strict=True):
            if not -limit <= control <= limit:
                raise CommandError(f"{self._interface} of joint '{joint}' is {value}; expected {expected}")
        return np.array(controls, np.float32) if self._interface is Interface.EFFORT else np.array(controls, np.float64)

    def decode_message(self, names: Sequence[str], fields: Mapping[Interface, Sequence[float]]) -> Command:
        """Convert the fields of `joint_commands`; values as of `decode`, those of the robot's interface only.

        A robot that takes positions or velocities also takes zero efforts (limp), one that takes positions zero
        velocities (damped), for all joints and without anything else.

        Raises:
            CommandError: as of `decode`, or for values of another interface.
        """
        own, given = self._interface, [interface for interface, values in fields.items() if len(values)]
        # Positions beside efforts are of no account to an effort robot.
        if given == [own] or (own is Interface.EFFORT and (own in given or not given)):
            return self.command(names, fields.get(own, ()))
        stop = STOPPING.get(given[0]) if len(given) == 1 and own is not Interface.EFFORT else None
        found = " and ".join(PLURALS[interface] for interface in given) or "no values"
        if stop is not None and any(self._ordered(names, fields[given[0]], given[0])):
            found += " that are not zero"
        elif stop is not None:
            return stop
        raise CommandError(f"joint_commands: expected {PLURALS[own]}, found {found}")

    def command(self, names: Sequence[str], values: Sequence[float]) -> Command:
        """Convert values as `decode` does; zeros are a stop, except for positions."""
        ctrl = self.decode(names, values)
        return Command(ctrl, is_stop=self._interface is not Interface.POSITION and not ctrl.any())

    def _ordered(self, names: Sequence[str], values: Sequence[float], interface: Interface) -> list[float]:
        """Values in actuator order."""
        if names != self._names:
            self._order = self._order_of(names, interface)
            self._names = list(names)
        if len(values) != len(names):
            raise CommandError(
                f"command has {len(values)} {PLURALS[interface]} for {len(names)} joint names; expected one each"
            )
        return [values[i] for i in self._order]

    def _order_of(self, names: Sequence[str], interface: Interface) -> list[int]:
        unknown = [name for name in names if name not in self._joints]
        if unknown:
            raise CommandError(f"joint '{unknown[0][:80]}' not in robot; available: {', '.join(self._joints)}")
        missing = [name for name in self._joints if name not in names]
        if missing:
            available = ", ".join(self._joints)
            raise CommandError(f"joint '{missing[0]}' has no {interface}; a command names all of: {available}")
        if len(names) != len(self._joints):
            twice = next(name for name in names if list(names).count(name) > 1)
            raise CommandError(f"joint '{twice}' is named twice in one command")
        return [list(names).index(name) for name in self._joints]
