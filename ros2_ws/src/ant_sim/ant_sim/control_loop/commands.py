"""Commands of the control loop: controls, and stops."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ant_sim.physics.drives import Drive
from ant_sim.physics.robot import Interface

Control = NDArray[np.float32] | NDArray[np.float64]

STOPS = {
    Interface.EFFORT: ("zero_effort",),
    Interface.POSITION: ("damp", "zero_effort", "hold"),
    Interface.VELOCITY: ("damp", "zero_effort", "hold"),
}
"""Values of `on_stop` by interface, the default first."""


@dataclass(frozen=True)
class Command:
    """A valid command.

    Attributes:
        ctrl: (nu,) in actuator order, for `Simulator.step`; None keeps the last one.
        drive: state of the drives; None keeps it.
        is_stop: it lets go of the robot, so that it is accepted with any stamp: zero effort, no velocity, limp or
            damped.
    """

    ctrl: Control | None
    drive: Drive | None = Drive.FOLLOW
    is_stop: bool = False

    def equals(self, other: "Command") -> bool:
        """Return True if the other does the same to the robot."""
        if self.ctrl is None or other.ctrl is None:
            return self.ctrl is other.ctrl and self.drive is other.drive
        return self.drive is other.drive and np.array_equal(self.ctrl, other.ctrl)


LIMP = Command(None, Drive.LIMP, is_stop=True)
"""No effort, for drives that take positions or velocities."""
DAMP = Command(None, Drive.DAMP, is_stop=True)
"""Damped joints, likewise."""


def stop_command(interface: Interface, on_stop: str, num_actuators: int) -> tuple[Command, str]:
    """Command that is in force while the loop is stopped, and the words for it.

    Args:
        interface: of the robot.
        on_stop: one of `STOPS`; empty: the first. `hold` keeps whatever was in force: position targets, or limp and
            damped joints; for velocities it is `damp`, as a velocity must not go on without a commander.
        num_actuators: of the robot.

    Raises:
        ValueError: if the robot's interface has no such stop.
    """
    on_stop = on_stop or STOPS[interface][0]
    if on_stop not in STOPS[interface]:
        choices = ", ".join(STOPS[interface])
        raise ValueError(f"parameter 'on_stop' is '{on_stop}'; the robot takes {interface}, expected one of: {choices}")
    if interface is Interface.EFFORT:
        return Command(np.zeros(num_actuators, dtype=np.float32), is_stop=True), "zero effort"
    if on_stop == "zero_effort":
        return LIMP, "zero effort"
    if interface is Interface.VELOCITY:
        return Command(np.zeros(num_actuators), is_stop=True), "zero velocity"
    if on_stop == "damp":
        return DAMP, "joints damped"
    return Command(None, None, is_stop=True), "position targets held"
