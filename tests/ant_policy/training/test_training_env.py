"""Training on any environment of Gymnasium, and the jump on another Ant."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import SAC
from tiny_runs import run_resumed, train

from ant_policy import Card, load_policy
from ant_policy.evaluate import main as evaluate
from ant_policy.evaluation.declared_env import make_in_turn
from ant_policy.evaluation.environment import find_environment
from ant_policy.train import main
from ant_sim import MODEL_PATH

ENVS = '''
from types import SimpleNamespace

import gymnasium as gym
import mujoco
import numpy as np
from gymnasium.envs.mujoco import MujocoEnv

ARM = """
<mujoco model="arm">
  <option timestep="0.005"/>
  <worldbody><body name="stand"><geom size="0.1"/><body>
    <joint name="shoulder" axis="0 1 0"/><geom size="0.1" pos="0 0 -0.3"/>
    <body pos="0 0 0.4"><joint name="slide" type="slide" axis="1 0 0" damping="1"/><geom size="0.1"/></body>
  </body></body></worldbody>
  <actuator><{kind} joint="slide" {gain}="20"/><{kind} joint="shoulder" {gain}="10"/></actuator>
</mujoco>
"""
MOVES = ((1.0, 0.0), (0.0, 1.0), (-1.0, -1.0))


class Arm(MujocoEnv):
    metadata = {"render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"], "render_fps": 50}

    def __init__(self, path, terms=("joint_positions", "joint_velocities"), scale=1.0, declared=None, moves=None):
        with open(path, "w") as file:
            file.write(ARM.format(kind="position" if scale != 1.0 else "motor", gain="kp" if scale != 1.0 else "gear"))
        super().__init__(path, 4, gym.spaces.Box(-np.inf, np.inf, (4,), np.float64))
        self.observation_terms, self._scale = terms, scale
        self.action_space = gym.spaces.Box(-1.0, 1.0, (2,))
        if declared is not None:
            self.action_terms = declared
        if moves is not None:
            self.moves, self.action_space = moves, gym.spaces.Discrete(3)

    def observe(self):
        return np.concatenate([self.data.qpos, self.data.qvel])

    def step(self, action):
        action = MOVES[action] if isinstance(self.action_space, gym.spaces.Discrete) else action
        self.do_simulation(self._scale * np.asarray(action), 4)
        return self.observe(), float(self.data.qpos[0]), bool(abs(self.data.qpos[1]) > 5.0), False, {}

    def reset_model(self):
        self.set_state(self.np_random.uniform(-0.1, 0.1, 2), np.zeros(2))
        return self.observe()


class Native(Arm):
    @staticmethod
    def batch_reward(before, after, actions):
        return after.qpos[..., 0], abs(after.qpos[..., 1]) > 5.0


class Rewarded(Arm):
    @staticmethod
    def batch_reward(before, after, actions):
        return after.qpos[..., 1], False


class Worn(Native):
    def reset_model(self):
        self.model.dof_damping *= 1.2
        return super().reset_model()


class Pushed(Native):
    def step(self, action):
        if self.np_random.random() < 1e-9:
            self.data.qvel[0] += 1.0
        return super().step(action)


class Broken(Arm):
    @staticmethod
    def batch_reward(before, after, actions):
        raise LookupError("no reward")


class Buoy(MujocoEnv):
    """Floating body that turns; its reward needs body poses and the state before, and has a metric."""

    metadata = {"render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"], "render_fps": 50}
    metadata["metrics"] = {"drift [m]": "drift"}
    observation_terms = (
        "base_height", "base_orientation", {"name": "projected_gravity", "source": "imu"}, "base_linear_velocity",
        {"name": "base_angular_velocity", "source": "imu", "scale": 0.25}, {"name": "joint_positions", "offset": 0.1},
        "last_action", {"name": "gait_phase", "period": 0.3},
    )

    def __init__(self, path):
        with open(path, "w") as file:
            file.write(BUOY)
        super().__init__(path, 4, gym.spaces.Box(-np.inf, np.inf, (18,), np.float32))

    def observe(self):
        data, to_body = self.data, np.empty(9)
        mujoco.mju_quat2Mat(to_body, data.qpos[3:7])
        to_body = to_body.reshape(3, 3).T
        angle = 2 * np.pi * self.steps * self.dt / 0.3
        parts = [
            data.qpos[2:7], to_body @ [0, 0, -1], to_body @ data.qvel[:3], 0.25 * data.qvel[3:6], data.qpos[7:] - 0.1,
            self.last, [np.sin(angle), np.cos(angle)],
        ]
        return np.concatenate(parts).astype(np.float32)

    @staticmethod
    def batch_reward(before, after, actions):
        drift = after.qpos[..., 0] - before.qpos[..., 0]
        return after.xpos[..., 2, 2] - actions[..., 0] ** 2, after.qpos[..., 2] < 0.5, {"drift": drift}

    def step(self, action):
        before = SimpleNamespace(qpos=self.data.qpos.copy())
        self.do_simulation(action, self.frame_skip)
        self.steps, self.last = self.steps + 1, action / 0.5
        reward, ended, infos = self.batch_reward(before, self.data, np.asarray(action))
        return self.observe(), float(reward), bool(ended), False, infos

    def reset_model(self):
        self.steps, self.last = 0, np.zeros(1)
        qpos, qvel = self.init_qpos + self.np_random.normal(0, 0.3, 8), self.np_random.normal(0, 1.0, 7)
        mujoco.mju_normalize4(qpos[3:7])
        self.set_state(qpos, qvel)
        return self.observe()


BUOY = """
<mujoco model="buoy">
  <option timestep="0.005"/>
  <worldbody><body name="hull" pos="0 0 1.5"><freejoint/><geom size="0.1"/><geom size="0.05" pos="0.2 0 0"/>
    <body pos="0 0 0.3"><joint name="mast" axis="0 1 0"/><geom size="0.05" pos="0 0 0.2"/></body>
  </body></worldbody>
  <actuator><motor joint="mast" gear="2" ctrlrange="-0.5 0.5"/></actuator>
