"""Commands of robots that take positions or velocities, and of other interfaces than the robot's."""

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_sim.control_loop.command_decoder import CommandDecoder, CommandError
from ant_sim.control_loop.commands import DAMP, LIMP
from ant_sim.physics.robot import Interface

JOINTS = ("wrist", "shoulder", "elbow")
GEARS = np.array([1.0, 2.0, -4.0])
ZEROS, ONES = array("d", [0.0] * 3), array("d", [1.0] * 3)
NONE = array("d")

numbers = st.floats(-1e6, 1e6)
orders = st.permutations(range(3))
interfaces = st.sampled_from(list(Interface))


def decoder_of(interface):
    return CommandDecoder(JOINTS, GEARS, Interface(interface))


def send(decoder, positions=NONE, velocities=NONE, efforts=NONE, names=JOINTS):
    fields = {Interface.POSITION: positions, Interface.VELOCITY: velocities, Interface.EFFORT: efforts}
    return decoder.decode_message(list(names), fields)


@given(interface=interfaces, order=orders, values=st.lists(numbers, min_size=3, max_size=3))
def test_any_order_of_joints_gives_the_same_control(interface, order, values):
    decoder, field = decoder_of(interface), {"position": "positions", "velocity": "velocities", "effort": "efforts"}
    expected = send(decoder, **{field[interface]: array("d", values)})
    names, shuffled = [JOINTS[i] for i in order], array("d", [values[i] for i in order])
    found = send(decoder, names=names, **{field[interface]: shuffled})
    assert np.array_equal(found.ctrl, expected.ctrl)
    assert found.is_stop is expected.is_stop


@given(values=st.lists(numbers, min_size=3, max_size=3))
def test_targets_are_multiplied_by_the_gear_in_double_precision(values):
    for interface, field in (("position", "positions"), ("velocity", "velocities")):
        command = send(decoder_of(interface), **{field: array("d", values)})
        assert command.ctrl.dtype == np.float64
        assert command.ctrl.tolist() == [value * gear for value, gear in zip(values, GEARS, strict=True)]


@pytest.mark.parametrize(
    ("interface", "sent", "is_stop"),
    [
        ("effort", {"efforts": ZEROS}, True),
        ("effort", {"efforts": ONES}, False),
        ("velocity", {"velocities": ZEROS}, True),
        ("velocity", {"velocities": ONES}, False),
        ("position", {"positions": ZEROS}, False),
    ],
)
def test_zeros_are_a_stop_except_as_positions(interface, sent, is_stop):
    assert send(decoder_of(interface), **sent).is_stop is is_stop


@pytest.mark.parametrize(
    ("interface", "sent", "stop"),
    [
        ("position", {"efforts": ZEROS}, LIMP),
        ("position", {"velocities": ZEROS}, DAMP),
        ("velocity", {"efforts": ZEROS}, LIMP),
    ],
)
def test_zeros_of_another_interface_alone_are_a_stop(interface, sent, stop):
    assert send(decoder_of(interface), **sent) is stop


@pytest.mark.parametrize(
    ("interface", "sent", "words"),
    [
        ("effort", {"positions": ONES}, "expected efforts, found positions"),
        ("effort", {"velocities": ZEROS}, "expected efforts, found velocities"),
        ("position", {"efforts": ONES}, "expected positions, found efforts that are not zero"),
        ("position", {"velocities": ONES}, "expected positions, found velocities that are not zero"),
        ("position", {"positions": ONES, "efforts": ZEROS}, "expected positions, found positions and efforts"),
        ("position", {"efforts": ZEROS, "velocities": ZEROS}, "expected positions, found velocities and efforts"),
        ("position", {"efforts": array("d", [0.0, np.nan, 0.0])}, "expected positions, found efforts that are not"),
        ("position", {}, "expected positions, found no values"),
        ("velocity", {"positions": ZEROS}, "expected velocities, found positions"),
    ],
)
def test_values_of_another_interface_are_named(interface, sent, words):
    with pytest.raises(CommandError, match=f"^joint_commands: {words}"):
        send(decoder_of(interface), **sent)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, 1e10])
def test_target_that_mujoco_would_take_for_zero_names_its_joint(value):
    with pytest.raises(CommandError, match=r"^position of joint 'shoulder' is .*; expected at most 1e\+10"):
        send(decoder_of("position"), positions=array("d", [0.0, value, 0.0]))


@pytest.mark.parametrize("sent", [{"positions": ONES}, {"efforts": ZEROS}, {"velocities": ZEROS}])
def test_targets_and_stops_name_all_joints_once(sent):
    decoder = decoder_of("position")
    for names, words in (
        (("wrist", "shoulder", "gripper"), "joint 'gripper' not in robot; available: wrist, shoulder, elbow"),
        (("wrist", "shoulder"), "joint 'elbow' has no (position|effort|velocity); a command names all of: wrist"),
        (("wrist", "shoulder", "elbow", "wrist"), "joint 'wrist' is named twice"),
    ):
        with pytest.raises(CommandError, match=words):
            send(decoder, names=names, **sent)
    short = {field: values[:2] for field, values in sent.items()}
    with pytest.raises(CommandError, match=r"2 (positions|efforts|velocities) for 3 joint names; expected one each"):
        send(decoder, **short)
