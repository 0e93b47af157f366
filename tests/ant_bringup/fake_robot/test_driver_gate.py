import math

import pytest

from ant_bringup.fake_robot.gate import DriverGate, GateState

ONES = ("effort", {"hip": 1.0, "ankle": 1.0})
LIMITS = {"hip": (-300.0, 300.0), "ankle": (-100.0, 100.0)}


@pytest.fixture
def gate():
    return DriverGate("effort", LIMITS, 0.2)


def test_command_is_followed_by_name_within_the_limits(gate):
    assert (gate.state, gate.reason) == (GateState.WAITING, "waiting for a first command")
    assert gate.on_command(["ankle", "hip"], {"effort": [-150.0, 20.0]}, "a", 1.0) == (
        "effort",
        {"ankle": -100.0, "hip": 20.0},
    )
    assert (gate.state, gate.reason) == (GateState.FOLLOWING, "")


@pytest.mark.parametrize(
    ("names", "efforts", "reason"),
    [
        (["hip"], [1.0], "expected each of hip, ankle once, found hip"),
        (["hip", "ankle", "gripper"], [1.0, 1.0, 1.0], "found hip, ankle, gripper"),
        (["hip", "hip"], [1.0, 1.0], "found hip, hip"),
        (["hip", "ankle"], [1.0], "1 effort values for 2 joints"),
        (["hip", "ankle"], [1.0, math.nan], "effort of joint 'ankle' is nan"),
        (["hip", "ankle"], [math.inf, 1.0], "effort of joint 'hip' is inf"),
    ],
)
def test_bad_command_is_refused_and_does_not_keep_the_robot_alive(gate, names, efforts, reason):
    gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 1.0)
    assert gate.on_command(names, {"effort": efforts}, "a", 1.15) is None
    assert reason in gate.rejection
    assert gate.rejected == 1
    assert gate.reason == "", "the command before it still holds"
    assert gate.expired(1.21)


@pytest.mark.parametrize(("age", "reason"), [(3.0, "its stamp is 3 s old"), (-3.0, "its stamp is 3 s in the future")])
def test_command_that_answers_an_old_state_is_refused(gate, age, reason):
    assert gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 1.0, age) is None
    assert f"{reason}; expected at most 0.2 s" in gate.rejection
    assert gate.on_command(["hip", "ankle"], {"effort": [0.0, 0.0]}, "a", 1.0, age) == (
        "effort",
        {"hip": 0.0, "ankle": 0.0},
    )
    assert gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 1.0, 0.19) == (
        "effort",
        {"hip": 1.0, "ankle": 1.0},
    )


def test_silence_makes_limp_once(gate):
    assert not gate.expired(9.0), "nothing has been commanded yet"
    gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 10.0)
    assert not gate.expired(10.19)
    assert gate.expired(10.21)
    assert not gate.expired(10.3)
    assert gate.state == GateState.TIMED_OUT
    assert "no command for 0.2 s" in gate.reason
    assert gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 11.0) is not None
    assert (gate.state, gate.reason) == (GateState.FOLLOWING, "")


def test_e_stop_latches(gate):
    gate.latch("e_stop")
    assert gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 1.0) is None
    gate.latch("another reason")
    assert gate.reason == "e_stop: zero effort until it is released"
    gate.release()
    assert gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 1.1) is not None


def test_two_commanders_latch(gate):
    gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 1.0)
    assert gate.on_command(["hip", "ankle"], {"effort": [0.0, 0.0]}, "b", 1.1) is None
    assert gate.e_stopped
    assert "'a' and 'b'" in gate.reason


def test_topic_without_commanders_has_none_to_compare(gate):
    gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, None, 1.0)
    assert gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, None, 1.1) is not None


def test_commander_that_went_limp_may_be_followed_at_once(gate):
    gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "a", 1.0)
    gate.on_command(["hip", "ankle"], {"effort": [0.0, 0.0]}, "a", 1.01)
    assert gate.on_command(["hip", "ankle"], {"effort": [1.0, 1.0]}, "b", 1.02) is not None


@pytest.fixture
def servo_gate():
    return DriverGate("position", {"hip": (-1.0, 1.0), "ankle": (-2.0, 2.0)}, 0.2, "joints damped")


NAMES = ["hip", "ankle"]


def test_positions_are_followed_within_the_limits(servo_gate):
    fields = {"position": [1.5, -1.5], "velocity": [], "effort": []}
    assert servo_gate.on_command(NAMES, fields, "a", 1.0) == ("position", {"hip": 1.0, "ankle": -1.5})
    assert servo_gate.expired(1.3)
    assert servo_gate.reason == "no command for 0.2 s: joints damped until one comes"


@pytest.mark.parametrize("field", ["effort", "velocity"])
def test_stop_of_a_position_robot_is_zeros_of_another_field_at_any_age(servo_gate, field):
    assert servo_gate.on_command(NAMES, {"position": [0.5, 0.5]}, "a", 1.0) is not None
    assert servo_gate.on_command(NAMES, {field: [0.0, 0.0]}, "a", 1.1, 9.0) == (field, {"hip": 0.0, "ankle": 0.0})
    assert servo_gate.on_command(NAMES, {"position": [0.5, 0.5]}, "b", 1.11) is not None, "the first one has let go"


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"effort": [1.0, 0.0]}, "effort"),
        ({"velocity": [0.0, 0.1]}, "velocity"),
        ({"position": [0.0, 0.0], "velocity": [0.0, 0.0]}, "position and velocity"),
        ({"position": [], "effort": []}, "none"),
    ],
)
def test_values_of_another_interface_are_refused(servo_gate, fields, found):
    assert servo_gate.on_command(NAMES, fields, "a", 1.0) is None
    assert servo_gate.rejection == f"command rejected: expected position values, found {found}"


def test_positions_of_zero_are_no_stop(servo_gate):
    assert servo_gate.on_command(NAMES, {"position": [0.0, 0.0]}, "a", 1.0, 3.0) is None
    assert "its stamp is 3 s old" in servo_gate.rejection
