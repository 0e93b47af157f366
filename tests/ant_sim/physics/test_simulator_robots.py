"""Simulation of robots of other kinds than the Ant: fixed roots, slides, position and velocity actuators."""

from pathlib import Path

import gymnasium
import mujoco
import numpy as np
import pytest
from mjcf import ARM, CART, GO1, ROVER

from ant_sim.physics.drives import Drive

needs_go1 = pytest.mark.skipif(not GO1.is_file(), reason="the Go1's model is not here (shared/robots/go1)")


def by_joint(simulator, values):
    return dict(zip(simulator.joint_names, values, strict=True))


# Reset and periods


def test_reset_places_the_robot_in_its_own_pose_without_noise(simulate):
    simulator = simulate(ARM)
    simulator.step([1.0, 1.0, 1.0])
    simulator.reset(3)
    assert simulator.state().joint_positions == [0.0, 0.0, 0.0]
    assert simulator.state().joint_efforts == [0.0, 0.0, 0.0]


def test_keyframe_is_the_initial_pose_and_the_first_position_target(simulate):
    simulator = simulate(ARM, keyframe="home")
    assert simulator.state().joint_positions == [0.5, -0.8, 0.2]
    assert simulator.data.ctrl.tolist() == [0.2, 2 * 0.5, -0.8]
    simulator.step([0.0, 0.0, 0.0])
    simulator.reset()
    assert simulator.data.ctrl.tolist() == [0.2, 2 * 0.5, -0.8]


def test_home_is_the_initial_keyframe_of_a_model_that_has_it(simulate):
    assert [simulate(mjcf).robot.initial_keyframe for mjcf in (ARM, ROVER)] == ["home", ""]


def test_largest_efforts_are_those_of_the_actuators(simulate):
    arm, cart = simulate(ARM).robot, simulate(CART).robot
    assert [arm.max_effort(name) for name in ("shoulder", "elbow")] == [120.0, np.inf]
    assert [cart.max_effort(name) for name in ("rail", "lift", "pivot")] == [10.0, np.inf, 0.0]
    assert [cart.effort_unit(name) for name in ("rail", "pivot")] == ["N", "N m"]


def test_unknown_keyframe_is_named_with_those_there_are(simulate):
    with pytest.raises(ValueError, match="keyframe 'standing' is not in the model; available: home, folded"):
        simulate(ARM, keyframe="standing")


@pytest.mark.parametrize("period", [0.003, 0.0011, 1e-9])
def test_control_period_is_a_multiple_of_the_physics_step(simulate, period):
    with pytest.raises(ValueError, match=rf"control_period is {period:g} s; expected a multiple .* 0\.002 s"):
        simulate(ARM, control_period=period)
    assert simulate(ARM, control_period=0.006).frame_skip == 3


def test_noise_moves_joints_and_keeps_the_orientation_unit(simulate):
    simulator = simulate(ROVER, reset_noise=0.1)
    simulator.reset(1)
    first = simulator.state()
    assert np.linalg.norm(first.base_quaternion) == pytest.approx(1.0, abs=1e-12)
    simulator.reset(1)
    assert simulator.state() == first
    simulator.reset()
    assert simulator.state() != first


# Efforts


def test_position_actuators_apply_the_effort_of_their_gains(simulate):
    simulator = simulate(ARM, control_period=0.002)
    simulator.step([0.1, 0.2, 0.3])
    efforts = by_joint(simulator, simulator.state().joint_efforts)
    assert efforts == pytest.approx({"wrist": 5 * 0.1, "shoulder": 2 * 50 * 0.2, "elbow": 40 * 0.3})
    simulator.step([0.0, 30.0, 10.0])
    efforts = by_joint(simulator, simulator.state().joint_efforts)
    assert efforts["shoulder"] == pytest.approx(2 * 60.0)  # of the force range
    assert efforts["elbow"] == pytest.approx(40 * 1.0, rel=0.05)  # of the control range


def test_arm_goes_to_its_targets(simulate):
    simulator = simulate(ARM, keyframe="folded")
    targets = {"shoulder": 0.3, "elbow": -0.4, "wrist": 1.0}
    ctrl = [targets[name] for name in simulator.actuator_joints] * simulator.gears
    for _ in range(300):
        simulator.step(ctrl)
    assert by_joint(simulator, simulator.state().joint_positions) == pytest.approx(targets, abs=0.1)


def test_wheels_turn_at_their_velocities_and_the_rover_drives(simulate):
    simulator = simulate(ROVER)
    for _ in range(100):
        simulator.step([5.0, 5.0])
    state = simulator.state()
    assert state.joint_velocities == pytest.approx([5.0, 5.0], abs=0.5)
    assert abs(state.base_velocity_b[0]) == pytest.approx(0.5, abs=0.1)


