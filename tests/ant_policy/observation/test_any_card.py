"""Observations of any robot's card, against a plain computation from the state by MuJoCo's own rotations."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cards import cards

from ant_policy.card.observation import entries
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import BaseSample, ImuSample, JointSample
from ant_sim.physics.robot import load_robot
from ant_sim.physics.simulator import Simulator

XML_NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=9)


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


def check_observations(card, rng, random_states):
    """Compare those of four states in each of two episodes; `random_states` gives plain states, and what is read."""
    card = replace(card, control_period=0.02)
    builder = ObservationBuilder(card)
    for _ in range(2):
        frames, last_action = [], [0.0] * card.action_size
        for step in range(4):
            state, read = random_states()
            observation = builder.stack(builder.frame(read))
            frames.append(plain_frame(card, state, last_action, step * card.control_period))
            assert observation.shape == (card.observation_size,)
            np.testing.assert_allclose(observation, plain_observation(card, frames), atol=1e-12)
            last_action = rng.normal(size=card.action_size).tolist()
            builder.remember(last_action)
        builder.reset()


@given(card=cards(), seed=st.integers(0, 2**32 - 1), data=st.data())
@settings(max_examples=60, deadline=None)
def test_observation_of_any_card_does_not_depend_on_the_driver_s_order(card, seed, data):
    rng = np.random.default_rng(seed)

    def random_states():
        base, imu, command, positions, velocities = state = random_state(rng, card.joints.names)
        names = data.draw(st.permutations([*card.joints.names, "another joint"]))
        joints = JointSample(
            1, names, [positions.get(name, 9.0) for name in names], [velocities.get(name, 9.0) for name in names]
        )
        return state, RobotState(joints, base, imu, command)

    check_observations(card, rng, random_states)


def chain(names, has_free_root, rng):
    """MJCF of a robot whose bodies are in a chain, hinged or sliding about any axes."""
    bodies = ""
    for index, name in enumerate(names):
        axis, place = (" ".join(map(str, rng.normal(size=3))) for _ in range(2))
        kind = rng.choice(["hinge", "slide"])
        bodies += f"""<body name="link_{index}" pos="{place}"><geom size="0.1"/>
            <joint name={quoteattr(name)} type="{kind}" axis="{axis}"/>"""
    motors = "".join(f"<motor joint={quoteattr(name)}/>" for name in names)
    root = "<freejoint/>" if has_free_root else ""
    return f"""<mujoco><worldbody><body name="trunk">{root}<geom size="0.1"/>{bodies}{"</body>" * len(names)}
        </body></worldbody><actuator>{motors}</actuator></mujoco>"""


def state_of(simulator, joints):
    """The base, and positions and velocities by joint, straight from MuJoCo's state."""
    model, data, base = simulator.model, simulator.data, simulator.robot.base
    mujoco.mj_forward(model, data)
    twist, kind = np.zeros(6), mujoco.mjtObj.mjOBJ_XBODY
    mujoco.mj_objectVelocity(model, data, kind, base, twist, True)
    rotation, velocity = tuple(twist[:3]), tuple(twist[3:])
    sample = BaseSample(1, data.xpos[base][2], tuple(data.xquat[base]), velocity, rotation)
    positions, velocities = (
        {name: float(getattr(data.joint(name), q)[0]) for name in joints} for q in ("qpos", "qvel")
    )
    return sample, ImuSample(1, sample.quaternion, rotation), positions, velocities


@given(card=cards(XML_NAMES, min_terms=8), seed=st.integers(0, 2**32 - 1), has_free_root=st.booleans(), data=st.data())
@settings(max_examples=30, deadline=None)
def test_messages_in_any_order_give_the_observation_of_mujoco_s_state(card, seed, has_free_root, data):
    pytest.importorskip("sensor_msgs", reason="ROS 2 is not installed (make setup installs it)")
    from ant_policy.ros.messages import base_sample, imu_sample, joint_sample
    from ant_sim.ros.messages import StateMessages

    rng, names = np.random.default_rng(seed), card.joints.names
    base_link = data.draw(st.sampled_from(["", "trunk", "link_0"]))
    with TemporaryDirectory() as folder:
        path = Path(folder, "robot.xml")
        path.write_text(chain(data.draw(st.permutations(names)), has_free_root, rng), encoding="utf-8")
        simulator = Simulator(load_robot(path, base_link), 0.02)
    messages = StateMessages(simulator.joint_names, base_link, "")

    def random_states():
        simulator.data.qpos, simulator.data.qvel = (
            rng.normal(size=simulator.model.nq),
            rng.normal(size=simulator.model.nv),
        )
        if has_free_root:
            simulator.data.qpos[3:7] /= np.linalg.norm(simulator.data.qpos[3:7])
        messages.fill(simulator.state(), 1, 1)
        messages.fill_imu(simulator.proper_acceleration_b())
        joints = messages.joints
        order = data.draw(st.permutations(range(len(names))))
        joints.name, joints.position, joints.velocity = (
            [values[index] for index in order]
            for values in (simulator.joint_names, list(joints.position), list(joints.velocity))
        )
        base, imu, positions, velocities = state_of(simulator, names)
        command = tuple(rng.normal(size=3))
        read = RobotState(joint_sample(joints), base_sample(messages.odometry), imu_sample(messages.imu), command)
        return (base, imu, command, positions, velocities), read

    check_observations(card, rng, random_states)
