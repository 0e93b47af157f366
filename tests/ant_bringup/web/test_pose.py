import mujoco
import numpy as np
import pytest

import ant_sim
from ant_bringup.web.pose import RobotPose


@pytest.fixture
def model() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_path(str(ant_sim.MODEL_PATH))


def test_joints_go_by_name_in_any_order(model: mujoco.MjModel) -> None:
    pose = RobotPose(model)
    pose.set_joints(["tail", "ankle_3", "hip_1"], [9.0, 0.3, 0.1])
    assert pose.qpos[model.joint("ankle_3").qposadr[0]] == 0.3
    assert pose.qpos[model.joint("hip_1").qposadr[0]] == 0.1
    assert pose.unknown == ("tail",)
    assert set(pose.missing) == {"hip_2", "hip_3", "hip_4", "ankle_1", "ankle_2", "ankle_4"}
    assert (pose.qpos != model.qpos0).sum() == 2


def test_base_is_placed_with_a_quaternion_of_norm_1(model: mujoco.MjModel) -> None:
    pose = RobotPose(model)
    pose.set_base([1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 2.0])
    np.testing.assert_array_equal(pose.qpos[:7], [1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("position", "quaternion"),
    [
        ([np.nan, 0, 0], [1, 0, 0, 0]),
        ([0, 0, np.inf], [1, 0, 0, 0]),
        ([0, 0, 1], [0, 0, 0, 0]),
        ([0, 0, 1], [np.nan] * 4),
    ],
)
def test_pose_that_is_none_is_left_out(position: list, quaternion: list, model: mujoco.MjModel) -> None:
    pose = RobotPose(model)
    pose.set_base(position, quaternion)
    pose.set_joints(["hip_1", "hip_2"], [np.nan])
    np.testing.assert_array_equal(pose.qpos, model.qpos0)


def test_positions_that_somebody_reads_never_change(model: mujoco.MjModel) -> None:
    pose = RobotPose(model)
    seen = pose.qpos
    pose.set_joints(["hip_1"], [0.5])
    np.testing.assert_array_equal(seen, model.qpos0)


def test_effort_limits_are_the_models(model: mujoco.MjModel) -> None:
    limits = RobotPose(model).effort_limits
    assert limits == {f"{part}_{leg}": 300.0 for part in ("hip", "ankle") for leg in range(1, 5)}
