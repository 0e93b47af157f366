from dataclasses import fields

import mujoco
import numpy as np
import pytest

from ant_sim import MODEL_PATH, AntSimulator

JOINT_NAMES = ("hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3", "hip_4", "ankle_4")
ACTUATOR_JOINTS = ("hip_4", "ankle_4", "hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3")
ZERO = np.zeros(8)
COS_45 = np.sqrt(0.5)


def start_by_gymnasium_s_formula(model, rng):
    """qpos and qvel of MujocoEnv's AntEnv.reset_model, with the quaternion brought to norm 1."""
    qpos = model.qpos0 + rng.uniform(-0.1, 0.1, model.nq)
    qvel = 0.1 * rng.standard_normal(model.nv)
    qpos[3:7] /= np.linalg.norm(qpos[3:7])
    return qpos, qvel


def float_in_the_air(simulator):
    """High up, level, still, each joint in the middle of its range."""
    simulator.reset(0)
    data = simulator.data
    data.qpos = [0, 0, 5, 1, 0, 0, 0, *np.deg2rad([0, 50, 0, -50, 0, -50, 0, 50])]
    data.qvel = 0.0
    ranges = simulator.model.jnt_range[1:]
    np.testing.assert_allclose(data.qpos[7:], ranges.mean(axis=1), atol=1e-12)


def trajectory(simulator, actions, between=lambda: None):
    states = []
    for action in actions:
        simulator.step(action)
        between()
        states.append(np.concatenate([simulator.data.qpos, simulator.data.qvel]))
    return np.array(states)


# Model


def test_joints_are_named_in_the_order_of_positions(simulator):
    assert simulator.joint_names == JOINT_NAMES


def test_actuators_are_named_in_the_order_of_controls(simulator):
    assert simulator.actuator_joints == ACTUATOR_JOINTS


def test_gears_and_periods_are_the_model_s(simulator):
    assert simulator.gears.tolist() == [300.0] * 8
    assert simulator.physics_period == 0.01
    assert simulator.control_period == pytest.approx(0.05)


def test_missing_model_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.xml' does not exist"):
        AntSimulator(tmp_path / "nowhere.xml")


def test_folder_is_no_model(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        AntSimulator(tmp_path)


JOINT = '<body><joint name="{}" type="{}"/><geom size="0.1"/></body>'
HINGE, TWO_HINGES = JOINT.format("a", "hinge"), JOINT.format("a", "hinge") + JOINT.format("b", "hinge")
MOTOR = '<motor joint="a"/>'


def robot(root, joints, actuators):
    torso = f'<body>{root}<site name="site"/><geom size="0.1"/>{joints}</body>'
    return f"<mujoco><worldbody>{torso}</worldbody><actuator>{actuators}</actuator></mujoco>"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<mujoco", id="broken XML"),
        pytest.param("<mujoco/>", id="empty"),
        pytest.param(robot("", TWO_HINGES, '<motor joint="b"/>'), id="fixed base"),
        pytest.param(robot("<freejoint/>", "", ""), id="no hinge"),
        pytest.param(robot("<freejoint/>", TWO_HINGES, MOTOR), id="hinge without motor"),
        pytest.param(robot("<freejoint/>", TWO_HINGES, MOTOR * 2), id="two motors on a hinge"),
        pytest.param(robot("<freejoint/>", JOINT.format("a", "slide"), MOTOR), id="slide"),
        pytest.param(robot("<freejoint/>", JOINT.format("a", "ball"), MOTOR), id="ball"),
        pytest.param(robot("<freejoint/>", HINGE, '<position joint="a"/>'), id="servo"),
        pytest.param(robot("<freejoint/>", HINGE, '<motor site="site"/>'), id="motor at a site"),
    ],
)
def test_model_of_another_kind_is_refused_by_its_name(tmp_path, text):
    path = tmp_path / "robot.xml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"model '.*robot\.xml'"):
        AntSimulator(path)


def test_robot_with_a_free_root_and_a_motor_a_hinge_is_a_model(tmp_path):
    path = tmp_path / "robot.xml"
    path.write_text(robot("<freejoint/>", TWO_HINGES, '<motor joint="b"/><motor joint="a" gear="7"/>'))
    simulator = AntSimulator(path)
    simulator.reset(0)
    simulator.step([0.0, 0.5])
    assert simulator.joint_names == ("a", "b")
    assert simulator.state().joint_efforts == [3.5, 0.0]


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
    assert np.linalg.norm(simulator.state().torso_quaternion) == pytest.approx(1.0, abs=1e-12)
    quaternions = trajectory(simulator, random_actions[:200])[:, 3:7]
    np.testing.assert_allclose(np.linalg.norm(quaternions, axis=1), 1.0, rtol=0, atol=1e-12)


# Control


