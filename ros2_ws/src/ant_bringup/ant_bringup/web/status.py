"""What the page shows: the newest of everything that was heard, and how long ago."""

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from ant_bringup.joint_values import JointValues
from ant_bringup.web.access import Action

STALE_AFTER = 1.0
"""Time [s] without joint_states or odom after which the robot counts as disconnected; a paused simulator repeats its
state every 0.1 s."""

DIAGNOSTICS_STALE_AFTER = 3.0
"""The same for /diagnostics, which come once a second."""


class StatusBoard:
    """Keeps the newest messages; every time is in seconds of the steady clock. Any thread may call any method."""

    def __init__(self, limits: Mapping[str, float], driver: str, policy: str) -> None:
        """Create an empty board.

        Args:
            limits: largest effort of each joint [N m], by name.
            driver: fully qualified name of the driver's node, as it begins its entries in /diagnostics.
            policy: that of the policy node.
        """
        self._limits = dict(limits)
        self._driver, self._policy = driver, policy
        self._lock = threading.Lock()
        self._heard: dict[str, float] = {}
        self._efforts = JointValues(STALE_AFTER)
        self._height = math.nan
        self._e_stopped: bool | None = None
        self._paused: bool | None = None
        self._values: Mapping[str, str] = {}
        self._messages: dict[str, str] = {}
        self._unavailable: Mapping[Action, str] = {}
        self._notes: tuple[str, ...] = ()

    def on_joint_states(self, now: float, names: Sequence[str], efforts: Sequence[float]) -> None:
        """Take in the efforts [N m] of some joints; a driver that measures none sends an empty list."""
        with self._lock:
            self._heard["joint_states"] = now
            self._efforts.add(names, efforts, now)

    def on_odometry(self, now: float, height: float) -> None:
        """Take the height of the torso [m]."""
        with self._lock:
            self._heard["odom"] = now
            self._height = height

    def on_e_stop_active(self, stopped: bool) -> None:
        """Take the driver's latch."""
        with self._lock:
            self._e_stopped = stopped

    def on_diagnostics(self, now: float, name: str, message: str, values: Mapping[str, str]) -> None:
        """Take a status of /diagnostics; those of other nodes, and those of episodes that have ended, are not kept."""
        node, _, part = name.partition(": ")
        if node not in (self._driver, self._policy) or part == "episode":
            return
        with self._lock:
            self._heard[node] = now
            self._messages[node] = message
            if node == self._driver:
                self._values = dict(values)
                if "paused" in values:
                    self._paused = values["paused"] == "True"

    def on_paused(self, paused: bool) -> None:
        """Note that a pause has begun or ended, before the next diagnostics say so."""
        with self._lock:
            self._paused = paused

    def set_unavailable(self, reasons: Mapping[Action, str]) -> None:
        """Say which actions cannot be done, and why."""
        with self._lock:
            self._unavailable = dict(reasons)

    def set_notes(self, *notes: str) -> None:
        """Say what people should know about the picture; empty ones are left out."""
        with self._lock:
            self._notes = tuple(note for note in notes if note)

    def disconnected(self, now: float) -> str:
        """Say why the robot counts as disconnected; empty while it is connected."""
        with self._lock:
            return self._disconnected(now)

    def snapshot(self, now: float) -> dict[str, Any]:
        """All that the page shows, ready for JSON: numbers are null where they are unknown or out of date."""
        with self._lock:
            disconnected = self._disconnected(now)
            values = self._values if self._age(self._driver, now) < DIAGNOSTICS_STALE_AFTER else {}
            return {
                "disconnected": disconnected,
                "height": None if disconnected else _number(self._height),
                "efforts": [
                    {
                        "joint": name,
                        "effort": None if disconnected else _number(joint.value),
                        "limit": self._limits.get(name),
                    }
                    for name, joint in sorted(self._efforts.joints.items())
                ],
                "real_time_factor": None if disconnected else _number(values.get("real-time factor")),
                "return": None if disconnected else _number(values.get("return")),
                "episode": None if disconnected else _number(values.get("episode")),
                "paused": None if disconnected else self._paused,
                "e_stopped": None if disconnected else self._e_stopped,
                "driver": self._says(self._driver, now),
                "policy": self._says(self._policy, now),
                "unavailable": self._unavailable,
                "notes": self._notes,
            }

    def _age(self, what: str, now: float) -> float:
        return now - self._heard.get(what, -math.inf)

    def _disconnected(self, now: float) -> str:
        for topic in ("joint_states", "odom"):
            age = self._age(topic, now)
            if math.isinf(age):
                return f"disconnected: no {topic} yet"
            if age > STALE_AFTER:
                return f"disconnected: no {topic} for {age:.1f} s"
        return ""

    def _says(self, node: str, now: float) -> str:
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
