from dataclasses import fields

import gymnasium as gym
import mujoco
import numpy as np
import pytest

from ant_sim import MODEL_PATH
from ant_sim.physics.batch import AntBatch
from ant_sim.physics.randomisation import NOISE, Randomisation

N = 6
EVERYTHING = Randomisation((0.7, 1.3), (0.5, 1.5), (0.5, 1.5), (0.8, 1.2), (0, 2), 1.0, 0.5)


def batch(randomisation, n=N, threads=1, seed=0):
    robots = AntBatch(n, threads, randomisation=randomisation)
    for robot in range(n):
        robots.reset(robot, np.random.default_rng(seed + robot))
    return robots


def run(robots, steps=20, seed=5):
    """Trajectory (steps, n, 27) under random controls."""
    rng = np.random.default_rng(seed)
    trajectory = []
    for _ in range(steps):
        robots.step(rng.uniform(-1.0, 1.0, (robots.num_robots, 8)))
        trajectory.append(robots.observe())
    return np.array(trajectory)


def test_defaults_change_nothing():
    assert np.array_equal(run(batch(Randomisation())), run(batch(None)))


def test_robots_are_what_a_changed_model_is():
    robots = batch(Randomisation(mass=(1.3, 1.3), friction=(0.5, 0.5), damping=(2.0, 2.0), gear=(0.8, 0.8)), 1)
    model = mujoco.MjModel.from_xml_path(str(MODEL_PATH))
    model.body_mass *= 1.3
    model.body_inertia *= 1.3
    model.geom_friction *= 0.5
    model.dof_damping *= 2.0
    model.actuator_gear *= 0.8
    data = mujoco.MjData(model)
    mujoco.mj_setConst(model, data)
    reset = batch(None, 1)
    data.qpos[:], data.qvel[:] = reset._qpos[0], reset._qvel[0]
    rng = np.random.default_rng(5)
    for _ in range(20):
        ctrl = rng.uniform(-1.0, 1.0, (1, 8))
        robots.step(ctrl)
        data.ctrl[:] = ctrl[0]
        mujoco.mj_step(model, data, nstep=5)
    assert robots._qpos[0] == pytest.approx(data.qpos, abs=1e-9)
    assert not np.allclose(robots._qpos[0], run(batch(None, 1))[-1, 0, :15], atol=1e-3)


@pytest.mark.parametrize("latency", [1, 2])
def test_command_comes_late_by_physics_steps(latency):
    robots, reference = batch(Randomisation(latency=(latency, latency)), 1), batch(None, 1)
    last = np.zeros((1, 8))
    for step in range(5):
        ctrl = np.full((1, 8), 0.1 * (step + 1))
        robots.step(ctrl)
        reference._ctrl[:] = last
        reference.batch.step(nstep=latency)
        reference._ctrl[:] = ctrl
        reference.batch.step(nstep=5 - latency)
        last = ctrl
    assert np.array_equal(robots._qpos, reference._qpos)


def test_factors_are_uniform_in_their_range_and_drawn_anew():
    robots = AntBatch(1, 1, randomisation=Randomisation(mass=(0.7, 1.3)))
    rng = np.random.default_rng(1)
    nominal = robots.model.body_mass[1]
    masses = []
    for _ in range(500):
        robots.reset(0, rng)
        masses.append(robots.batch.expanded("body_mass")[0, 1] / nominal)
    assert 0.7 <= min(masses) < 0.71
    assert 1.29 < max(masses) <= 1.3
    assert np.mean(masses) == pytest.approx(1.0, abs=0.03)


def test_latencies_are_all_drawn():
    robots = batch(Randomisation(latency=(0, 2)), 60)
    assert set(robots._randomiser.latency) == {0, 1, 2}