@pytest.mark.parametrize("actuator", range(8))
def test_control_shows_at_the_joint_of_its_actuator(simulator, actuator):
    float_in_the_air(simulator)
    simulator.substep(0.1 * np.eye(8)[actuator])
    joint = JOINT_NAMES.index(ACTUATOR_JOINTS[actuator])
    state = simulator.state()
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


# State


def test_state_is_where_mujoco_has_it(simulator, random_actions):
    simulator.reset(0)
    trajectory(simulator, random_actions[:20])
    state, data = simulator.state(), simulator.data
    assert state.torso_position_w == data.qpos[0:3].tolist()
    assert state.torso_quaternion == data.qpos[3:7].tolist()
    assert state.torso_velocity_w == data.qvel[0:3].tolist()
    assert state.torso_angular_velocity_b == data.qvel[3:6].tolist()
    for i, name in enumerate(JOINT_NAMES):
        assert state.joint_positions[i] == data.joint(name).qpos[0]
        assert state.joint_velocities[i] == data.joint(name).qvel[0]
    assert simulator.torso_height == data.qpos[2]


def test_state_is_a_copy_of_plain_numbers(simulator):
    simulator.reset(0)
    simulator.step(np.full(8, 0.5))
    state, again = simulator.state(), simulator.state()
    for field in fields(state):
        assert {type(value) for value in getattr(state, field.name)} == {float}, field.name
    simulator.step(np.full(8, -0.5))
    assert state == again
    assert state != simulator.state()


def test_torso_yawed_to_the_left_sees_motion_along_world_x_to_its_right(simulator):
    float_in_the_air(simulator)
    simulator.data.qpos[3:7] = [COS_45, 0.0, 0.0, COS_45]
    simulator.data.qvel[0:3] = [2.0, 0.0, 0.0]
    state = simulator.state()
    assert state.torso_velocity_w == [2.0, 0.0, 0.0]
    assert state.torso_velocity_b == pytest.approx((0.0, -2.0, 0.0), abs=1e-12)


def test_torso_velocity_is_the_derivative_of_its_position(simulator):
    float_in_the_air(simulator)
    simulator.data.qvel[:6] = [1.0, -2.0, 3.0, 0.5, 0.3, -0.4]
    before = simulator.state()
    simulator.substep(ZERO)
    after = simulator.state()
    displacement = np.subtract(after.torso_position_w, before.torso_position_w)
    mean_velocity = np.add(before.torso_velocity_w, after.torso_velocity_w) / 2
    np.testing.assert_allclose(displacement / simulator.physics_period, mean_velocity, rtol=0, atol=1e-3)


# IMU


def test_imu_reads_gravity_on_z_at_rest(simulator):
    simulator.reset(0)
    for _ in range(2000):
        simulator.step(ZERO)
        if np.abs(simulator.data.qvel).max() < 1e-4:
            break
    reading = simulator.imu()
    np.testing.assert_allclose(reading.linear_acceleration_b, [0.0, 0.0, 9.81], atol=0.05)
    np.testing.assert_allclose(reading.angular_velocity_b, 0.0, atol=1e-3)


def test_imu_reads_nothing_in_free_flight_without_effort(simulator):
    float_in_the_air(simulator)
    simulator.step(ZERO)
    assert simulator.state().torso_velocity_w[2] == pytest.approx(-0.05 * 9.81)
    np.testing.assert_allclose(simulator.imu().linear_acceleration_b, 0.0, atol=1e-9)


def test_imu_reads_what_mujoco_s_sensors_do(simulator, random_actions):
    spec = mujoco.MjSpec.from_file(str(MODEL_PATH))
    spec.body("torso").add_site(name="imu")
    for kind in (mujoco.mjtSensor.mjSENS_ACCELEROMETER, mujoco.mjtSensor.mjSENS_GYRO):
        spec.add_sensor(type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname="imu")
    model = spec.compile()
    data = mujoco.MjData(model)
    simulator.reset(0)
    for action in random_actions[:200]:
        simulator.step(action)
        reading = simulator.imu()
        data.qpos, data.qvel, data.ctrl = simulator.data.qpos, simulator.data.qvel, simulator.data.ctrl
        mujoco.mj_forward(model, data)
        # The two solve for the contact forces from different starting points.
        np.testing.assert_allclose(reading.linear_acceleration_b, data.sensordata[:3], rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(reading.angular_velocity_b, data.sensordata[3:], rtol=0, atol=1e-12)
        assert reading.quaternion == simulator.state().torso_quaternion


def test_imu_reads_the_same_again(simulator, random_actions):
    simulator.reset(0)
    for action in random_actions[:100]:
        simulator.step(action)
        assert simulator.imu() == simulator.imu()


def test_looking_does_not_change_the_trajectory(simulator, reference, random_actions):
    reference.reset(0)
    expected = trajectory(reference, random_actions[:300])
    simulator.reset(0)
    simulator.imu()
    found = trajectory(simulator, random_actions[:300], between=lambda: (simulator.imu(), simulator.state()))
    np.testing.assert_array_equal(found, expected)
