"""Cards of SB3 zips and the environments of their training."""

import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
from arm_env import small
from card_makers import made, refusal
from stable_baselines3 import DQN, PPO, SAC, TD3

from ant_policy.card.__main__ import main
from ant_policy.card.card import default_card
from ant_policy.observation.feature_registry import ANT_TERMS
from ant_policy.policies.loading import load_policy


@pytest.fixture
def zip_of(tmp_path):
    def save(algorithm, env, **kwargs):
        model = algorithm("MlpPolicy", env, **small(), **kwargs)
        path = tmp_path / "zips" / "policy.zip"
        path.parent.mkdir(exist_ok=True)
        model.save(path)
        return model, path

    return save


@pytest.mark.parametrize(
    ("env", "gear", "robot"),
    [("CustomAntEnv-v1", 300.0, "custom_ant"), ("Ant-v5", 150.0, "ant"), ("Ant-v4", 150.0, "ant")],
)
def test_ant_needs_no_further_field(zip_of, tmp_path, env, gear, robot):
    kwargs = {"include_cfrc_ext_in_observation": False} if env == "Ant-v5" else {}
    model, path = zip_of(SAC, gym.make(f"ant_sim:{env}", **kwargs), buffer_size=1)
    card = made(path, tmp_path / "out", "--env", env)
    assert tuple((term.name, term.frame) for term in card.observation.terms) == ANT_TERMS
    assert (card.robot, card.base_link, card.control_period) == (robot, "torso", 0.05)
    assert card.joints == default_card("sac").joints
    assert card.action.joints == default_card("sac").action.joints
    assert set(card.action.scale.values()) == {gear}
    assert card.policy.file == "policy.npz"
    policy = load_policy(tmp_path / "out")
    for x in np.random.default_rng(0).normal(size=(20, 27)).astype(np.float32):
        np.testing.assert_allclose(policy.act(x), model.predict(x, deterministic=True)[0], atol=1e-5)


@pytest.mark.parametrize(("algorithm", "more"), [(DQN, {"buffer_size": 1}), (PPO, {})])
def test_moves_are_those_of_the_discrete_ant(zip_of, tmp_path, algorithm, more):
    _, path = zip_of(algorithm, gym.make("ant_sim:DiscreteAntEnv-v1"), **more)
    card = made(path, tmp_path / "out", "--env", "DiscreteAntEnv-v1")
    assert card.action.moves == default_card("dqn").action.moves
    assert (card.policy.algorithm, card.policy.output) == (algorithm.__name__.lower(), "argmax")


def test_ant_with_contact_forces_leaves_its_observation_open(zip_of, tmp_path, capsys):
    _, path = zip_of(PPO, gym.make("Ant-v5"))
    assert refusal(capsys, path, tmp_path / "out", "--env", "Ant-v5").endswith("open: observation.terms")
    _, path = zip_of(PPO, gym.make("Ant-v5", exclude_current_positions_from_observation=False))
    assert refusal(capsys, path, tmp_path / "out", "--env", "Ant-v5").endswith("open: observation.terms")


def test_observation_of_hopper_is_no_known_layout(zip_of, tmp_path, capsys):
    _, path = zip_of(PPO, gym.make("Hopper-v5"))
    assert main([str(path), "--out", str(tmp_path / "out"), "--env", "Hopper-v5"]) == 2
    error = capsys.readouterr().err
    assert "leaves 2 fields of the card open: base_link, observation.terms" in error
    assert "note: Hopper-v5 does not declare observation_terms, and its 11 values are no known layout" in error
    settings = {"base_link": "torso", "observation__terms": "[{name: joint_positions}]"}
    message = refusal(capsys, path, tmp_path / "out", "--env", "Hopper-v5", **settings)
    assert "takes 11 values, and the terms of the card give 6: joint_positions 6" in message