def test_noise_has_its_standard_deviation_and_quaternions_stay_unit():
    noisy = batch(Randomisation(observation_noise=2.0), 1)
    exact = batch(None, 1).observe()
    samples = np.array([noisy.observe()[0] for _ in range(3000)])
    parts = np.r_[0, 5:27]
    assert samples[:, parts].std(axis=0) == pytest.approx(2.0 * NOISE[parts], rel=0.1)
    assert samples.mean(axis=0) == pytest.approx(exact[0], abs=0.02)
    assert np.linalg.norm(samples[:, 1:5], axis=1) == pytest.approx(1.0)
    assert noisy.heights() == pytest.approx(exact[:, 0]), "the true height"


def test_error_of_the_zeros_is_in_measured_joint_positions_alone_and_stays_for_an_episode():
    robots = batch(Randomisation(zero_offset=0.1), 50)
    error = robots.observe() - robots.states()
    assert 0.09 < np.abs(error[:, 5:13]).max() <= 0.1
    assert not np.delete(error, np.s_[5:13], axis=1).any()
    robots.step(np.zeros((50, 8)))
    np.testing.assert_allclose(robots.observe() - robots.states(), error, atol=1e-12)


def test_pushes_change_velocities_once_a_second():
    robots = AntBatch(50, 1, randomisation=Randomisation(push=1.0))
    for robot in range(50):
        robots.reset(robot, np.random.default_rng(robot))
    pushed = 0
    for _ in range(100):
        before = robots._qvel.copy()
        robots._randomiser.push()
        pushed += int((robots._qvel[:, :3] != before[:, :3]).all(axis=1).sum())
        assert np.array_equal(robots._qvel[:, 3:], before[:, 3:])
    assert pushed == pytest.approx(0.02 * 5000, rel=0.3)


@pytest.mark.parametrize("threads", [1, 2])
def test_same_seed_gives_the_same_robots_at_any_number_of_threads(threads):
    assert np.array_equal(run(batch(EVERYTHING, threads=threads)), run(batch(EVERYTHING)))


def test_robot_does_not_depend_on_the_others():
    few, many = batch(EVERYTHING, 2), batch(EVERYTHING, 5)
    ctrl = np.random.default_rng(0).uniform(-1.0, 1.0, (5, 8))
    for _ in range(10):
        few.step(ctrl[:2])
        many.step(ctrl)
    assert np.array_equal(few.observe(), many.observe()[:2])


def test_environments_go_on_from_their_state():
    def make():
        return gym.make_vec("CustomAntEnv-v1", num_envs=3, num_threads=1, max_episode_steps=8, randomisation=EVERYTHING)

    rng = np.random.default_rng(2)
    actions = rng.uniform(-1.0, 1.0, (20, 3, 8)).astype(np.float32)
    envs = make()
    envs.reset(seed=4)
    for action in actions[:10]:
        envs.step(action)
    state = envs.unwrapped.state()
    expected = [envs.step(action)[0] for action in actions[10:]]
    other = make()
    other.reset(seed=99)
    other.unwrapped.set_state(state)
    assert all(np.array_equal(other.step(a)[0], x) for a, x in zip(actions[10:], expected, strict=True))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"mass": (0.0, 1.0)}, "mass is 0.0 to 1.0; expected a range of factors greater than 0"),
        ({"gear": (1.2, 1.0)}, "gear is 1.2 to 1.0"),
        ({"latency": (-1, 2)}, "latency is"),
        ({"push": -1.0}, "push is -1.0; expected at least 0"),
        ({"observation_noise": float("nan")}, "observation_noise is nan"),
    ],
)
def test_impossible_values_are_named(values, text):
    with pytest.raises(ValueError, match=text):
        Randomisation(**values)


def test_command_may_not_come_after_the_next_one():
    with pytest.raises(ValueError, match="expected at most 5 physics steps"):
        AntBatch(1, 1, randomisation=Randomisation(latency=(0, 6)))


def test_every_field_is_used():
    """A change of each alone changes the trajectory."""
    plain = run(batch(Randomisation()))
    changed = {"latency": (2, 2), "observation_noise": 1.0, "push": 1.0, "zero_offset": 0.1}
    for field in fields(Randomisation):
        value = changed.get(field.name, (0.5, 0.6))
        assert not np.array_equal(run(batch(Randomisation(**{field.name: value})), 60), plain), field.name