def test_slides_move_in_metres_and_a_passive_hinge_has_no_effort(simulate):
    simulator = simulate(CART)
    simulator.step([0.5, 0.0])
    state = simulator.state()
    assert by_joint(simulator, state.joint_efforts) == {"rail": 5.0, "lift": 0.0, "pivot": 0.0}
    positions = by_joint(simulator, state.joint_positions)
    assert 0.0 < positions["rail"] < 0.1
    assert positions["pivot"] != 0.0
    assert simulator.data.body("cart").xpos[0] == pytest.approx(positions["rail"], abs=1e-3)


# Drives


def test_limp_joints_have_no_effort(simulate):
    for mjcf in (ARM, ROVER):
        simulator = simulate(mjcf)
        simulator.drive(Drive.LIMP)
        simulator.step(np.ones(len(simulator.gears)))
        assert set(simulator.state().joint_efforts) == {0.0}


def test_damped_joints_resist_their_velocity_alone(simulate):
    simulator = simulate(ARM, control_period=0.002)
    simulator.data.qvel = 1.0
    simulator.drive(Drive.DAMP)
    simulator.step([9.0, 9.0, 0.9])
    efforts = by_joint(simulator, simulator.state().joint_efforts)
    assert efforts["shoulder"] == pytest.approx(-2 * 2 * 2.0)  # the model's kv, both ways through the gear
    assert efforts["elbow"] < -1.0
    assert efforts["wrist"] < -0.001
    simulator.data.qvel = 0.0
    simulator.step(None)
    assert simulator.state().joint_efforts == [0.0, 0.0, 0.0]


def test_damping_without_that_of_the_model_is_critical_of_the_servo(simulate):
    simulator = simulate(ARM)
    simulator.drive(Drive.DAMP)
    model = simulator.model
    for name, stiffness in (("wrist", 5.0), ("elbow", 40.0)):
        inertia = 1.0 / model.dof_invweight0[model.joint(name).dofadr[0]]
        assert model.actuator(name).biasprm[2] == pytest.approx(-2.0 * np.sqrt(stiffness * inertia))


def test_damped_robot_sinks_and_stays_finite(simulate):
    simulator = simulate(ARM, keyframe="home")
    simulator.drive(Drive.DAMP)
    for _ in range(500):
        simulator.step(None)
        assert np.abs(simulator.state().joint_velocities).max() < 3.0
    assert abs(simulator.state().joint_positions[0]) > 1.0


@pytest.mark.parametrize("stop", [Drive.LIMP, Drive.DAMP])
def test_gains_come_back_with_the_next_command_and_with_a_reset(simulate, stop):
    simulator, reference = simulate(ARM), simulate(ARM)
    gains = [simulator.model.actuator_gainprm.copy(), simulator.model.actuator_biasprm.copy()]
    for back in (lambda: simulator.drive(Drive.FOLLOW), simulator.reset):
        simulator.drive(stop)
        assert not np.array_equal(simulator.model.actuator_gainprm, gains[0])
        back()
        np.testing.assert_array_equal(simulator.model.actuator_gainprm, gains[0])
        np.testing.assert_array_equal(simulator.model.actuator_biasprm, gains[1])
    for each in (simulator, reference):
        each.step([0.1, 0.2, 0.3])
    assert simulator.state() == reference.state()


# Base


def test_fixed_root_stays_where_it_is(simulate):
    simulator = simulate(ARM)
    simulator.step([0.0, 3.0, 1.0])
    state = simulator.state()
    assert (state.base_position_w, state.base_quaternion) == ([0.0, 0.0, 0.5], [1.0, 0.0, 0.0, 0.0])
    assert state.base_velocity_b == (0.0, 0.0, 0.0)
    assert state.base_angular_velocity_b == [0.0, 0.0, 0.0]
    assert simulator.proper_acceleration_b() == pytest.approx((0.0, 0.0, 9.81))
    assert simulate(CART).state().base_position_w == [0.0, 0.0, 0.0]
    assert simulate(CART).proper_acceleration_b() == pytest.approx((0.0, 0.0, 9.81))


def test_base_on_a_moving_body_has_its_pose_and_twist(simulate):
    simulator = simulate(ARM, "hand")
    for _ in range(20):
        simulator.step([0.4, 2.0, 0.7])
    before = simulator.state()
    simulator.substep([0.4, 2.0, 0.7])
    after, dt = simulator.state(), simulator.physics_period
    moved = np.subtract(after.base_position_w, before.base_position_w) / dt
    np.testing.assert_allclose(moved, after.base_velocity_w, atol=1e-2)  # Euler's method
    assert np.linalg.norm(after.base_velocity_w) == pytest.approx(np.linalg.norm(after.base_velocity_b))
    turned = np.empty(3)
    mujoco.mju_subQuat(turned, np.array(after.base_quaternion), np.array(before.base_quaternion))
    mean = np.add(before.base_angular_velocity_b, after.base_angular_velocity_b) / 2
    np.testing.assert_allclose(turned / dt, mean, atol=5e-2)
    assert simulator.base_height == after.base_position_w[2]


