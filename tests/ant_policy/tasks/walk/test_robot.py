"""Names and geometry in the code are those of the model."""

import mujoco
import numpy as np
import pytest

from ant_policy.tasks.walk import robot
from ant_policy.tasks.walk.batch import WalkBatch


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_path(str(robot.MODEL_PATH))


@pytest.fixture
def moved(model):
    """The robot somewhere, in a random pose and motion."""
    rng = np.random.default_rng(1)
    data = mujoco.MjData(model)
    data.qpos[:7] = [0.3, -0.2, 0.6, *rng.standard_normal(4)]
    data.qpos[3:7] /= np.linalg.norm(data.qpos[3:7])
    data.qpos[7:] = rng.uniform(*model.jnt_range[1:].T)
    data.qvel[:] = rng.standard_normal(model.nv)
    mujoco.mj_forward(model, data)
    return data


def test_constants_are_those_of_the_model(model):
    assert [model.joint(i).name for i in range(1, model.njnt)] == list(robot.JOINTS)
    np.testing.assert_array_equal(model.key("home").qpos[7:], robot.HOME)
    np.testing.assert_array_equal(model.key("home").ctrl, robot.HOME)
    assert model.opt.timestep * robot.FRAME_SKIP == robot.CONTROL_PERIOD
    assert model.geom("FL_foot").size[0] == robot.FOOT_RADIUS


def test_feet_are_where_mujoco_has_them(model, moved):
    state = robot.RobotState.of(moved.qpos[None], moved.qvel[None])
    feet = [moved.geom(f"{leg}_foot").xpos for leg in robot.LEGS]
    np.testing.assert_allclose(state.feet[0], feet, atol=1e-12)


def test_velocities_and_gravity_are_in_the_trunk_frame(model, moved):
    state = robot.RobotState.of(moved.qpos[None], moved.qvel[None])
    velocity = np.zeros(6)
    trunk = model.body("trunk").id
    mujoco.mj_objectVelocity(model, moved, mujoco.mjtObj.mjOBJ_XBODY, trunk, velocity, 1)
    np.testing.assert_allclose(state.angular_velocity[0], velocity[:3], atol=1e-12)
    np.testing.assert_allclose(state.linear_velocity[0], velocity[3:], atol=1e-12)
    np.testing.assert_allclose(state.angular_velocity[0], moved.sensor("imu_angular_velocity").data, atol=1e-12)
    np.testing.assert_allclose(state.gravity[0], -moved.body("trunk").xmat.reshape(3, 3)[2], atol=1e-12)


def test_state_is_a_copy():
    robots = WalkBatch(2, 1)
    rng = np.random.default_rng(0)
    robots.reset(np.arange(2), rng)
    state = robots.robot_state()
    heights, positions = state.height.copy(), state.joint_positions.copy()
    robots.step(np.tile(robot.HOME + 0.3, (2, 1)), rng)
    np.testing.assert_array_equal(state.height, heights)
    np.testing.assert_array_equal(state.joint_positions, positions)
    assert not np.array_equal(robots.robot_state().joint_positions, positions)
