"""State of the robot as the page shows it: the newest messages and their age."""

import math
import threading
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from ant_bringup.joint_values import JointValues
from ant_bringup.web.access import Action

STALE_AFTER = 1.0
"""Age [s] of joint_states or odom beyond which the robot counts as disconnected; a paused simulator repeats its state
every 0.1 s."""

DIAGNOSTICS_STALE_AFTER = 3.0
"""Age [s] beyond which /diagnostics, published once a second, are stale."""


class Connection(StrEnum):
    """Freshness of the robot's state."""

    WAITING = "waiting"
    CONNECTED = "connected"
    STALE = "stale"


class StatusBoard:
    """Newest messages; times are in seconds of the steady clock. Thread-safe."""

    def __init__(self, limits: Mapping[str, float], driver: str, policy: str) -> None:
        """Create an empty board.

        Args:
            limits: effort limit of each joint [N m], by name.
            driver: fully qualified name of the driver's node, the prefix of its entries in /diagnostics.
            policy: fully qualified name of the policy node.
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
        """Register the height of the torso [m]."""
        with self._lock:
            self._heard["odom"] = now
            self._height = height

    def on_e_stop_active(self, stopped: bool) -> None:
        """Register the driver's e-stop latch."""
        with self._lock:
            self._e_stopped = stopped

    def on_diagnostics(self, now: float, name: str, message: str, values: Mapping[str, str]) -> None:
        """Register a status of /diagnostics; other nodes and ends of episodes are ignored."""
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
        """Register the begin or end of a pause, ahead of the next diagnostics."""
        with self._lock:
            self._paused = paused

    def set_unavailable(self, reasons: Mapping[Action, str]) -> None:
        """Set the actions that are not available, each with the reason."""
        with self._lock:
            self._unavailable = dict(reasons)

    def set_notes(self, *notes: str) -> None:
        """Set notes about the picture; empty ones are left out."""
        with self._lock:
            self._notes = tuple(note for note in notes if note)

    def connection(self, now: float) -> Connection:
        """State of the connection."""
        with self._lock:
            return self._connection(now)[0]

    def snapshot(self, now: float) -> dict[str, Any]:
        """Everything the page shows, ready for JSON: numbers are None where unknown or stale."""
        with self._lock:
            connection, message = self._connection(now)
            disconnected = connection != Connection.CONNECTED
            values = self._values if self._age(self._driver, now) < DIAGNOSTICS_STALE_AFTER else {}
            return {
                "connection": connection,
                "disconnected": message,
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
                "driver": self._node_message(self._driver, now),
                "policy": self._node_message(self._policy, now),
                "unavailable": self._unavailable,
                "notes": self._notes,
            }

    def _age(self, what: str, now: float) -> float:
        return now - self._heard.get(what, -math.inf)

    def _connection(self, now: float) -> tuple[Connection, str]:
        """State of the connection, and a message unless it is connected."""
        for topic in ("joint_states", "odom"):
            age = self._age(topic, now)
            if math.isinf(age):
                return Connection.WAITING, f"disconnected: no {topic} yet"
            if age > STALE_AFTER:
                return Connection.STALE, f"disconnected: no {topic} for {age:.1f} s"
        return Connection.CONNECTED, ""

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
