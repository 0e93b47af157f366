"""Servos with the gains of a policy's card, on motors and on position actuators."""

from pathlib import Path

import mujoco
import numpy as np
import pytest
from mjcf import ARM

from ant_sim.physics.robot import Interface, load_robot
from ant_sim.physics.shipped import find_model

CARD = """
action:
  stiffness: {wrist: 5, shoulder: 80.0, elbow: 40}
  damping: {wrist: 0.2, shoulder: 3.0, elbow: 1}
"""
# The joints themselves have a damping of 0.1.
SERVOS = """
    <position name="wrist" joint="wrist" kp="5" kv="0.1" forcerange="-8 8"/>
    <position name="shoulder" joint="shoulder" kp="80" kv="2.9" forcerange="-60 60"/>
    <position name="elbow" joint="elbow" kp="40" kv="0.9"/>
"""
MOTORS = """
    <motor name="wrist" joint="wrist" gear="-4" ctrlrange="-2 2"/>
    <motor name="shoulder" joint="shoulder" gear="20" ctrlrange="-5 5" forcerange="-3 3"/>
    <motor name="elbow" joint="elbow"/>
"""
OTHERS = """
    <position name="wrist" joint="wrist" kp="1" gear="-2" forcerange="-4 4"/>
    <position name="shoulder" joint="shoulder" kp="1" kv="9" gear="10" forcerange="-6 6"/>
    <position name="elbow" joint="elbow" kp="7"/>
"""


@pytest.fixture
def card(tmp_path: Path) -> Path:
    (tmp_path / "card.yaml").write_text(CARD)
    return tmp_path / "card.yaml"


def arm(folder: Path, name: str, actuators: str) -> Path:
    before, after = ARM.partition("<actuator>"), ARM.partition("</actuator>")
    (folder / f"{name}.xml").write_text(f"{before[0]}<actuator>{actuators}</actuator>{after[2]}")
    return folder / f"{name}.xml"


def positions(model: mujoco.MjModel, targets: np.ndarray) -> np.ndarray:
    data = mujoco.MjData(model)
    found = []
    for target in targets:
        data.ctrl[:] = target
        mujoco.mj_step(model, data)
        found.append(data.qpos.copy())
    return np.array(found)


@pytest.mark.parametrize("actuators", [MOTORS, OTHERS])
def test_joints_move_as_those_of_a_model_with_these_servos(card: Path, tmp_path: Path, actuators: str) -> None:
    expected = load_robot(arm(tmp_path, "servos", SERVOS))
    # A folder with a card.yaml will do, too.
    found = load_robot(arm(tmp_path, "others", actuators), gains=card.parent)
    assert found.interface is Interface.POSITION
    assert {joint: found.max_effort(joint) for joint in found.actuator_joints} == {
        "wrist": 8.0,
        "shoulder": 60.0,
        "elbow": np.inf,
    }
    targets = np.repeat(np.random.default_rng(0).uniform(-2.0, 2.0, (40, 3)), 10, axis=0)
    np.testing.assert_array_equal(positions(found.model, targets), positions(expected.model, targets))


def test_range_of_a_servos_target_stays(card: Path, tmp_path: Path) -> None:
    actuators = SERVOS.replace('kp="40" kv="0.9"', 'kp="40" gear="-2" ctrlrange="-1 3"')
    robot = load_robot(arm(tmp_path, "servos", actuators), gains=card)
    np.testing.assert_array_equal(robot.ctrl_limits[:, robot.actuator_joints.index("elbow")], (-1.5, 0.5))


def test_shipped_quadruped_moves_as_ever_with_the_gains_of_the_shipped_walk() -> None:
    """Its joints have the damping; the servos add none."""
    card = Path(__file__).parents[3] / "ros2_ws" / "src" / "ant_policy" / "ant_policy" / "assets" / "policies" / "walk"
    targets = np.repeat(np.random.default_rng(0).uniform(-1.0, 1.0, (20, 12)), 10, axis=0)
    expected, found = (load_robot(find_model("quadruped"), gains=gains) for gains in ("", card))
    np.testing.assert_array_equal(positions(found.model, targets), positions(expected.model, targets))


def test_velocity_actuators_are_refused(card: Path, tmp_path: Path) -> None:
    actuators = "".join(f'<velocity joint="{joint}" kv="2"/>' for joint in ("wrist", "shoulder", "elbow"))
    with pytest.raises(ValueError, match="expected motors or position actuators, found velocity actuators"):
        load_robot(arm(tmp_path, "velocities", actuators), gains=card)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (", elbow: 40", "", "field 'action.stiffness': expected joint 'elbow', found wrist, shoulder"),
        ("elbow: 40", "elbow: 0", "field 'action.stiffness.elbow': expected a positive number, found 0"),
        ("elbow: 1}", "elbow: -1}", "field 'action.damping.elbow': expected a number of at least 0, found -1"),
        ("elbow: 1}", "elbow: .inf}", "field 'action.damping.elbow': expected a number of at least 0, found inf"),
        ("elbow: 1}", "elbow: true}", "field 'action.damping.elbow': expected a number of at least 0, found True"),
        ("elbow: 1}", f"elbow: {'9' * 400}}}", "field 'action.damping.elbow': expected a number of at least 0"),
        (
            "  stiffness",
            "  interface: effort\n  stiff",
            "expected numbers by joint, found none; the policy commands effort",
        ),
        ("action:", "action: [", "expected a card.yaml, of at most 100,000 bytes, with an 'action'"),
        (CARD, "", "expected a card.yaml, of at most 100,000 bytes, with an 'action'"),
        (CARD, "[" * 9_000, "expected a card.yaml, of at most 100,000 bytes, with an 'action'"),
        (CARD, CARD + "#" * 100_000, "expected a card.yaml, of at most 100,000 bytes, with an 'action'"),
    ],
)
def test_gains_that_cannot_be_used_are_named(card: Path, tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in CARD
    card.write_text(CARD.replace(old, new))
    with pytest.raises(ValueError, match=r"gains '.*card\.yaml'") as error:
        load_robot(arm(tmp_path, "motors", MOTORS), gains=card)
    assert expected in str(error.value)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"nowhere' does not exist; expected a policy's card\.yaml or its folder"
    ):
        load_robot(arm(tmp_path, "motors", MOTORS), gains=tmp_path / "nowhere")
