import numpy as np
import pytest


def start_by_gymnasium_s_formula(model, rng):
    """qpos and qvel of MujocoEnv's AntEnv.reset_model, with the quaternion brought to norm 1."""
    qpos = model.qpos0 + rng.uniform(-0.1, 0.1, model.nq)
    qvel = 0.1 * rng.standard_normal(model.nv)
    qpos[3:7] /= np.linalg.norm(qpos[3:7])
    return qpos, qvel


def trajectory(simulator, actions, between=lambda: None):
    states = []
    for action in actions:
        simulator.step(action)
        between()
        states.append(np.concatenate([simulator.data.qpos, simulator.data.qvel]))
    return np.array(states)


# Reset


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**63 - 1])
def test_reset_with_a_seed_follows_gymnasium_s_formula(simulator, seed):
    simulator.reset(seed)
    qpos, qvel = start_by_gymnasium_s_formula(simulator.model, np.random.default_rng(seed))
    np.testing.assert_allclose(simulator.data.qpos, qpos, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(simulator.data.qvel, qvel)


def test_reset_without_a_seed_goes_on_with_the_generator(simulator):
    rng = np.random.default_rng(3)
    simulator.reset(3)
    start_by_gymnasium_s_formula(simulator.model, rng)
    for _ in range(3):
        simulator.reset()
        qpos, qvel = start_by_gymnasium_s_formula(simulator.model, rng)
        np.testing.assert_allclose(simulator.data.qpos, qpos, rtol=0, atol=1e-15)
        np.testing.assert_array_equal(simulator.data.qvel, qvel)


def test_reset_with_a_generator_draws_from_it(simulator, reference):
    rng = np.random.default_rng(4)
    simulator.reset(rng)
    simulator.reset()
    reference.reset(4)
    reference.reset()
    np.testing.assert_array_equal(simulator.data.qpos, reference.data.qpos)
    assert rng.random() != np.random.default_rng(4).random()


def test_reset_leaves_nothing_of_the_last_episode(simulator, reference, random_actions):
    reference.reset(5)
    expected = trajectory(reference, random_actions[:30])
    trajectory(simulator, random_actions[:50])
    simulator.reset(5)
    assert simulator.state().joint_efforts == [0.0] * 8
    np.testing.assert_array_equal(trajectory(simulator, random_actions[:30]), expected)


def test_orientation_is_unit_at_reset_and_ever_after(simulator, random_actions):
    simulator.reset(6)
    assert np.linalg.norm(simulator.state().base_quaternion) == pytest.approx(1.0, abs=1e-12)
    quaternions = trajectory(simulator, random_actions[:200])[:, 3:7]
    np.testing.assert_allclose(np.linalg.norm(quaternions, axis=1), 1.0, rtol=0, atol=1e-12)


# Control


@pytest.mark.parametrize("actuator", range(8))
def test_control_shows_at_the_joint_of_its_actuator(floating, actuator):
    floating.substep(0.1 * np.eye(8)[actuator])
    joint = floating.joint_names.index(floating.actuator_joints[actuator])
    state = floating.state()
    assert state.joint_efforts == pytest.approx(30.0 * np.eye(8)[joint])
    assert np.argmax(np.abs(state.joint_velocities)) == joint
    assert state.joint_velocities[joint] > 0.1


def test_effort_is_300_newton_metres_times_the_clipped_control(simulator):
    simulator.reset(0)
    simulator.step([0.1, -0.2, 0.3, -0.4, 1.0, -1.0, 1.5, -7.0])
    efforts = dict(zip(simulator.joint_names, simulator.state().joint_efforts, strict=True))
    assert efforts == pytest.approx(
        {"hip_4": 30, "ankle_4": -60, "hip_1": 90, "ankle_1": -120}
        | {"hip_2": 300, "ankle_2": -300, "hip_3": 300, "ankle_3": -300}
    )


def test_control_beyond_one_moves_like_one(simulator, reference):
    for ant, size in ((simulator, 1.0), (reference, 5.0)):
        ant.reset(0)
        ant.step(np.full(8, size))
    np.testing.assert_array_equal(simulator.data.qpos, reference.data.qpos)


def test_five_substeps_are_one_step(simulator, reference, random_actions):
    simulator.reset(0)
    reference.reset(0)
    for action in random_actions[:100]:
        simulator.step(action)
        for _ in range(5):
            reference.substep(action)
        assert np.array_equal(simulator.data.qpos, reference.data.qpos)


@pytest.mark.parametrize(
    ("control", "message"),
    [
        (np.zeros(7), r"shape \(7,\), expected \(8,\)"),
        (np.zeros((1, 8)), r"shape \(1, 8\), expected \(8,\)"),
        (0.0, r"shape \(\), expected \(8,\)"),
        ([0.0] * 7 + [np.nan], "not finite: .*nan"),
        ([np.inf] + [0.0] * 7, "not finite: .*inf"),
    ],
)
@pytest.mark.parametrize("move", ["step", "substep"])
def test_bad_control_is_refused_and_the_robot_does_not_move(simulator, move, control, message):
    simulator.reset(0)
    simulator.step(np.full(8, 0.25))
    before, state = simulator.data.qpos.copy(), simulator.state()
    with pytest.raises(ValueError, match=message):
        getattr(simulator, move)(control)
    np.testing.assert_array_equal(simulator.data.qpos, before)
    assert simulator.state() == state


def test_looking_does_not_change_the_trajectory(simulator, reference, random_actions):
    reference.reset(0)
    expected = trajectory(reference, random_actions[:300])
    simulator.reset(0)
    simulator.proper_acceleration_b()
    found = trajectory(
        simulator, random_actions[:300], between=lambda: (simulator.proper_acceleration_b(), simulator.state())
    )
    np.testing.assert_array_equal(found, expected)
