"""Facts of environments: joints, actuators and the terms of the observation."""

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from arm_env import ArmEnv

from ant_policy.card.makers.gym_env import inspect_env
from ant_policy.card.observation import Observation, Term
from ant_policy.errors import PolicyError

POSITION = '<position joint="slide" kp="{kp}" kv="3"/><position joint="shoulder" kp="50" gear="2"/>'


def test_gains_of_position_actuators_are_those_at_the_joint():
    actuators = inspect_env(ArmEnv(POSITION.format(kp=40)), 4).card["action"]
    assert actuators["interface"] == "position"
    assert actuators["scale"] == {"slide": 1.0, "shoulder": 0.5}
    assert actuators["stiffness"] == {"slide": 40.0, "shoulder": 200.0}
    assert actuators["damping"] == {"slide": 3.0, "shoulder": 0.0}


def test_gains_of_velocity_actuators_are_those_at_the_joint():
    actuators = inspect_env(
        ArmEnv('<velocity joint="slide" kv="3"/><velocity joint="shoulder" kv="5" gear="2"/>'), 4
    ).card["action"]
    assert (actuators["interface"], actuators.get("stiffness")) == ("velocity", None)
    assert actuators["scale"] == {"slide": 1.0, "shoulder": 0.5}
    assert actuators["damping"] == {"slide": 3.0, "shoulder": 20.0}


def test_position_actuators_command_what_the_facts_say():
    env = ArmEnv(POSITION.format(kp=40))
    facts = inspect_env(env, 4).card["action"]
    rng = np.random.default_rng(0)
    env.data.qpos[:], env.data.qvel[:], env.data.ctrl[:] = rng.normal(size=(3, 2))
    mujoco.mj_forward(env.model, env.data)
    states = dict(zip(("shoulder", "slide"), zip(env.data.qpos, env.data.qvel, strict=True), strict=True))
    commanded = {}
    for index, (joint, gain) in enumerate(facts["scale"].items()):
        position, velocity = states[joint]
        effort = (
            facts["stiffness"][joint] * (gain * env.data.ctrl[index] - position) - facts["damping"][joint] * velocity
        )
        commanded[joint] = effort
    efforts = dict(zip(("shoulder", "slide"), env.data.qfrc_actuator, strict=True))
    assert commanded == pytest.approx(efforts)


def test_limit_of_a_motors_force_becomes_a_clip():
    motors = '<motor joint="slide" gear="20" forcerange="-0.2 0.4"/><motor joint="shoulder"/>'
    assert inspect_env(ArmEnv(motors), 4).card["action"]["clip"] == {"slide": [-4.0, 8.0]}


@pytest.mark.parametrize(
    ("actuators", "more", "expected"),
    [
        ('<motor site="tip"/>', '<site name="tip"/>', "actuator 0: expected one that drives a hinge or slide joint"),
        (
            '<motor name="a" joint="slide"/><motor name="b" joint="slide"/>',
            "",
            "actuator 'b': expected one actuator for each",
        ),
        (
            '<motor joint="slide"/><position joint="shoulder"/>',
            "",
            "expected actuators of one kind, found effort, position",
        ),
        (
            '<intvelocity name="a" joint="slide" actrange="-1 1"/>',
            "",
            "actuator 'a': expected a motor, position or velocity",
        ),
        (
            '<motor joint="slide"/>',
            '<body><joint name="neck" type="ball"/><geom size="0.1"/></body>',
            "ball joint 'neck'",
        ),
        ('<motor joint="slide"/>', '<body><joint type="hinge"/><geom size="0.1"/></body>', "found none for joint 2"),
        ("", "", "expected actuators of one kind, found none"),
    ],
)
def test_joint_or_actuator_that_a_card_cannot_have_is_named(actuators, more, expected):
    with pytest.raises(PolicyError) as refused:
        inspect_env(ArmEnv(actuators, more), 4)
    assert expected in str(refused.value)
    assert str(refused.value).startswith("environment ArmEnv: ")


def test_terms_may_be_declared_as_names_mappings_terms_or_an_observation():
    terms = (
        Term("joint_positions", clip={"slide": (-1.0, 1.0)}),
        {"name": "joint_velocities", "scale": np.float32(0.5)},
    )
    expected = [
        {"name": "joint_positions", "clip": {"slide": [-1.0, 1.0]}, "history": 1},
        {"name": "joint_velocities", "scale": 0.5},
    ]
    assert inspect_env(ArmEnv(terms=terms), 4).card["observation"]["terms"] == expected
    assert inspect_env(ArmEnv(terms=Observation(terms)), 4).card["observation"]["terms"] == expected


@pytest.mark.parametrize("terms", [3, "joint_positions", [3], [("joint_positions",)]])
def test_declared_terms_of_another_form_are_refused(terms):
    with pytest.raises(PolicyError, match="observation_terms: expected"):
        inspect_env(ArmEnv(terms=terms), 4)


def test_wrapper_that_changes_observations_is_refused_by_name():
    env = gym.wrappers.NormalizeObservation(gym.make("TestArm-v0"))
    with pytest.raises(PolicyError, match="wrapper NormalizeObservation may change"):
        inspect_env(env, 4)


def test_observation_that_only_looks_like_the_ants_is_not_taken_for_it():
    base = gym.make("ant_sim:CustomAntEnv-v1").unwrapped
    assert inspect_env(base, 27).card["observation"]["terms"]
    step = base.step
    base.step = lambda action: (step(action)[0][::-1], 0.0, False, False, {})
    assert "observation" not in inspect_env(base, 27).card
