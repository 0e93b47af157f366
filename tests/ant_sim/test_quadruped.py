"""The quadruped's model is the published robot, stands on its servos and is its own mirror image."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

MODEL_PATH = Path(__file__).parents[2] / "assets" / "quadruped" / "robot.xml"
LEGS = ("FL", "FR", "RL", "RR")
JOINTS = [f"{leg}_{part}" for leg in LEGS for part in ("hip", "thigh", "calf")]


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_path(str(MODEL_PATH))


@pytest.fixture
def data(model):
    """The robot in its pose `home`, its targets the same."""
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("home").id)
    mujoco.mj_forward(model, data)
    return data


def tilt(data):
    """Angle [rad] between the trunk's z axis and the vertical."""
    return np.arccos(np.clip(data.body("trunk").xmat[8], -1.0, 1.0))


def simulate(model, data, seconds):
    for _ in range(round(seconds / model.opt.timestep)):
        mujoco.mj_step(model, data)


def test_joints_and_actuators_have_the_same_names_in_the_same_order(model):
    assert [model.joint(i).name for i in range(1, model.njnt)] == JOINTS
    assert [model.actuator(i).name for i in range(model.nu)] == JOINTS
    assert [model.joint(model.actuator(i).trnid[0]).name for i in range(model.nu)] == JOINTS
    assert model.joint("root").type[0] == mujoco.mjtJoint.mjJNT_FREE
    assert model.body("trunk").parentid[0] == 0


@pytest.mark.parametrize(
    ("part", "limits", "torque"),
    [("hip", (-1.047, 1.047), 23.7), ("thigh", (-0.663, 2.966), 23.7), ("calf", (-2.721, -0.837), 35.55)],
)
def test_limits_torques_and_gains_are_the_published_ones(model, part, limits, torque):
    for leg in LEGS:
        joint, actuator = model.joint(f"{leg}_{part}"), model.actuator(f"{leg}_{part}")
        np.testing.assert_allclose(joint.range, limits)
        np.testing.assert_allclose(actuator.ctrlrange, limits)
        np.testing.assert_allclose(actuator.forcerange, (-torque, torque))
        assert actuator.gainprm[0] == -actuator.biasprm[1] == 35.0
        assert joint.damping[0] == 0.5


def test_masses_and_lengths_are_the_published_ones(model, data):
    assert model.body("trunk").subtreemass[0] == pytest.approx(12.012)
    for leg in LEGS:
        hip, thigh, calf = (data.body(f"{leg}_{part}").xpos for part in ("hip", "thigh", "calf"))
        foot = data.geom(f"{leg}_foot").xpos
        assert np.linalg.norm(thigh - hip) == pytest.approx(0.08)
        assert np.linalg.norm(calf - thigh) == pytest.approx(0.213)
        assert np.linalg.norm(foot - calf) == pytest.approx(0.213)


def test_robot_at_home_touches_the_floor_with_its_feet_alone(model, data):
    touching = {frozenset((model.geom(c.geom1).name, model.geom(c.geom2).name)) for c in data.contact}
    assert touching == {frozenset(("floor", f"{leg}_foot")) for leg in LEGS}
    assert np.abs(data.contact.dist).max() < 1e-3


def test_robot_stands_still_on_its_servos(model, data):
    simulate(model, data, 5.0)
    position = data.qpos.copy()
    simulate(model, data, 5.0)
    assert data.qpos[2] == pytest.approx(0.29, abs=0.01)
    assert tilt(data) < np.deg2rad(2.0)
    np.testing.assert_allclose(data.qpos, position, atol=1e-2)
    assert np.abs(data.qvel).max() < 1e-2
    force = sum(_floor_force(model, data, contact) for contact in range(data.ncon))
    assert force == pytest.approx(12.012 * 9.81, rel=1e-2)


def _floor_force(model, data, contact):
    """Vertical force [N] of a contact with the level floor."""
    wrench = np.zeros(6)
    mujoco.mj_contactForce(model, data, contact, wrench)
    return wrench[0]


def test_robot_falls_from_a_steep_tilt_and_stays_upright_from_a_small_one(model, data):
    start = data.qpos.copy()
    for angle, falls in ((0.1, False), (1.2, True)):
        mujoco.mj_resetDataKeyframe(model, data, 0)
        data.qpos[:] = start
        data.qpos[2] = 0.33
        data.qpos[3:7] = [np.cos(angle / 2), np.sin(angle / 2), 0.0, 0.0]
        simulate(model, data, 3.0)
        assert (tilt(data) > 1.0) == falls
        assert np.isfinite(data.qpos).all()


def test_unpowered_robot_sinks_to_the_floor(model, data):
    gains = model.actuator_gainprm[:, 0].copy(), model.actuator_biasprm[:, 1].copy()
    model.actuator_gainprm[:, 0] = model.actuator_biasprm[:, 1] = 0.0
    simulate(model, data, 2.0)
    model.actuator_gainprm[:, 0], model.actuator_biasprm[:, 1] = gains
    assert data.qpos[2] < 0.15


def test_legs_cannot_pass_through_each_other(model, data):
    """Hips turned inwards press the left shins against the right ones."""
    mirrored = np.tile([-1.0, 0.9, -1.6, 1.0, 0.9, -1.6], 2)
    data.qpos[2] = 1.0
    data.ctrl[:] = mirrored
    simulate(model, data, 0.3)
    names = {frozenset((model.geom(c.geom1).name[:2], model.geom(c.geom2).name[:2])) for c in data.contact}
    assert frozenset(("FL", "FR")) in names


def test_left_and_right_are_mirror_images(model, data):
    """Mirrored targets give mirrored motion."""
    targets = data.ctrl + 0.2 * np.random.default_rng(0).standard_normal(12)
    legs = [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8]
    signs = np.tile([-1.0, 1.0, 1.0], 4)
    paths = []
    for mirror in (False, True):
        mujoco.mj_resetDataKeyframe(model, data, 0)
        data.ctrl[:] = signs * targets[legs] if mirror else targets
        simulate(model, data, 0.5)
        paths.append(data.qpos.copy())
    straight, mirrored = paths
    np.testing.assert_allclose(mirrored[7:], signs * straight[7:][legs], atol=1e-6)
    np.testing.assert_allclose(mirrored[:7], straight[:7] * [1, -1, 1, 1, -1, 1, -1], atol=1e-6)


def test_imu_measures_in_the_trunk_frame(model, data):
    data.qpos[2] = 2.0
    data.qvel[3:6] = [0.5, -0.25, 1.0]
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(data.sensor("imu_angular_velocity").data, [0.5, -0.25, 1.0])
    np.testing.assert_allclose(data.sensor("imu_orientation").data, data.qpos[3:7])


def test_accelerometer_of_the_standing_robot_feels_gravity_upwards(model, data):
    simulate(model, data, 5.0)
    mujoco.mj_forward(model, data)
    acceleration = data.sensor("imu_linear_acceleration").data
    assert acceleration[2] == pytest.approx(9.81, abs=0.02)