</mujoco>
"""


def register(name, kind=Arm, **kwargs):
    gym.register(f"{name}-v0", kind, max_episode_steps=30, kwargs={"path": f"{__file__}.{name}.xml", **kwargs})


register("Motors")
register("Native", Native)
register("Moves", Native, moves=MOVES)
register("Targets", Native, scale=0.5, declared={"scale": 0.5})
register("Buoy", Buoy)
register("Rewarded", Rewarded)
register("Worn", Worn)
register("Pushed", Pushed)
register("Broken", Broken)
register("History", Native, terms=({"name": "joint_positions", "history": 2},))
register("Undeclared", scale=0.5)
register("Swapped", terms=("joint_velocities", "joint_positions"))
register("Short", terms=("joint_positions",))
register("Open", terms=None)
'''
TINY = "--steps 120 --num-envs 2 --learning-starts 40 --hidden [8] --evaluation-interval 60 --gradient-steps 1"
SMALL = "--evaluation-episodes 2 --report-episodes 2"


@pytest.fixture
def envs(tmp_path, monkeypatch) -> str:
    """Module of the environments."""
    name = f"envs_{tmp_path.name}".replace("-", "_").replace("[", "_").replace("]", "_")
    (tmp_path / f"{name}.py").write_text(ENVS)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def trained(algorithm: str, env: str, out: Path, *more: str) -> int:
    options = "--generations 2 --population 4 --evaluation-interval 1" if algorithm == "pgpe" else TINY
    return train([algorithm, "--env", env, "--out", str(out), *options.split(), *SMALL.split(), *more])


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


@pytest.mark.parametrize("env", ["Native", "Moves", "Targets", "Buoy"])
def test_declared_environment_steps_natively_with_the_single_ones_trajectories(envs, env):
    environment = find_environment(f"{envs}:{env}-v0")
    assert (environment.in_turn, environment.unknown) == ("", "")
    native = environment.make(3, is_discrete=env == "Moves", max_steps=20)
    assert type(native).__name__ == "DeclaredVectorEnv"
    singles = make_in_turn(f"{envs}:{env}-v0", 3, 20)
    steps = [each.reset(seed=[4, 9, 4])[:1] for each in (native, singles)]
    ended = 0
    for _ in range(90):
        for found, expected in zip(*(values[:4] for values in steps), strict=True):
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
            # Targets are float32 in its own step, and the buoy's rotations are MuJoCo's.
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-5 if env in ("Targets", "Buoy") else 0.0)
        actions = native.action_space.sample()
        steps = [each.step(actions) for each in (native, singles)]
        if "final_obs" in steps[1][4]:
            ended += 1
            infos = [each[4] for each in steps]
            np.testing.assert_array_equal(*(each["_final_obs"] for each in infos))
            found, expected = (np.stack(each["final_obs"][each["_final_obs"]]) for each in infos)
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-5)
    assert ended > 3
    assert (native.metadata["metrics"] == {}) == (env != "Buoy")


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ("Motors", "it declares no batch_reward"),
        ("Rewarded", "of rewards is "),
        ("Worn", "of observations is "),
        ("Pushed", "its step draws random numbers"),
        ("Broken", "its native form is refused: LookupError: no reward"),
        ("History", "expected terms of joint_states, memory without a history, found joint_positions"),
        ("Open", "it declares no batch_reward"),
    ],
)
def test_environment_without_an_equal_native_form_goes_by_gymnasiums_own(envs, env, reason):
    environment = find_environment(f"{envs}:{env}-v0")
    begin = f"environment {envs}:{env}-v0: its copies step one after the other, as "
    assert environment.in_turn.startswith(begin)
    assert reason in environment.in_turn
    assert isinstance(environment.make(2), gym.vector.SyncVectorEnv)


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


def test_environments_own_vector_form_is_used_where_it_restarts_in_the_same_step():
    import ant_sim.envs.vector as vector

    assert isinstance(find_environment("CustomAntEnv-v1").make(2), vector.CustomAntVectorEnv)
    cart_pole = find_environment("CartPole-v1").make(2, is_discrete=True)
    assert isinstance(cart_pole, gym.vector.SyncVectorEnv)


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
    options = "--generations 1 --population 4 --episode-steps 10" if algorithm == "pgpe" else TINY
    arguments = ["--model", str(weak_ant), "--out", str(tmp_path / "run"), *options.split(), *SMALL.split()]
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


def test_subclass_of_the_documentation_has_its_reward_in_both_forms(tmp_path, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "your_robot.md").read_text()
    text = page.partition('title="running_ant.py"\n')[2].partition("```")[0]
    assert text.count("\n") < 40
    (tmp_path / "running_ant.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    single = gym.make("running_ant:RunningAnt-v0")
    batch = find_environment("running_ant:RunningAnt-v0").make(2)
    assert type(batch).__name__ == "RunningAnts"
    expected, _ = single.reset(seed=3)
    found, _ = batch.reset(seed=3)
    rng = np.random.default_rng(0)
    for _ in range(20):
        np.testing.assert_array_equal(found[0], expected)
        actions = rng.uniform(-1.0, 1.0, (2, 8)).astype(np.float32)
        expected, reward, ended, _, info = single.step(actions[0])
        found, rewards, all_ended, _, infos = batch.step(actions)
        assert (rewards[0], all_ended[0]) == (reward, ended)
        assert reward == expected[13] == info["reward_speed"] == infos["reward_speed"][0]
        if ended:
            break
    assert trained("sac", "running_ant:RunningAnt-v0", tmp_path / "run") == 0
    assert Card.load(tmp_path / "run" / "card.yaml").action.scale["hip_1"] == 300.0
