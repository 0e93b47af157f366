"""Training on any environment of Gymnasium, and the jump on another Ant."""

from pathlib import Path

import numpy as np
import pytest
from stable_baselines3 import SAC
from tiny_runs import FEW_EPISODES, ON_ENV, run_resumed, train, trained

from ant_policy import Card, load_policy
from ant_policy.evaluate import main as evaluate
from ant_policy.evaluation.environment import find_environment
from ant_policy.train import main
from ant_sim import MODEL_PATH


def evaluated(capsys, env: str, folder: Path) -> str:
    capsys.readouterr()
    assert evaluate([str(folder), "--env", env, "--episodes", "2"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("algorithm", "env"), [("sac", "Motors"), ("sac", "Targets"), ("dqn", "Moves"), ("pgpe", "Native")]
)
def test_run_on_another_robot_leaves_its_card(envs, tmp_path, capsys, algorithm, env):
    out = tmp_path / "run"
    assert trained(algorithm, f"{envs}:{env}-v0", out) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "one after the other" in line]
    assert len(told) == (env == "Motors")
    card = Card.load(out / "card.yaml")
    assert (card.policy.algorithm, card.robot, card.base_link, card.control_period) == (algorithm, "arm", "stand", 0.02)
    assert card.joints.names == ("shoulder", "slide")
    assert [term.name for term in card.observation.terms] == ["joint_positions", "joint_velocities"]
    scale = {"slide": 0.5, "shoulder": 0.5} if env == "Targets" else {"slide": 20.0, "shoulder": 10.0}
    assert card.action.scale == scale
    assert card.model.file.endswith(f"{env}.xml")
    assert card.returns.episodes == 2
    assert (out / "curve.png").exists()
    assert f"{card.returns.mean:,.1f}"[:3] in evaluated(capsys, f"{envs}:{env}-v0", out)


def test_policy_of_a_run_acts_as_stable_baselines3s_predict(envs, tmp_path):
    assert trained("sac", f"{envs}:Motors-v0", tmp_path / "run") == 0
    act = find_environment(f"{envs}:Motors-v0").adapt(load_policy(tmp_path / "run"))
    observations = np.random.default_rng(0).normal(size=(20, 4))
    model = SAC.load(tmp_path / "run" / "policy.zip", device="cpu")
    expected = model.predict(observations.astype(np.float32), deterministic=True)[0]
    np.testing.assert_allclose(act(observations), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ("Open", "open are observation.terms"),
        ("Undeclared", "commands 0.5 times|declare both as action_terms"),
        ("Swapped", "where 'joint_velocities' of observation_terms is"),
        ("Short", "its observation has 4 values, its observation_terms 2: joint_positions 2"),
    ],
)
def test_environment_that_does_not_say_what_it_does_gets_no_card_but_a_policy(envs, tmp_path, capsys, env, reason):
    out = tmp_path / "run"
    assert trained("sac", f"{envs}:{env}-v0", out) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "no card.yaml" in line]
    assert any(part in line for part in reason.split("|"))
    assert "python -m ant_policy.card" in line
    assert not (out / "card.yaml").exists()
    assert (out / "policy.zip").exists()
    assert "steps/s" in evaluated(capsys, f"{envs}:{env}-v0", out)


