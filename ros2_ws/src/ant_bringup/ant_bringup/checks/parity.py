"""Bit-for-bit comparison of ROS messages with the Gymnasium environment, for the same seed."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import gymnasium as gym
import numpy as np
from nav_msgs.msg import Odometry
from numpy.typing import NDArray
from sensor_msgs.msg import JointState

from ant_policy import Policy
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import BaseSample, JointSample
from ant_sim import MODEL_PATH, AntSimulator, AntState
from ant_sim.control_loop.loop import FIRST_STAMP_NS

PERIOD_NS = 50_000_000
JOINT_NAMES = AntSimulator().joint_names


@dataclass(frozen=True)
class Instant:
    """One control instant of the environment: state, observation (27,), and efforts [N m] by joint name."""

    state: AntState
    observation: NDArray[np.float64]
    efforts: dict[str, float]


@dataclass(frozen=True)
class Difference:
    """First difference: control step, field, and both values."""

    step: int
    field: str
    environment: object
    ros: object

    def __str__(self) -> str:
        """Format for people."""
        return f"step {self.step}, {self.field}: environment {self.environment}, ROS {self.ros}"


def replay(
    policy: Policy, seed: int, steps: int, model: Path = MODEL_PATH, resets_ns: Set[int] = frozenset()
) -> dict[int, Instant]:
    """Run the environment; returns its control instants by the simulator node's stamps [ns].

    Calls of `~/reset` at the stamps `resets_ns`, and falls, end an episode; its resets continue the seed's generator.
    """
    env = gym.make("CustomAntEnv-v1", model_path=model)
    simulator = env.unwrapped.simulator
    scale = policy.card.action.scale
    observation, _ = env.reset(seed=seed)
    instants: dict[int, Instant] = {}
    terminated = False
    for step in range(steps + 1):
        stamp = FIRST_STAMP_NS + step * PERIOD_NS
        ctrl = policy.act(observation)
        actions = zip(policy.card.action.joints, ctrl.tolist(), strict=True)
        efforts = {name: scale[name] * action for name, action in actions}
        instants[stamp] = Instant(simulator.state(), observation, efforts)
        if terminated or stamp in resets_ns:
            observation, _ = env.reset()
            terminated = False
        else:
            ordered = np.array([efforts[name] for name in simulator.actuator_joints]) / simulator.gears
            observation, _, terminated, _, _ = env.step(ordered.astype(np.float32))
    env.close()
    return instants


Field = tuple[str, object, object]
"""Name of a value, the environment's, and the message's."""


def state_fields(
    instant: Instant, joints: JointState, odometry: Odometry, builder: ObservationBuilder
) -> Iterator[Field]:
    """Values of a state's messages, and of the observation built from them."""
    yield "joint_states name", list(JOINT_NAMES), list(joints.name)
    state = instant.state
    pose, twist = odometry.pose.pose, odometry.twist.twist
    position, orientation = pose.position, pose.orientation
    quaternion = (orientation.w, orientation.x, orientation.y, orientation.z)
    velocity = (twist.linear.x, twist.linear.y, twist.linear.z)
    angular = (twist.angular.x, twist.angular.y, twist.angular.z)
    joint_sample = JointSample(0, joints.name, joints.position, joints.velocity)
    base = BaseSample(0, position.z, quaternion, velocity, angular)
    observation = builder.stack(builder.frame(RobotState(joint_sample, base)))
    places = [f"[{i}]" for i in range(len(observation))]
    for field, parts, expected, found in (
        ("joint_states position of", JOINT_NAMES, state.joint_positions, joints.position),
        ("joint_states velocity of", JOINT_NAMES, state.joint_velocities, joints.velocity),
        ("odom position", places, state.torso_position_w, (position.x, position.y, position.z)),
        ("odom orientation (wxyz)", places, state.torso_quaternion, quaternion),
        ("odom linear velocity", places, state.torso_velocity_b, velocity),
        ("odom angular velocity", places, state.torso_angular_velocity_b, angular),
        ("observation", places, instant.observation.tolist(), observation.tolist()),
    ):
        for part, (a, b) in zip(parts, zip(expected, found, strict=True), strict=False):
            yield f"{field} {part}", a, b


def command_fields(instant: Instant, command: JointState) -> Iterator[Field]:
    """Values of a command."""
    yield "joint_commands name", sorted(instant.efforts), sorted(command.name)
    found = dict(zip(command.name, command.effort, strict=True))
    for name, effort in instant.efforts.items():
        yield f"joint_commands effort of {name}", effort, found[name]


@dataclass(frozen=True)
class Comparison:
    """Numbers of compared states and commands, and the first difference, if any."""

    states: int
    commands: int
    difference: Difference | None


def compare(
    policy: Policy,
    instants: Mapping[int, Instant],
    states: Mapping[int, JointState],
    odometry: Mapping[int, Odometry],
    commands: Mapping[int, JointState],
) -> Comparison:
    """Compare messages, by stamp [ns], with the environment's control instants."""
    builder = ObservationBuilder(policy.card)
    compared_states = compared_commands = 0
    for stamp, instant in sorted(instants.items()):
        fields: list[Iterator[Field]] = []
        if stamp in states and stamp in odometry:
            compared_states += 1
            fields.append(state_fields(instant, states[stamp], odometry[stamp], builder))
        if stamp in commands:
            compared_commands += 1
            fields.append(command_fields(instant, commands[stamp]))
        for name, environment, ros in chain.from_iterable(fields):
            if environment != ros:
                step = (stamp - FIRST_STAMP_NS) // PERIOD_NS
                return Comparison(compared_states, compared_commands, Difference(step, name, environment, ros))
    return Comparison(compared_states, compared_commands, None)
