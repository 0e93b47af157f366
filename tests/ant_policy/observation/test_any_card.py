"""Observations of any robot's card, against a plain computation from the state by MuJoCo's own rotations."""

from dataclasses import replace

import mujoco
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cards import cards

from ant_policy.card.observation import entries
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import BaseSample, ImuSample, JointSample


def rotate(quaternion, vector, *, inverse=False):
    quaternion, rotated = np.array(quaternion), np.zeros(3)
    if inverse:
        mujoco.mju_negQuat(quaternion, quaternion.copy())
    mujoco.mju_rotVecQuat(rotated, np.array(vector, dtype=float), quaternion)
    return rotated.tolist()


def random_state(rng, names):
    """State of a robot, and its joints by name."""
    quaternion = rng.normal(size=4)
    quaternion /= np.linalg.norm(quaternion)
    positions, velocities = (dict(zip(names, rng.normal(size=len(names)).tolist(), strict=True)) for _ in range(2))
    base = BaseSample(1, rng.normal(), tuple(quaternion), tuple(rng.normal(size=3)), tuple(rng.normal(size=3)))
    tilted = rng.normal(size=4)
    imu = ImuSample(1, tuple(tilted / np.linalg.norm(tilted)), tuple(rng.normal(size=3)))
    return base, imu, tuple(rng.normal(size=3)), positions, velocities


def plain_frame(card, state, last_action, time):
    base, imu, command, positions, velocities = state
    frame = []
    for term in card.observation.terms:
        sample = imu if term.topic == "imu" else base
        phase = 2.0 * np.pi * time / (term.period or 1.0)
        world = term.frame == "odom"
        values = {
            "base_height": lambda: [base.height],
            "base_orientation": lambda sample=sample: sample.quaternion,
            "projected_gravity": lambda sample=sample: rotate(sample.quaternion, (0, 0, -1), inverse=True),
            "base_linear_velocity": lambda world=world: (
                rotate(base.quaternion, base.velocity_b) if world else base.velocity_b
            ),
            "base_angular_velocity": lambda world=world, sample=sample: (
                rotate(sample.quaternion, sample.angular_velocity_b) if world else sample.angular_velocity_b
            ),
            "joint_positions": lambda: [positions[name] for name in card.joints.names],
            "joint_velocities": lambda: [velocities[name] for name in card.joints.names],
            "last_action": lambda: last_action,
            "velocity_command": lambda: command,
            "gait_phase": lambda phase=phase: [np.sin(phase), np.cos(phase)],
        }[term.name]()
        part = []
        for name, value in zip(entries(term.name, card.joints.names, card.action.joints), values, strict=True):
            offset, scale = (
                each if not isinstance(each, dict) else each[name] for each in (term.offset or 0.0, term.scale)
            )
            low, high = (term.clip or {}).get(name, (-np.inf, np.inf))
            part.append(min(max(value - offset, low), high) * (1.0 if scale is None else scale))
        frame.append(part)
    return frame


def plain_observation(card, frames):
    """Observation after these frames, oldest first; each is a list of terms."""
    past = lambda age: frames[max(len(frames) - 1 - age, 0)]  # noqa: E731
    if card.observation.history > 1:
        rows = [past(age) for age in reversed(range(card.observation.history))]
        return [value for frame in rows for part in frame for value in part]
    return [
        value
        for index, term in enumerate(card.observation.terms)
        for age in reversed(range(term.history))
        for value in past(age)[index]
    ]


@given(card=cards(), seed=st.integers(0, 2**32 - 1), data=st.data())
@settings(max_examples=100, deadline=None)
def test_observation_of_any_card_does_not_depend_on_the_driver_s_order(card, seed, data):
    card = replace(card, control_period=0.02)
    rng = np.random.default_rng(seed)
    builder = ObservationBuilder(card)
    for _ in range(2):
        frames, last_action = [], [0.0] * card.action_size
        for step in range(4):
            state = random_state(rng, card.joints.names)
            base, imu, command, positions, velocities = state
            names = data.draw(st.permutations([*card.joints.names, "another joint"]))
            joints = JointSample(
                1, names, [positions.get(name, 9.0) for name in names], [velocities.get(name, 9.0) for name in names]
            )
            observation = builder.stack(builder.frame(RobotState(joints, base, imu, command)))
            frames.append(plain_frame(card, state, last_action, step * card.control_period))
            assert observation.shape == (card.observation_size,)
            np.testing.assert_allclose(observation, plain_observation(card, frames), atol=1e-12)
            last_action = rng.normal(size=card.action_size).tolist()
            builder.remember(last_action)
        builder.reset()
