"""State and IMU readings of the simulator."""

from dataclasses import fields

import mujoco
import numpy as np
import pytest

from ant_sim import MODEL_PATH

ZERO = np.zeros(8)
COS_45 = np.sqrt(0.5)


# State


def test_state_is_where_mujoco_has_it(simulator, random_actions):
    simulator.reset(0)
    for action in random_actions[:20]:
        simulator.step(action)
    state, data = simulator.state(), simulator.data
    assert state.base_position_w == data.qpos[0:3].tolist()
    assert state.base_quaternion == data.qpos[3:7].tolist()
    assert state.base_velocity_w == data.qvel[0:3].tolist()
    assert state.base_angular_velocity_b == data.qvel[3:6].tolist()
    for i, name in enumerate(simulator.joint_names):
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


def test_torso_yawed_to_the_left_sees_motion_along_world_x_to_its_right(floating):
    floating.data.qpos[3:7] = [COS_45, 0.0, 0.0, COS_45]
    floating.data.qvel[0:3] = [2.0, 0.0, 0.0]
    state = floating.state()
    assert state.base_velocity_w == [2.0, 0.0, 0.0]
    assert state.base_velocity_b == pytest.approx((0.0, -2.0, 0.0), abs=1e-12)


def test_torso_velocity_is_the_derivative_of_its_position(floating):
    floating.data.qvel[:6] = [1.0, -2.0, 3.0, 0.5, 0.3, -0.4]
    before = floating.state()
    floating.substep(ZERO)
    after = floating.state()
    displacement = np.subtract(after.base_position_w, before.base_position_w)
    mean_velocity = np.add(before.base_velocity_w, after.base_velocity_w) / 2
    np.testing.assert_allclose(displacement / floating.physics_period, mean_velocity, rtol=0, atol=1e-3)


# IMU


def test_imu_reads_gravity_on_z_at_rest(simulator):
    simulator.reset(0)
    for _ in range(2000):
        simulator.step(ZERO)
        if np.abs(simulator.data.qvel).max() < 1e-4:
            break
    np.testing.assert_allclose(simulator.proper_acceleration_b(), [0.0, 0.0, 9.81], atol=0.05)
    np.testing.assert_allclose(simulator.state().base_angular_velocity_b, 0.0, atol=1e-3)


def test_imu_reads_nothing_in_free_flight_without_effort(floating):
    floating.step(ZERO)
    assert floating.state().base_velocity_w[2] == pytest.approx(-0.05 * 9.81)
    np.testing.assert_allclose(floating.proper_acceleration_b(), 0.0, atol=1e-9)


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
        acceleration, state = simulator.proper_acceleration_b(), simulator.state()
        data.qpos, data.qvel, data.ctrl = simulator.data.qpos, simulator.data.qvel, simulator.data.ctrl
        mujoco.mj_forward(model, data)
        # The two solve for the contact forces from different starting points.
        np.testing.assert_allclose(acceleration, data.sensordata[:3], rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(state.base_angular_velocity_b, data.sensordata[3:], rtol=0, atol=1e-12)


def test_imu_reads_the_same_again(simulator, random_actions):
    simulator.reset(0)
    for action in random_actions[:100]:
        simulator.step(action)
        assert simulator.proper_acceleration_b() == simulator.proper_acceleration_b()