@pytest.mark.parametrize("algorithm", [PPO, SAC, TD3])
def test_range_of_the_controls_becomes_scale_and_offset(zip_of, tmp_path, algorithm):
    model, path = zip_of(algorithm, gym.make("TestArm-v0"), **({} if algorithm is PPO else {"buffer_size": 1}))
    card = made(path, tmp_path / "out", "--env", "TestArm-v0", base_link="upper")
    assert [(term.name, term.scale) for term in card.observation.terms] == [
        ("joint_positions", None),
        ("joint_velocities", 0.1),
    ]
    assert (card.joints.names, card.action.joints) == (("shoulder", "slide"), ("slide", "shoulder"))
    assert (card.action.scale, card.action.offset) == (
        {"slide": 15.0, "shoulder": 10.0},
        {"slide": 5.0, "shoulder": 0.0},
    )
    policy = load_policy(tmp_path / "out")
    for x in np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32):
        efforts = [
            card.action.offset[name] + card.action.scale[name] * a
            for name, a in zip(card.action.joints, policy.act(x), strict=True)
        ]
        np.testing.assert_allclose(efforts, model.predict(x, deterministic=True)[0] * [20.0, 10.0], atol=1e-4)


def test_zip_without_its_environment_asks_for_it(zip_of, tmp_path, capsys):
    _, path = zip_of(PPO, gym.make("TestArm-v0"))
    assert main([str(path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "leaves 10 fields of the card open: robot, base_link, control_period, joints.names" in error
    assert "note: --env ID, the environment of the training, says most of them" in error
    assert "note: action -1 is the environment's (-0.5, -1.0), action 1 its (1.0, 1.0)" in error


def test_model_without_a_name_leaves_the_robot_open(zip_of, tmp_path, capsys):
    _, path = zip_of(PPO, gym.make("TestArmClosed-v0"))
    message = refusal(capsys, path, tmp_path / "out", "--env", "TestArmClosed-v0")
    assert message.endswith("3 fields of the card open: robot, base_link, observation.terms")


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ("Nothing-v0", "environment Nothing-v0: cannot be made"),
        ("no_such_module:Nothing-v0", "environment no_such_module:Nothing-v0: cannot be made"),
        ("CartPole-v1", "environment CartPole-v1: expected a MuJoCo model as its attribute 'model', found none"),
        ("Ant-v5", "expected 8 actions as Ant-v5 has actuators, found 2"),
        ("ant_sim:DiscreteAntEnv-v1", "expected the actions of DiscreteAntEnv-v1, which are moves, found numbers"),
        ("InvertedDoublePendulum-v5", "expected 1 actions as InvertedDoublePendulum-v5 has actuators, found 2"),
        ("Reacher-v5", "expected actions within ((-1.0, -1.0), (1.0, 1.0)) as in Reacher-v5, found ((-0.5, -1.0)"),
    ],
)
def test_other_environment_is_refused(zip_of, tmp_path, capsys, env, expected):
    _, path = zip_of(PPO, gym.make("TestArm-v0"))
    assert expected in refusal(capsys, path, tmp_path / "out", "--env", env)


def test_statistics_beside_the_zip_are_refused(zip_of, tmp_path, capsys):
    _, path = zip_of(PPO, gym.make("TestArm-v0"))
    (path.parent / "vecnormalize.pkl").write_bytes(b"")
    message = refusal(capsys, path, tmp_path / "out", "--env", "TestArm-v0", base_link="upper")
    assert "vecnormalize.pkl, a pickle, which is never read" in message
    settings = {"base_link": "upper", "observation__normalisation": "{mean: [0, 0, 0, 0], std: [1, 1, 1, 1]}"}
    assert made(path, tmp_path / "out", "--env", "TestArm-v0", **settings).observation.normalisation is not None


def test_card_package_imports_no_gymnasium_until_an_environment_is_asked_for():
    code = "import sys, ant_policy.card.__main__; print({'gymnasium', 'mujoco', 'torch'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
