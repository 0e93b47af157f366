"""Bit-for-bit comparison of ROS messages with the Gymnasium environment, for the same seed."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
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
    """One control instant of the environment.

    Attributes:
        state: of the robot.
        observation: (27,) input of the policy.
        efforts: its output [N m], by joint name.
    """

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

    Args:
        policy: the policy.
        seed: of the first reset; later resets continue its generator.
        steps: number of control steps.
        model: MJCF file.
        resets_ns: stamps of calls of `~/reset`; a fall ends an episode too.
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


def state_difference(
    step: int, instant: Instant, joints: JointState, odometry: Odometry, builder: ObservationBuilder
) -> Difference | None:
    """Compare a state's messages, and the observation built from them, with the environment's."""
    state = instant.state
    pose, twist = odometry.pose.pose, odometry.twist.twist
    position, orientation = pose.position, pose.orientation
    quaternion = (orientation.w, orientation.x, orientation.y, orientation.z)
    velocity = (twist.linear.x, twist.linear.y, twist.linear.z)
    angular = (twist.angular.x, twist.angular.y, twist.angular.z)
    joint_sample = JointSample(0, joints.name, joints.position, joints.velocity)
    base = BaseSample(0, position.z, quaternion, velocity, angular)
    observation = builder.stack(builder.frame(RobotState(joint_sample, base)))
    if tuple(joints.name) != JOINT_NAMES:
        return Difference(step, "joint_states name", list(JOINT_NAMES), list(joints.name))
    for field, expected, found in (
        ("joint_states position of", state.joint_positions, joints.position),
        ("joint_states velocity of", state.joint_velocities, joints.velocity),
        ("odom position", state.torso_position_w, (position.x, position.y, position.z)),
        ("odom orientation (wxyz)", state.torso_quaternion, quaternion),
        ("odom linear velocity", state.torso_velocity_b, velocity),
        ("odom angular velocity", state.torso_angular_velocity_b, angular),
        ("observation", instant.observation.tolist(), observation.tolist()),
    ):
        for i, (a, b) in enumerate(zip(expected, found, strict=True)):
            if a != b:
                part = JOINT_NAMES[i] if field.startswith("joint_states") else f"[{i}]"
                return Difference(step, f"{field} {part}", a, b)
    return None


def command_difference(step: int, instant: Instant, command: JointState) -> Difference | None:
    """Compare a command with the environment's efforts."""
    found = dict(zip(command.name, command.effort, strict=True))
    if found.keys() != instant.efforts.keys():
        return Difference(step, "joint_commands name", list(instant.efforts), list(command.name))
    for name, effort in instant.efforts.items():
        if found[name] != effort:
            return Difference(step, f"joint_commands effort of {name}", effort, found[name])
    return None


@dataclass(frozen=True)
class Comparison:
    """Result of a comparison.

    Attributes:
        states: control instants whose states were compared.
        commands: control instants whose commands were compared.
        difference: the first one; None if all agree.
    """

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
        step = (stamp - FIRST_STAMP_NS) // PERIOD_NS
        difference = None
        if stamp in states and stamp in odometry:
            compared_states += 1
            difference = state_difference(step, instant, states[stamp], odometry[stamp], builder)
        if difference is None and stamp in commands:
            compared_commands += 1
            difference = command_difference(step, instant, commands[stamp])
        if difference is not None:
            return Comparison(compared_states, compared_commands, difference)
    return Comparison(compared_states, compared_commands, None)
