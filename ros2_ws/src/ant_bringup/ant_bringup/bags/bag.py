"""Messages of the contract's topics as plain data, free of ROS."""

from collections import Counter
from dataclasses import dataclass, field

from ant_policy.observation.samples import BaseSample, JointSample


@dataclass(frozen=True)
class Times:
    """Index among the bag's messages; times of receipt, by its clock, and of publication, by the wall clock [ns]."""

    order: int
    logged_ns: int
    published_ns: int


@dataclass(frozen=True)
class JointState:
    """joint_states: positions [rad] and velocities [rad/s] in `sample`, and the applied efforts [N m], by name."""

    times: Times
    sample: JointSample
    efforts: dict[str, float]


@dataclass(frozen=True)
class Odometry:
    """odom: state of the torso."""

    times: Times
    sample: BaseSample


@dataclass(frozen=True)
class Command:
    """joint_commands: efforts [N m] of `names`, answering the state of that stamp."""

    times: Times
    stamp_ns: int
    names: tuple[str, ...]
    efforts: tuple[float, ...]


@dataclass(frozen=True)
class Status:
    """One status of /diagnostics."""

    times: Times
    stamp_ns: int
    name: str
    level: int
    message: str
    values: dict[str, str]

    def number(self, key: str) -> float | None:
        """Value as a number; None if it is absent or not a number."""
        try:
            return float(self.values[key])
        except (KeyError, ValueError):
            return None


@dataclass
class Bag:
    """Messages in the order in which they were logged, of the robot in `namespace`.

    `counts` are of all topics; `notes` are faults of the bag itself.
    """

    namespace: str = ""
    joints: list[JointState] = field(default_factory=list)
    odometry: list[Odometry] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    has_publish_times: bool = False
    notes: list[str] = field(default_factory=list)
