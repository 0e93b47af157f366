"""Messages of the contract's topics as plain data, free of ROS."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from ant_policy.observation.samples import BaseSample, ImuSample, JointSample, Vector
from ant_policy.observation.terms import IMU, ODOM

MAX_LATENESS_NS = 500_000_000
"""A state that is older than the newest by at most this [ns] is late and dropped, as the policy node does; one that is
older still comes from a source that has been restarted."""


@dataclass(frozen=True)
class Times:
    """Place of a message in the bag.

    Attributes:
        order: index among the bag's messages.
        logged_ns: time of receipt, by the bag's clock [ns].
        clock_ns: time of publication, by the wall clock, if the bag has publish times; otherwise as `logged_ns`.
        run: number of restarts of the source of joint_states before it.
    """

    order: int
    logged_ns: int
    clock_ns: int
    run: int = 0


@dataclass(frozen=True)
class JointState:
    """joint_states: positions and velocities in `sample`, and the applied efforts [N m] or [N], by name."""

    times: Times
    sample: JointSample
    efforts: dict[str, float]


@dataclass(frozen=True)
class Measurement:
    """odom or imu."""

    times: Times
    sample: BaseSample | ImuSample


@dataclass(frozen=True)
class VelocityCommand:
    """cmd_vel: linear x, linear y [m/s], angular z [rad/s]."""

    times: Times
    value: Vector


@dataclass(frozen=True)
class Command:
    """joint_commands: values of `names` in the `interface` effort, position or velocity; answers that state."""

    times: Times
    stamp_ns: int
    names: tuple[str, ...]
    interface: str
    values: tuple[float, ...]

    @property
    def by_joint(self) -> list[tuple[str, float]]:
        """Names and values; none if their numbers differ."""
        return list(zip(self.names, self.values, strict=True)) if len(self.names) == len(self.values) else []


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

    `measurements` are by topic, `counts` of all topics; `seconds` from the first message to the last, by its clock;
    `notes` are faults of the bag itself, `faults` the stamps [ns] of states that were found unusable, by the reason.
    """

    namespace: str = ""
    joints: list[JointState] = field(default_factory=list)
    measurements: dict[str, list[Measurement]] = field(default_factory=lambda: {ODOM: [], IMU: []})
    velocity_commands: list[VelocityCommand] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    has_publish_times: bool = False
    notes: list[str] = field(default_factory=list)
    faults: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
