"""State of the robot as the page shows it: the newest messages and their age."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ant_bringup.joint_values import JointValues
from ant_bringup.web.access import Action
from ant_sim.physics.robot import Robot

STALE_AFTER = 1.0
"""Age [s] of joint_states or odom beyond which the robot counts as disconnected; a paused simulator repeats its state
every 0.1 s."""

DIAGNOSTICS_STALE_AFTER = 3.0
"""Age [s] beyond which /diagnostics, published once a second, are stale."""


class EffortScale(NamedTuple):
    """Limit of a joint's effort, None without one, and its unit."""

    limit: float | None = None
    unit: str = ""


def effort_scales(robot: Robot) -> dict[str, EffortScale]:
    """Limit and unit of the effort of each joint that is driven."""
    limits = {name: robot.max_effort(name) for name in robot.joint_names if name in robot.actuator_joints}
    return {
        name: EffortScale(limit if math.isfinite(limit) else None, robot.effort_unit(name))
        for name, limit in limits.items()
    }


class StatusBoard:
    """Newest messages; times are in seconds of the steady clock.

    One thread writes, others may read: values are replaced as a whole, never changed in place.

    Attributes:
        e_stopped: the driver's e-stop latch; None: not heard.
        paused: whether the simulator is paused; None: not heard.
        unavailable: actions that are not available, each with the reason.
        notes: messages about the picture.
        policy: fully qualified name of the policy node.
    """

    def __init__(self, efforts: Mapping[str, EffortScale], task: str, driver: str, policy: str) -> None:
        """Create an empty board.

        Args:
            efforts: limit and unit of each joint's effort, by name.
            task: name of the robot's task.
            driver: fully qualified name of the driver's node, the prefix of its entries in /diagnostics.
            policy: fully qualified name of the policy node.
        """
        self.e_stopped: bool | None = None
        self.paused: bool | None = None
        self.unavailable: Mapping[Action, str] = {}
        self.notes: Sequence[str] = ()
        self._scales, self._task = efforts, task
        self._driver, self.policy = driver, policy
        self._heard: dict[str, float] = {}
        self._efforts = JointValues(STALE_AFTER)
        self._height = math.nan
        self._values: Mapping[str, str] = {}
        self._policy_values: Mapping[str, str] = {}
        self._messages: dict[str, str] = {}

    def on_joint_states(self, now: float, names: Sequence[str], efforts: Sequence[float]) -> None:
        """Take in the efforts of some joints; a driver that measures none sends an empty list."""
        self._efforts.add(names, efforts, now)
        self._heard["joint_states"] = now

    def on_odometry(self, now: float, height: float) -> None:
        """Register the height of the base [m]."""
        self._height = height
        self._heard["odom"] = now

    def on_diagnostics(self, now: float, name: str, message: str, values: Mapping[str, str]) -> None:
        """Register a status of /diagnostics; other nodes and ends of episodes are ignored."""
        node, _, part = name.partition(": ")
        if node not in (self._driver, self.policy) or part == "episode":
            return
        self._messages[node] = message
        self._heard[node] = now
        if node == self.policy:
            self._policy_values = values
        else:
            self._values = values
            if "paused" in values:
                self.paused = values["paused"] == "True"

    def disconnected(self, now: float) -> str:
        """Message about the missing or stale state; empty while the robot is connected. It may have no odom at all."""
        for topic in ("joint_states", *(["odom"] if "odom" in self._heard else [])):
            age = self._age(topic, now)
            if age > STALE_AFTER:
                return f"disconnected: no {topic} " + ("yet" if math.isinf(age) else f"for {age:.1f} s")
        return ""

    def snapshot(self, now: float) -> dict[str, Any]:
        """Everything the page shows, ready for JSON: numbers are None where unknown or stale."""
        disconnected = self.disconnected(now)
        values = self._values if self._age(self._driver, now) < DIAGNOSTICS_STALE_AFTER else {}
        numbers = {
            "height": self._height,
            "real_time_factor": values.get("real-time factor"),
            "return": values.get("return"),
            "episode": values.get("episode"),
        }
        return {
            "task": self._task,
            "disconnected": disconnected,
            **{name: None if disconnected else _number(value) for name, value in numbers.items()},
            "efforts": [
                {
                    "joint": name,
                    "effort": None if disconnected else _number(joint.value),
                    **self._scales.get(name, EffortScale())._asdict(),
                }
                for name, joint in sorted(self._efforts.joints.items())
            ],
            "state": None if disconnected else self._state(now),
            "lifecycle": self._of_policy("lifecycle state", now),
            "paused": None if disconnected else self.paused,
            "e_stopped": None if disconnected else self.e_stopped,
            "driver": self._node_message(self._driver, now),
            "policy": self._node_message(self.policy, now),
            "unavailable": self.unavailable,
            "notes": [*self.notes, *([] if "odom" in self._heard else ["no odom: shown at its initial place"])],
        }

    def _state(self, now: float) -> str:
        """State of the robot in words."""
        if self.e_stopped:
            return "stopped by e-stop"
        if self.paused:
            return "paused"
        if self._of_policy("lifecycle state", now) != "active":
            return "stopped: the policy is not active"
        return "commanding" if self._of_policy("state", now) == "commanding" else "waiting for states"

    def _of_policy(self, name: str, now: float) -> str | None:
        """A value of the policy's diagnostics; None if it is not known or stale."""
        return self._policy_values.get(name) if self._age(self.policy, now) < DIAGNOSTICS_STALE_AFTER else None

    def _age(self, what: str, now: float) -> float:
        return now - self._heard.get(what, -math.inf)

    def _node_message(self, node: str, now: float) -> str:
        if node not in self._messages:
            return f"nothing heard of {node} on /diagnostics"
        age = self._age(node, now)
        return self._messages[node] if age < DIAGNOSTICS_STALE_AFTER else f"silent for {age:.0f} s"


def _number(value: float | str | None) -> float | None:
    """A finite number, or None: JSON has no others."""
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