def test_looking_at_a_moving_base_does_not_change_the_trajectory(simulate):
    simulator, reference = simulate(ARM, "hand"), simulate(ARM, "hand")
    for _ in range(50):
        simulator.step([0.1, 0.5, 0.3])
        simulator.state()
        simulator.proper_acceleration_b()
        reference.step([0.1, 0.5, 0.3])
    np.testing.assert_array_equal(simulator.data.qpos, reference.data.qpos)


@pytest.mark.parametrize(
    ("base_link", "site"),
    [("chassis", 'name="hub"'), ("left", 'name="hub"'), ("left", 'name="imu" pos="0.05 0 0.01" euler="0 0 90"')],
)
def test_imu_reads_what_mujoco_s_does_in_the_frame_of_the_base(simulate, base_link, site):
    # In the chassis the model's own, which is turned; in the wheel none: one at the origin or site is the reference.
    text = ROVER.replace('<joint name="left_wheel"', f'<site {site}/><joint name="left_wheel"')
    name = site.split('"')[1]
    simulator = simulate(text, base_link)
    spec = mujoco.MjSpec.from_string(text)
    spec.add_sensor(
        type=mujoco.mjtSensor.mjSENS_ACCELEROMETER, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=name, name="reference"
    )
    model = spec.compile()
    data = mujoco.MjData(model)
    for step in range(50):
        simulator.step([5.0, -3.0 + 0.1 * step])
        data.qpos, data.qvel, data.ctrl = simulator.data.qpos, simulator.data.qvel, simulator.data.ctrl
        data.qacc_warmstart = simulator.data.qacc_warmstart
        mujoco.mj_forward(model, data)
        gyro, accelerometer = data.sensordata[0:3], data.sensordata[3:6]
        if base_link == "chassis":
            velocity = simulator.state().base_angular_velocity_b
            np.testing.assert_allclose(velocity, [-gyro[1], gyro[0], gyro[2]], rtol=0, atol=1e-12)
        else:
            accelerometer = data.sensor("reference").data
        x, y, z = accelerometer
        expected = accelerometer if name == "hub" and base_link == "left" else (-y, x, z)
        np.testing.assert_allclose(simulator.proper_acceleration_b(), expected, rtol=1e-3, atol=1e-2)


# Robots of others


@pytest.mark.filterwarnings("ignore:compiler attribute")
@pytest.mark.parametrize(
    "name", ["ant", "half_cheetah", "hopper", "humanoid", "inverted_pendulum", "point", "pusher", "reacher", "walker2d"]
)
def test_gymnasium_s_robots_move_as_in_a_plain_loop(simulate, name):
    path = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets" / f"{name}.xml"
    model = mujoco.MjModel.from_xml_path(str(path))
    data = mujoco.MjData(model)
    simulator = simulate(path, control_period=3 * model.opt.timestep)
    rng = np.random.default_rng(0)
    for _ in range(50):
        ctrl = rng.uniform(-1.0, 1.0, model.nu)
        simulator.step(ctrl)
        simulator.state()
        simulator.proper_acceleration_b()
        data.ctrl = ctrl
        mujoco.mj_step(model, data, nstep=3)
        np.testing.assert_array_equal(simulator.data.qpos, data.qpos)
    state = by_joint(simulator, simulator.state().joint_efforts)
    for i, joint in enumerate(simulator.actuator_joints):
        assert state[joint] == pytest.approx(model.actuator_gear[i, 0] * np.clip(ctrl[i], *model.actuator_ctrlrange[i]))


@needs_go1
def test_go1_moves_as_in_a_plain_loop(simulate):
    simulator = simulate(GO1, keyframe="home")
    model = mujoco.MjModel.from_xml_path(str(GO1))
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    rng = np.random.default_rng(0)
    for _ in range(100):
        ctrl = data.ctrl + rng.uniform(-0.05, 0.05, 12)
        simulator.step(ctrl)
        simulator.state()
        simulator.proper_acceleration_b()
        data.ctrl = ctrl
        mujoco.mj_step(model, data, nstep=5)
        np.testing.assert_array_equal(simulator.data.qpos, data.qpos)
    efforts = simulator.state().joint_efforts
    np.testing.assert_array_equal(efforts, data.qfrc_actuator[6:])
    assert np.abs(efforts).max() > 1.0