def test_environment_without_a_robot_can_be_trained_on(tmp_path, capsys):
    assert trained("sac", "Pendulum-v1", tmp_path / "run") == 0
    line = capsys.readouterr().err.splitlines()[-1]
    assert "expected a MuJoCo model" in line
    assert "--env" not in line
    assert "steps/s" in evaluated(capsys, "Pendulum-v1", tmp_path / "run")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("sac --features landing", "'features' is 'landing'; expected 'none' with --env"),
        ("sac --symmetric true", "'symmetric' is true"),
        ("sac --mass 0.1", "'mass' is 0.1"),
        ("pgpe --landing-cost 1", "'landing_cost' is 1.0"),
        ("sac --preset robust", "preset 'robust' is domain randomisation of the jumping Ant"),
        ("sac --model ant.xml", "'model' is 'ant.xml'"),
        ("dqn --normalise-observations false", "expected numbers of moves for this algorithm, found Box"),
        ("dqn", "'normalise_observations' is true|expected numbers of moves"),
    ],
)
def test_what_only_the_ant_has_is_refused_by_name(tmp_path, capsys, arguments, named):
    algorithm, *more = arguments.split()
    assert main([algorithm, "--env", "Pendulum-v1", "--out", str(tmp_path), *more]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert any(part in error for part in named.split("|"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ("Nope-v3", "environment Nope-v3: cannot be made: NameNotFound"),
        ("no_such_module:Nope-v3", "environment no_such_module:Nope-v3: cannot be made"),
    ],
)
def test_environment_that_cannot_be_made_is_named(tmp_path, capsys, env, named):
    assert main(["sac", "--env", env, "--out", str(tmp_path)]) == 2
    assert named in capsys.readouterr().err
    assert evaluate(["zero", "--env", env]) == 2
    assert named in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--robustness", "--plot x.png", "--model x.xml"])
def test_evaluation_refuses_what_only_the_ant_has(capsys, option):
    assert evaluate(["zero", "--env", "Pendulum-v1", *option.split()]) == 2
    assert f"error: {option.split()[0]} is of the jumping Ant" in capsys.readouterr().err


def test_policy_of_another_robot_is_refused_by_field(envs, capsys):
    assert evaluate(["sac", "--env", f"{envs}:Motors-v0"]) == 2
    assert "card: field 'joints.names': expected shoulder, slide in any order" in capsys.readouterr().err


def test_run_on_an_environment_can_be_resumed(envs, tmp_path):
    assert trained("sac", f"{envs}:Motors-v0", tmp_path / "run") == 0
    assert run_resumed("sac", tmp_path / "run", "--steps", "180") == 0
    assert Card.load(tmp_path / "run" / "card.yaml").training["done"] == 180


@pytest.fixture
def weak_ant(tmp_path) -> Path:
    text = MODEL_PATH.read_text()
    assert 'gear="300"' in text
    path = tmp_path / "weak_ant.xml"
    path.write_text(text.replace('gear="300"', 'gear="120"'))
    return path


@pytest.mark.usefixtures("short_episodes")
@pytest.mark.parametrize("algorithm", ["sac", "pgpe"])
def test_jump_of_another_ant_has_its_gears_and_hash_on_the_card(weak_ant, tmp_path, algorithm, capsys):
    options = "--generations 1 --population 4 --episode-steps 10" if algorithm == "pgpe" else ON_ENV
    arguments = ["--model", str(weak_ant), "--out", str(tmp_path / "run"), *options.split(), *FEW_EPISODES.split()]
    assert train([algorithm, *arguments]) == 0
    card = Card.load(tmp_path / "run" / "card.yaml")
    assert set(card.action.scale.values()) == {120.0}
    assert card.model.file == "weak_ant.xml"
    assert evaluate([str(tmp_path / "run"), "--model", str(weak_ant), "--episodes", "2"]) == 0
    assert "warning" not in capsys.readouterr().err
    assert evaluate([str(tmp_path / "run"), "--episodes", "2"]) == 0
    assert "weak_ant.xml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("hip_1", "coxa_1", "joints: expected hip_1, ankle_1"),
        ('timestep="0.01"', 'timestep="0.005"', "timestep: expected 0.01 s, found 0.005 s"),
        ("<mujoco", "<mujoke", "cannot be read"),
    ],
)
def test_model_that_is_no_ant_is_refused_by_name(tmp_path, capsys, old, new, named):
    text = MODEL_PATH.read_text()
    assert old in text
    (tmp_path / "other.xml").write_text(text.replace(old, new))
    assert main(["sac", "--model", str(tmp_path / "other.xml"), "--out", str(tmp_path / "run")]) == 2
    assert named in capsys.readouterr().err
    assert evaluate(["zero", "--model", str(tmp_path / "missing.xml")]) == 2
    assert "does not exist" in capsys.readouterr().err
