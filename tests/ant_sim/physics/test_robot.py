"""Reading of a robot's MJCF, and refusals."""

import pytest
from mjcf import ARM, CART, ROVER

from ant_sim.physics.robot import Interface, load_robot
from ant_sim.physics.simulator import MODEL_PATH


@pytest.fixture
def load(tmp_path):
    def read(text, base_link=""):
        path = tmp_path / "robot.xml"
        path.write_text(text)
        return load_robot(path, base_link)

    return read


@pytest.mark.parametrize(
    ("mjcf", "interface", "joints", "driven", "base_link"),
    [
        (ARM, "position", ("shoulder", "elbow", "wrist"), ("wrist", "shoulder", "elbow"), "pedestal"),
        (CART, "effort", ("rail", "lift", "pivot"), ("rail", "lift"), "world"),
        (ROVER, "velocity", ("left_wheel", "right_wheel"), ("left_wheel", "right_wheel"), "chassis"),
    ],
)
def test_joints_interface_and_base_are_read(load, mjcf, interface, joints, driven, base_link):
    robot = load(mjcf)
    assert robot.interface is Interface(interface)
    assert (robot.joint_names, robot.actuator_joints, robot.base_link) == (joints, driven, base_link)


def test_gears_are_efforts_per_control_for_motors_and_ratios_for_servos(load):
    assert load(CART).gears.tolist() == [10.0, 40.0]
    assert load(ARM).gears.tolist() == [1.0, 2.0, 1.0]


def test_general_actuators_are_what_their_gain_and_bias_make_them(load):
    general = 'gaintype="fixed" gainprm="7" biastype="{}" biasprm="{}"/></actuator>'
    for bias, parameters, interface, gear in (
        ("none", "0", "effort", 70.0),
        ("affine", "0 -7 -0.5", "position", 10.0),
        ("affine", "0 0 -7", "velocity", 10.0),
    ):
        before, _ = CART.split("<actuator>")
        actuator = f'<actuator><general joint="rail" gear="10" {general.format(bias, parameters)}</mujoco>'
        robot = load(before + actuator)
        assert (robot.interface, robot.gears.tolist()) == (Interface(interface), [gear])


def test_any_body_may_be_the_base_link(load):
    assert load(ARM, "hand").base_link == "hand"
    with pytest.raises(ValueError, match=r"base_link 'foot' is no body; available: world, pedestal, upper_arm"):
        load(ARM, "foot")


def test_base_link_without_a_name_is_called_base_link(load):
    assert load(ROVER.replace('body name="chassis"', "body")).base_link == "base_link"


MOTOR = '<actuator><motor joint="a"/></actuator>'
SLIDER = '<actuator><general slidersite="s" cranksite="t" cranklength="1" joint="" name="crank"/></actuator>'


def robot_of(joint='<joint name="a"/>', actuator=MOTOR, rest="", world=""):
    body = f'<body name="link">{joint}<geom size="0.1"/><site name="s"/><site name="t" pos="0 0 1"/></body>'
    return f"<mujoco><worldbody>{world}{body}</worldbody>{rest}{actuator}</mujoco>"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("<mujoco", "cannot be read: XML", id="no XML"),
        pytest.param(robot_of(joint="", actuator=""), "no joints found; expected hinge or slide", id="no joint"),
        pytest.param(robot_of(actuator=""), "no actuators found; expected a motor, position", id="no actuator"),
        pytest.param(
            robot_of('<joint name="a" type="ball"/>'), "joint 'a' is a ball joint; expected hinge or slide", id="ball"
        ),
        pytest.param(
            robot_of(world='<body name="ball"><freejoint name="f"/><geom size="0.1"/></body>').replace(
                '<body name="ball">', '<body><joint name="b"/><geom size="0.1"/></body><body name="ball">'
            ),
            "body 'ball' has a free joint 'f'; expected free motion of the base alone",
            id="free joint that is not first",
        ),
        pytest.param(
            robot_of('<joint/><joint name="a"/>'), "a joint of body 'link' has no name; expected one", id="no name"
        ),
        pytest.param(
            robot_of(actuator='<actuator><motor name="x" joint="a"/><motor name="y" joint="a"/></actuator>'),
            "joint 'a' has two actuators, 'x' and 'y'; expected one at most",
            id="two actuators on a joint",
        ),
        pytest.param(
            robot_of(
                '<joint name="a"/><joint name="b" axis="1 0 0"/>',
                '<actuator><motor name="x" joint="a"/><position name="y" joint="b"/></actuator>',
            ),
            "actuator 'y' takes position and actuator 'x' effort; expected one interface",
            id="two interfaces",
        ),
        pytest.param(
            robot_of(
                actuator='<actuator><motor name="pull" tendon="rope"/></actuator>',
                rest='<tendon><fixed name="rope"><joint joint="a" coef="1"/></fixed></tendon>',
            ),
            "actuator 'pull' drives a tendon; expected a motor, position or velocity actuator of one hinge or slide",
            id="tendon",
        ),
        pytest.param(
            robot_of(actuator='<actuator><motor name="thruster" site="s"/></actuator>'),
            "actuator 'thruster' drives a site",
            id="site",
        ),
        pytest.param(
            robot_of("<freejoint name='root'/>", '<actuator><motor name="wind" joint="root"/></actuator>'),
            "actuator 'wind' drives the free joint",
            id="motor of the free joint",
        ),
        pytest.param(
            robot_of(actuator='<actuator><position name="slow" joint="a" timeconst="0.1"/></actuator>'),
            "actuator 'slow' has a state .dynamics 'filterexact'",
            id="filter",
        ),
        pytest.param(
            robot_of(actuator='<actuator><damper name="brake" joint="a" kv="1" ctrlrange="0 1"/></actuator>'),
            "actuator 'brake' has gain affine 0, bias none .0, 0, 0., gear 1; expected a motor",
            id="damper",
        ),
        pytest.param(
            robot_of(actuator='<actuator><motor name="idle" joint="a" gear="0"/></actuator>'),
            "actuator 'idle' has gain fixed 1, bias none .0, 0, 0., gear 0; expected a motor",
            id="no gear",
        ),
    ],
)
def test_what_cannot_be_simulated_is_named_in_one_line(load, text, words):
    with pytest.raises(ValueError, match=rf"^model '.*robot\.xml':? .*{words}") as refusal:
        load(text)
    assert len(str(refusal.value).splitlines()) == 1


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.xml' does not exist; expected an MJCF file"):
        load_robot(tmp_path / "nowhere.xml")


def test_ant_is_a_robot_like_any_other():
    robot = load_robot(MODEL_PATH)
    assert (robot.name, robot.base_link, robot.interface) == ("custom_ant", "torso", Interface.EFFORT)
    assert robot.base_is_root
