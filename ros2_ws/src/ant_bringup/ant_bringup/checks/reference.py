"""Runs of a policy without ROS, to compare messages with: the Gymnasium environment, or a plain loop for any robot."""

from collections.abc import Set
from dataclasses import dataclass, replace
from pathlib import Path

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ant_policy import Policy
from ant_policy.evaluation.env_check import robot_state
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import Vector
from ant_sim import MODEL_PATH
from ant_sim.control_loop.command_decoder import CommandDecoder
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.physics.robot import Robot
from ant_sim.physics.simulator import RobotState as PhysicalState
from ant_sim.physics.simulator import Simulator
from ant_sim.tasks.registry import make_task

PERIOD_NS = 50_000_000
"""Control period of the Gymnasium environment [ns]."""

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Instant:
    """One control instant.

    Attributes:
        joint_names: order of the state's joints.
        state: of the robot.
        frame: (n,) terms of the state, without their history.
        action: (n_actions,) of the policy.
        command: values by joint name, in units of the card's interface.
        begins_episode: the policy remembers nothing of the instants before.
    """

    joint_names: tuple[str, ...]
    state: PhysicalState
    frame: Float64
    action: Float64
    command: dict[str, float]
    begins_episode: bool = False


def replay(
    policy: Policy, seed: int, steps: int, model: Path = MODEL_PATH, resets_ns: Set[int] = frozenset()
) -> dict[int, Instant]:
    """Run the Gymnasium environment; returns its control instants by the simulator node's stamps [ns].

    Calls of `~/reset` at the stamps `resets_ns`, and falls, end an episode; its resets continue the seed's generator.
    """
    env = gym.make("CustomAntEnv-v1", model_path=model, max_episode_steps=-1)
    simulator = env.unwrapped.simulator
    observation, _ = env.reset(seed=seed)
    instants: dict[int, Instant] = {}
    terminated = False
    for step in range(steps + 1):
        stamp = FIRST_STAMP_NS + step * PERIOD_NS
        action = policy.act(observation).astype(np.float64)
        efforts = command_of(policy, action)
        instants[stamp] = Instant(simulator.joint_names, simulator.state(), observation, action, efforts)
        if terminated or stamp in resets_ns:
            observation, _ = env.reset()
            terminated = False
        else:
            ordered = np.array([efforts[name] for name in simulator.actuator_joints]) / simulator.gears
            observation, _, terminated, _, _ = env.step(ordered.astype(np.float32))
    env.close()
    return instants


def run_loop(
    policy: Policy,
    robot: Robot,
    seed: int,
    steps: int,
    *,
    keyframe: str = "",
    task: str = "",
    velocity_command: Vector = (0.0, 0.0, 0.0),
    resets_ns: Set[int] = frozenset(),
) -> dict[int, Instant]:
    """Run a robot in a plain loop; returns its control instants by the simulator node's stamps [ns].

    Args:
        policy: with a card of this robot.
        robot: in any state; it is reset.
        seed: of the first reset; falls, as the task says, continue its generator.
        steps: control steps.
        keyframe: initial pose, as of the simulator node.
        task: as of `make_task`.
        velocity_command: linear x, linear y [m/s], angular z [rad/s], all the time.
        resets_ns: stamps at which calls of `~/reset` end an episode.

    Raises:
        ValueError: the card is of another robot, there is no such keyframe or task, or the control period is no
            multiple of the physics step.
    """
    card, doing = policy.card, make_task(task, robot)
    if card.action.interface != robot.interface:
        raise ValueError(f"the policy commands {card.action.interface}, the robot takes {robot.interface}")
    simulator = Simulator(robot, card.control_period, keyframe or robot.initial_keyframe, doing.reset_noise)
    decoder = CommandDecoder(robot.actuator_joints, robot.gears, robot.interface)
    builder = ObservationBuilder(card)
    simulator.reset(seed)
    policy.reset()
    instants: dict[int, Instant] = {}
    has_ended = begins = False
    for step in range(steps + 1):
        state = simulator.state()
        frame = builder.frame(sample(simulator, velocity_command))
        action = policy.act(builder.stack(frame)).astype(np.float64)
        builder.remember(action)
        command = command_of(policy, action)
        stamp = FIRST_STAMP_NS + step * round(card.control_period * 1e9)
        instants[stamp] = Instant(robot.joint_names, state, frame, action, command, begins)
        begins = has_ended or stamp in resets_ns
        if begins:
            for each in (simulator, builder, policy):
                each.reset()
            has_ended = False
        else:
            simulator.step(decoder.decode(list(command), list(command.values())))
            _, has_ended = doing.step(simulator)
    return instants


def sample(simulator: Simulator, velocity_command: Vector) -> RobotState:
    """State of a simulator as the policy's runtime reads it, without messages."""
    return replace(robot_state(simulator), command=velocity_command)


def command_of(policy: Policy, action: Float64) -> dict[str, float]:
    """Command by joint name: clip(offset + scale * action), as the card says."""
    card = policy.card.action
    command = {}
    for name, value in zip(card.joints, action.tolist(), strict=True):
        low, high = (card.clip or {}).get(name, (-np.inf, np.inf))
        command[name] = min(max(card.scale[name] * value + (card.offset or {}).get(name, 0.0), low), high)
    return command
