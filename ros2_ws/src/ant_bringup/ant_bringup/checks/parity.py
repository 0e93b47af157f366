"""Bit-for-bit comparison of ROS messages with a run without ROS, for the same seed, and of two cards."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain

from nav_msgs.msg import Odometry
from sensor_msgs.msg import Imu, JointState

from ant_bringup.checks.reference import Instant
from ant_policy import Card, Policy
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import Vector
from ant_policy.ros.messages import base_sample, imu_sample, joint_sample

CONTRACT = ("base_link", "control_period", "joints", "observation", "action")
"""Parts of a card that a robot depends on."""


@dataclass(frozen=True)
class Difference:
    """First difference: control step, field, and both values."""

    step: int
    field: str
    reference: object
    ros: object

    def __str__(self) -> str:
        """Format for people."""
        return f"step {self.step}, {self.field}: reference {self.reference}, ROS {self.ros}"


Field = tuple[str, object, object]
"""Name of a value, the reference's, and the one that was found."""


def state_fields(instant: Instant, joints: JointState, odometry: Odometry) -> Iterator[Field]:
    """Values of a state's messages."""
    yield "joint_states name", list(instant.joint_names), list(joints.name)
    state = instant.state
    pose, base = odometry.pose.pose.position, base_sample(odometry)
    places = ["[0]", "[1]", "[2]", "[3]"]
    for field, parts, expected, found in (
        ("joint_states position of", instant.joint_names, state.joint_positions, joints.position),
        ("joint_states velocity of", instant.joint_names, state.joint_velocities, joints.velocity),
        ("odom position", places, state.base_position_w, (pose.x, pose.y, pose.z)),
        ("odom orientation (wxyz)", places, state.base_quaternion, base.quaternion),
        ("odom linear velocity", places, state.base_velocity_b, base.velocity_b),
        ("odom angular velocity", places, state.base_angular_velocity_b, base.angular_velocity_b),
    ):
        for part, (a, b) in zip(parts, zip(expected, found, strict=True), strict=False):
            yield f"{field} {part}", a, b


def observation_fields(instant: Instant, builder: ObservationBuilder, state: RobotState) -> Iterator[Field]:
    """Values of the terms of a state's messages."""
    for i, (a, b) in enumerate(zip(instant.frame.tolist(), builder.frame(state).tolist(), strict=True)):
        yield f"observation [{i}]", a, b


def command_fields(instant: Instant, command: JointState, interface: str) -> Iterator[Field]:
    """Values of a command."""
    yield "joint_commands name", sorted(instant.command), sorted(command.name)
    values = getattr(command, interface)
    yield f"joint_commands number of values of {interface}", len(instant.command), len(values)
    found = dict(zip(command.name, values, strict=True))
    for name, value in instant.command.items():
        yield f"joint_commands {interface} of {name}", value, found[name]


@dataclass(frozen=True)
class Comparison:
    """Numbers of compared states and commands, and the first difference, if any."""

    states: int
    commands: int
    difference: Difference | None


def compare(
    policy: Policy,
    instants: Mapping[int, Instant],
    joint_states: Mapping[int, JointState],
    odom: Mapping[int, Odometry],
    joint_commands: Mapping[int, JointState],
    imu: Mapping[int, Imu] | None = None,
    velocity_command: Vector = (0.0, 0.0, 0.0),
) -> Comparison:
    """Compare messages of each topic, by stamp [ns], with the control instants of a run without ROS.

    `policy` is that of the run; `imu` is needed if its card has terms of the imu.
    """
    card = policy.card
    builder = ObservationBuilder(card)
    compared_states = compared_commands = 0
    for step, (stamp, instant) in enumerate(sorted(instants.items())):
        fields: list[Iterator[Field]] = []
        if instant.begins_episode:
            builder.reset()
        if stamp in joint_states and stamp in odom and (imu is None or stamp in imu):
            compared_states += 1
            joints, base = joint_states[stamp], odom[stamp]
            fields.append(state_fields(instant, joints, base))
            reading = None if imu is None else imu_sample(imu[stamp])
            state = RobotState(joint_sample(joints), base_sample(base), reading, velocity_command)
            fields.append(observation_fields(instant, builder, state))
        if stamp in joint_commands:
            compared_commands += 1
            fields.append(command_fields(instant, joint_commands[stamp], card.action.interface))
        for name, reference, ros in chain.from_iterable(fields):
            if reference != ros:
                difference = Difference(step, name, reference, ros)
                return Comparison(compared_states, compared_commands, difference)
        builder.stack(instant.frame)
        builder.remember(instant.action)
    return Comparison(compared_states, compared_commands, None)


def card_differences(first: Card, second: Card) -> list[Field]:
    """Innermost fields of the contract that differ."""
    one, other = asdict(first), asdict(second)
    return [difference for name in CONTRACT for difference in _differences(name, one[name], other[name])]


def _differences(name: str, first: object, second: object) -> Iterator[Field]:
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        for key, value in first.items():
            yield from _differences(f"{name}.{key}", value, second[key])
    elif isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second):
        for i, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from _differences(f"{name}[{i}]", one, other)
    elif first != second:
        yield name, first, second
