"""Models that the simulator accepts, and data that it reads from them."""

import pytest

from ant_sim import AntSimulator

JOINT_NAMES = ("hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3", "hip_4", "ankle_4")
ACTUATOR_JOINTS = ("hip_4", "ankle_4", "hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3")


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
