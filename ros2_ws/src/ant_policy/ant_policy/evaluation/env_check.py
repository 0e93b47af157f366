"""Comparison of an environment with its card: controls and observations in a few random steps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.card.action import Action
from ant_policy.card.card import Card
from ant_policy.errors import CardError
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import BaseSample, ImuSample, JointSample, Vector
from ant_policy.observation.terms import CMD_VEL, MEMORY
from ant_sim.physics.robot import load_robot
from ant_sim.physics.simulator import Simulator

Floats = NDArray[np.float64]

STEPS = 5
TOLERANCE = 1e-4


def check_env(env: Any, card: Card, gain: Mapping[str, float], model: Path | None) -> None:
    """Check that actions and observations mean what the card says.

    Terms of the past and of `cmd_vel` are not compared; no terms are without a model file.

    Args:
        env: an environment with MuJoCo's `data`, as attribute of itself or of its `simulator`.
        card: of its policies.
        gain: command per unit of control, by joint, in the order of the controls.
        model: MJCF file of its robot; None if there is none.

    Raises:
        CardError: naming the joint or term that differs.
    """
    data = getattr(env.unwrapped, "data", None) or env.unwrapped.simulator.data
    simulator = _simulator(model, card)
    env.action_space.seed(0)
    env.reset(seed=0)
    for _ in range(STEPS):
        action = env.action_space.sample()
        observation, _, terminated, truncated, _ = env.step(action)
        _check_controls(card, env.action_space, action, dict(zip(gain, data.ctrl * list(gain.values()), strict=True)))
        if simulator is not None:
            simulator.data.qpos, simulator.data.qvel = data.qpos, data.qvel
            _check_observation(card, observation, robot_state(simulator))
        if terminated or truncated:
            env.reset()


def robot_state(simulator: Simulator) -> RobotState:
    """State of a simulated robot as its driver's messages would give it; the command is zero."""
    state = simulator.state()
    w, x, y, z = state.base_quaternion
    turning: Vector = (*state.base_angular_velocity_b,)  # type: ignore[assignment]
    joints = JointSample(0, simulator.joint_names, state.joint_positions, state.joint_velocities)
    base = BaseSample(0, state.base_position_w[2], (w, x, y, z), state.base_velocity_b, turning)
    return RobotState(joints, base, ImuSample(0, (w, x, y, z), turning))


def units_of(part: Action, space: Any, actions: Any) -> Floats:
    """Actions (..., n) in [-1, 1], as of a card, for actions (..., n) of a space, or numbers of moves (...)."""
    if part.moves is not None:
        return np.asarray(np.array(part.moves)[actions])
    return np.asarray(2.0 * (np.asarray(actions, float) - space.low) / (space.high - space.low) - 1.0)


def command_of(part: Action, joint: str, units: Any) -> Any:
    """Command, or commands (n,), of a joint for its action in [-1, 1]."""
    low, high = (part.clip or {}).get(joint, (-np.inf, np.inf))
    return np.clip((part.offset or {}).get(joint, 0.0) + part.scale[joint] * units, low, high)


def _simulator(model: Path | None, card: Card) -> Simulator | None:
    if model is None:
        return None
    try:
        return Simulator(load_robot(model, card.base_link), card.control_period)
    except ValueError:  # The simulator refuses robots that a driver may well have.
        return None


def _check_controls(card: Card, space: Any, action: Any, found: Mapping[str, float]) -> None:
    units = units_of(card.action, space, action)
    for index, name in enumerate(card.action.joints):
        scale, expected = card.action.scale[name], command_of(card.action, name, units[index])
        if not np.isclose(found[name], expected, rtol=TOLERANCE, atol=TOLERANCE * abs(scale)):
            raise CardError(
                f"its action {units[index]:.3g} for joint '{name}' commands {found[name]:.3g}, where action.scale and "
                f"action.offset say {expected:.3g}; declare both as action_terms"
            )


def _check_observation(card: Card, observation: Any, state: RobotState) -> None:
    frame = ObservationBuilder(card).frame(state)
    if len(frame) != len(observation):
        return  # with a history
    for term, part, _ in card.layout:
        found, expected = np.asarray(observation)[part], frame[part]
        if term.topic not in (MEMORY, CMD_VEL) and not np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE):
            raise CardError(
                f"its observation has {np.round(found[:3], 4).tolist()} where '{term.name}' of observation_terms is "
                f"{np.round(expected[:3], 4).tolist()}"
            )
