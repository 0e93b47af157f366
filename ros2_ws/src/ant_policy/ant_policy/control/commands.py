"""Commands to the joints: of a policy's action, and those that stop the robot."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.card import Card
from ant_policy.control.config import PolicyConfig
from ant_policy.errors import PolicyError
from ant_policy.observation.samples import JointSample

Float64 = NDArray[np.float64]

ON_STOP = {"effort": ("zero_effort",), "position": ("damp", "hold", "zero_effort"), "velocity": ("damp", "zero_effort")}
"""Ways to stop by the interface of the policy; the first is the default."""

CONSEQUENCES = {
    "zero_effort": "zero effort",
    "damp": "the joints are damped",
    "hold": "the joints hold their position",
}
"""Of a stop, for people."""


@dataclass(frozen=True)
class Command:
    """Command of joints, answering the state of that stamp.

    Attributes:
        stamp_ns: of the state [ns].
        joints: names.
        interface: effort [N m], position [rad] or velocity [rad/s]; [N], [m], [m/s] for slide joints.
        values: (n_joints,).
    """

    stamp_ns: int
    joints: tuple[str, ...]
    interface: str
    values: Float64


class CommandMaker:
    """Makes commands in the units of the card's interface.

    Attributes:
        joints: order of the values.
        interface: of the card.
        consequence: of a stop, for people.
        low: smallest command (n_joints,); -inf without a limit.
        high: largest command (n_joints,); inf without a limit.
    """

    def __init__(self, card: Card, config: PolicyConfig) -> None:
        """Take scales and limits of the card and of the configuration.

        Raises:
            PolicyError: a parameter does not fit the card.
        """
        action = card.action
        own = tuple(name for name in card.joints.names if name in action.joints)
        self.joints = own if config.joints in ((), ("",)) else config.joints
        if sorted(self.joints) != sorted(action.joints):
            raise PolicyError(
                f"parameter 'joints': expected the policy's joints, each once: {', '.join(action.joints)}; "
                f"found: {', '.join(self.joints)}"
            )
        self.interface = action.interface
        if config.max_effort and self.interface != "effort":
            raise PolicyError(
                f"parameter 'max_effort': expected 0 for a policy that commands {self.interface}, found "
                f"{config.max_effort:g}; limit the effort in the driver"
            )
        self._on_stop = config.on_stop or ON_STOP[self.interface][0]
        if self._on_stop not in ON_STOP[self.interface]:
            raise PolicyError(
                f"parameter 'on_stop': expected {' or '.join(ON_STOP[self.interface])} for a policy that commands "
                f"{self.interface}, found '{self._on_stop}'"
            )
        self.consequence = CONSEQUENCES[self._on_stop]
        indices = [action.joints.index(name) for name in self.joints]
        scales = [action.scale[name] for name in self.joints]
        offsets = [(action.offset or {}).get(name, 0.0) for name in self.joints]
        limits = [(action.clip or {}).get(name, (-math.inf, math.inf)) for name in self.joints]
        self.low, self.high = np.array(limits).T
        if self.interface == "effort":
            bound = np.full(len(self.joints), config.max_effort or math.inf)
            if card.policy.output != "none":
                bound = np.minimum(bound, np.abs(scales))
            self.low, self.high = np.maximum(self.low, -bound), np.minimum(self.high, bound)
        # Plain numbers: for some ten joints they are faster than numpy.
        self._joint_values = list(zip(indices, scales, offsets, self.low.tolist(), self.high.tolist(), strict=True))

    def act(self, stamp_ns: int, action: Float64) -> tuple[Command, bool]:
        """Command of a finite action (n_actions,); and whether a limit changed it."""
        actions, is_clamped, values = action.tolist(), False, []
        for index, scale, offset, low, high in self._joint_values:
            value = actions[index] * scale + offset
            limited = low if value < low else high if value > high else value
            is_clamped = is_clamped or limited != value
            values.append(limited)
        return Command(stamp_ns, self.joints, self.interface, np.array(values)), is_clamped

    def stop(self, stamp_ns: int, state: JointSample | None) -> Command:
        """Command that stops the robot as the parameter `on_stop` says.

        Args:
            stamp_ns: of the state that it answers [ns].
            state: last state of the joints; without one, `hold` goes limp.
        """
        if self._on_stop == "hold" and state is not None:
            return self.hold(stamp_ns, state)
        interface = "velocity" if self._on_stop == "damp" else "effort"
        return Command(stamp_ns, self.joints, interface, np.zeros(len(self.joints)))

    def hold(self, stamp_ns: int, state: JointSample) -> Command:
        """Command that holds the joints' positions of a state."""
        positions = np.array([state.positions[state.names.index(name)] for name in self.joints])
        return Command(stamp_ns, self.joints, "position", positions)

    def in_own_interface(self, command: Command, state: JointSample | None) -> Command | None:
        """The command as a topic of the card's interface can say it; positions stop by staying as in `state`."""
        if command.interface == self.interface:
            return command
        return self.hold(command.stamp_ns, state) if self.interface == "position" and state is not None else None
