from pathlib import Path

import gymnasium
import mujoco
import numpy as np
import pytest

from ant_sim import MODEL_PATH

STOCK_PATH = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets" / "ant.xml"

PATCHES = (
    ('armature="1" damping="1"', 'armature="1" damping="0.5"'),
    ('density="5.0"', 'density="3.0"'),
    ('friction="1 0.5 0.5"', 'friction="0.6 0.3 0.3"'),
    ('gear="150"', 'gear="300"'),
)


@pytest.fixture(scope="module")
def stock():
    """Gymnasium's Ant with the numbers of the jumping Ant patched in."""
    text = STOCK_PATH.read_text()
    for old, new in PATCHES:
        assert old in text
        text = text.replace(old, new)
    return mujoco.MjModel.from_xml_string(text)


@pytest.fixture(scope="module")
def ours():
    return mujoco.MjModel.from_xml_path(str(MODEL_PATH))


def random_start(model):
    rng = np.random.default_rng(0)
    data = mujoco.MjData(model)
    data.qpos = model.qpos0 + rng.uniform(-0.1, 0.1, model.nq)
    data.qvel = 0.1 * rng.standard_normal(model.nv)
    return data


@pytest.mark.parametrize(
    "field",
    [
        *("body_mass", "body_inertia", "body_ipos", "body_iquat", "body_pos", "body_quat"),
        *("dof_damping", "dof_armature", "dof_frictionloss", "qpos0", "qpos_spring"),
        *("jnt_type", "jnt_range", "jnt_limited", "jnt_axis", "jnt_pos", "jnt_stiffness", "jnt_bodyid"),
        *("geom_type", "geom_size", "geom_pos", "geom_quat", "geom_friction", "geom_margin", "geom_condim"),
        *("geom_contype", "geom_conaffinity", "geom_solref", "geom_solimp"),
        *("actuator_gear", "actuator_trnid", "actuator_trntype", "actuator_ctrlrange", "actuator_ctrllimited"),
        *("actuator_gainprm", "actuator_biasprm", "actuator_forcelimited"),
    ],
)
def test_physics_constant_is_the_stock_model_s(stock, ours, field):
    np.testing.assert_array_equal(getattr(ours, field), getattr(stock, field))


def test_margin_of_the_hinges_is_the_stock_model_s(stock, ours):
    np.testing.assert_array_equal(ours.jnt_margin[1:], stock.jnt_margin[1:])


def test_patched_numbers_are_those_of_the_jumping_ant(ours):
    joints = slice(6, None)
    assert set(ours.dof_damping[joints]) == {0.5}
    assert set(ours.actuator_gear[:, 0]) == {300.0}
    np.testing.assert_array_equal(ours.geom_friction, np.tile([0.6, 0.3, 0.3], (ours.ngeom, 1)))
    torso_volume = 4.0 / 3.0 * np.pi * 0.25**3
    assert ours.body("torso").mass[0] == pytest.approx(3.0 * torso_volume)


def test_joints_have_the_stock_names_in_the_stock_order(stock, ours):
    names = [ours.joint(i).name for i in range(1, ours.njnt)]
    assert names == [stock.joint(i).name for i in range(1, stock.njnt)]
    assert names == ["hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3", "hip_4", "ankle_4"]


def test_actuators_drive_the_stock_joints_in_the_stock_order(stock, ours):
    driven = [ours.joint(ours.actuator_trnid[i, 0]).name for i in range(ours.nu)]
    assert driven == [stock.joint(stock.actuator_trnid[i, 0]).name for i in range(stock.nu)]
    assert driven == ["hip_4", "ankle_4", "hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3"]


@pytest.mark.parametrize("option", ["timestep", "integrator", "gravity", "solver", "cone", "iterations", "tolerance"])
def test_physics_option_is_the_stock_model_s(stock, ours, option):
    np.testing.assert_array_equal(getattr(ours.opt, option), getattr(stock.opt, option))


def test_trajectory_equals_the_stock_model_s_bit_for_bit(stock, ours, random_actions):
    start = random_start(stock)
    theirs, mine = random_start(stock), random_start(ours)
    for step, action in enumerate(random_actions):
        for model, data in ((stock, theirs), (ours, mine)):
            data.ctrl = action
            mujoco.mj_step(model, data, nstep=5)
        assert np.array_equal(theirs.qpos, mine.qpos), step
        assert np.array_equal(theirs.qvel, mine.qvel), step
    assert theirs.time == pytest.approx(50.0), "MuJoCo has reset an unstable simulation"
    assert np.abs(mine.qpos - start.qpos).max() > 0.5


def test_unpatched_stock_model_moves_differently(ours, random_actions):
    stock = mujoco.MjModel.from_xml_path(str(STOCK_PATH))
    theirs, mine = random_start(stock), random_start(ours)
    for action in random_actions[:10]:
        for model, data in ((stock, theirs), (ours, mine)):
            data.ctrl = action
            mujoco.mj_step(model, data, nstep=5)
    assert np.abs(theirs.qpos - mine.qpos).max() > 0.01
