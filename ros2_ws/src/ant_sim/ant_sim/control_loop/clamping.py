"""Commands that the actuators clamp, as those of a policy that was trained on other gears."""

from ant_sim.control_loop.commands import Command
from ant_sim.physics.robot import Robot


class ClampCounter:
    """Counts commands beyond the actuators' limits.

    Attributes:
        count: of these commands.
    """

    def __init__(self, robot: Robot) -> None:
        """Start at 0."""
        self.count = 0
        self._joints = robot.actuator_joints
        self._low, self._high = robot.ctrl_limits

    def add(self, command: Command) -> str:
        """Count a command; returns a warning for people with the first one that is clamped, else an empty text."""
        if command.ctrl is None or not (beyond := (command.ctrl < self._low) | (command.ctrl > self._high)).any():
            return ""
        self.count += 1
        if self.count > 1:
            return ""
        i = int(beyond.argmax())
        limits = f"{self._low[i]:g} to {self._high[i]:g}"
        return (
            f"control of joint '{self._joints[i]}' is {command.ctrl[i]:g}, clamped to {limits}; was the policy trained "
            "on other gears or limits?"
        )
