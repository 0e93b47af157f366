from pathlib import Path

import numpy as np
import pytest
from mjcf import CART, ROVER

import ant_sim
from ant_bringup.web.pose import RobotPose
from ant_bringup.web.status import STALE_AFTER
from ant_sim.physics.robot import Robot, load_robot
from ant_sim.physics.simulator import Simulator


@pytest.fixture
def robot() -> Robot:
    return load_robot(ant_sim.MODEL_PATH)


def test_joints_go_by_name_in_any_order(robot: Robot) -> None:
    pose = RobotPose(robot)
    pose.set_joints(["tail", "ankle_3", "hip_1"], [9.0, 0.3, 0.1], 0.0)
    assert pose.qpos[robot.model.joint("ankle_3").qposadr[0]] == 0.3
    assert pose.qpos[robot.model.joint("hip_1").qposadr[0]] == 0.1
    assert pose.unknown == ("tail",)
    assert set(pose.missing) == {"hip_2", "hip_3", "hip_4", "ankle_1", "ankle_2", "ankle_4"}
    assert (pose.qpos != robot.model.qpos0).sum() == 2


def test_base_is_placed_with_a_quaternion_of_norm_1(robot: Robot) -> None:
    pose = RobotPose(robot)
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
def test_pose_that_is_none_is_left_out(position: list, quaternion: list, robot: Robot) -> None:
    pose = RobotPose(robot)
    pose.set_base(position, quaternion)
    pose.set_joints(["hip_1", "hip_2"], [np.nan], 0.0)
    np.testing.assert_array_equal(pose.qpos, robot.model.qpos0)


def test_positions_that_somebody_reads_never_change(robot: Robot) -> None:
    pose = RobotPose(robot)
    seen = pose.qpos
    pose.set_joints(["hip_1"], [0.5], 0.0)
    np.testing.assert_array_equal(seen, robot.model.qpos0)


def test_joints_in_pieces_are_all_there_until_they_fall_silent(robot: Robot) -> None:
    pose = RobotPose(robot)
    names = [robot.model.joint(i).name for i in range(1, robot.model.njnt)]
    pose.set_joints(names[:4], [0.1] * 4, 10.0)
    pose.set_joints(names[4:], [0.2] * 4, 10.1)
    pose.set_joints(["gripper"], [0.0], 10.2)
    assert (pose.missing, pose.unknown) == ((), ("gripper",))
    pose.set_joints(names[4:], [0.2] * 4, 10.2 + STALE_AFTER)
    pose.set_joints(names[4:], [0.2] * 4, 10.3 + STALE_AFTER)
    assert (pose.missing, pose.unknown) == (tuple(names[:4]), ())
    assert pose.qpos[robot.model.joint(names[0]).qposadr[0]] == 0.1


@pytest.mark.parametrize("base_link", ["torso", "shin_3"])
def test_robot_stands_where_odom_has_its_child_frame(base_link: str) -> None:
    simulator = Simulator(load_robot(ant_sim.MODEL_PATH, base_link), 0.05, reset_noise=0.1)
    simulator.reset(0)
    simulator.step([0.5, -0.5] * 4)
    state, pose = simulator.state(), RobotPose(simulator.robot)
    pose.set_joints(simulator.joint_names, state.joint_positions, 0.0)
    pose.set_base(state.base_position_w, state.base_quaternion, f"ant1/{base_link}")
    np.testing.assert_allclose(pose.qpos, simulator.data.qpos, rtol=0, atol=1e-9)


@pytest.mark.parametrize("mjcf", [CART, ROVER])
def test_robots_of_any_kind_are_placed_by_name(mjcf: str, tmp_path: Path) -> None:
    (tmp_path / "robot.xml").write_text(mjcf)
    robot = load_robot(tmp_path / "robot.xml")
    pose = RobotPose(robot)
    pose.set_joints(robot.joint_names[::-1], [0.1 * (i + 1) for i in range(len(robot.joint_names))], 0.0)
    pose.set_base([1.0, 2.0, 3.0], [1.0, 0.0, 0.0, 0.0])
    for i, name in enumerate(robot.joint_names[::-1]):
        assert pose.qpos[robot.model.joint(name).qposadr[0]] == 0.1 * (i + 1)
    assert pose.notes() == []
    moved = list(pose.qpos[:3]) == [1.0, 2.0, 3.0]
    assert moved == robot.has_free_root
