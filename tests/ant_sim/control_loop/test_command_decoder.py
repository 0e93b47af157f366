from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ant_sim.control_loop.command_decoder import CommandDecoder, CommandError

JOINTS = ("hip_4", "ankle_4", "hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3")
GEARS = np.full(8, 300.0)
EFFORTS = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0]

float32_controls = arrays(np.float32, 8, elements=st.floats(-1.0, 1.0, width=32))
gears = arrays(np.float64, 8, elements=st.floats(0.01, 1e4))
any_names = st.lists(st.sampled_from(JOINTS) | st.text(max_size=5), max_size=12) | st.permutations(JOINTS)
any_efforts = st.lists(st.floats(), max_size=12) | st.lists(st.floats(), min_size=8, max_size=8)


@pytest.fixture
def decoder():
    return CommandDecoder(JOINTS, GEARS)


@given(control=float32_controls, gears=gears)
def test_float32_control_times_gear_is_restored_exactly(control, gears):
    decoder = CommandDecoder(JOINTS, gears)
    restored = decoder.decode(list(JOINTS), (control.astype(np.float64) * gears).tolist())
    assert restored.dtype == np.float32
    assert np.array_equal(restored, control)


@given(order=st.permutations(range(8)))
def test_efforts_go_to_their_joints_in_any_order_of_names(order):
    decoder = CommandDecoder(JOINTS, GEARS)
    names, efforts = [JOINTS[i] for i in order], [EFFORTS[i] for i in order]
    np.testing.assert_array_equal(decoder.decode(names, efforts), np.float32(np.array(EFFORTS) / 300.0))


@given(commands=st.lists(st.tuples(any_names, any_efforts), min_size=1, max_size=4))
def test_any_command_gives_its_own_controls_or_a_refusal_whatever_came_before(commands):
    decoder = CommandDecoder(JOINTS, GEARS)
    for names, efforts in commands:
        try:
            controls = decoder.decode(names, efforts)
        except CommandError as refusal:
            assert "expected" in str(refusal) or "joint '" in str(refusal)  # noqa: PT017 (acceptance is fine too)
            continue
        by_joint = dict(zip(names, efforts, strict=True))
        assert sorted(names) == sorted(JOINTS)
        np.testing.assert_array_equal(controls, np.float32(np.array([by_joint[joint] for joint in JOINTS]) / 300.0))


@given(efforts=any_efforts.map(lambda values: array("d", values)))
def test_array_of_efforts_without_names_is_taken_whole_or_not_at_all(efforts):
    decoder = CommandDecoder(JOINTS, GEARS)
    with np.errstate(over="ignore"):
        expected = np.float32(np.array(efforts) / 300.0)
    if len(efforts) == len(JOINTS) and np.isfinite(expected).all():
        assert decoder.decode(list(JOINTS), efforts).tolist() == expected.tolist()
    else:
        with pytest.raises(CommandError, match=r"efforts for 8 joint names|effort of joint '\w+' is"):
            decoder.decode(list(JOINTS), efforts)


def test_order_may_change_from_command_to_command(decoder):
    expected = decoder.decode(list(JOINTS), EFFORTS)
    np.testing.assert_array_equal(decoder.decode(list(JOINTS[::-1]), EFFORTS[::-1]), expected)
    np.testing.assert_array_equal(decoder.decode(list(JOINTS), EFFORTS), expected)


def test_names_that_the_sender_changes_in_place_are_read_anew(decoder):
    names = list(JOINTS)
    first = decoder.decode(names, EFFORTS)
    names.reverse()
    np.testing.assert_array_equal(decoder.decode(names, EFFORTS[::-1]), first)


def test_each_effort_is_divided_by_the_gear_of_its_joint():
    decoder = CommandDecoder(("a", "b"), np.array([100.0, 200.0]))
    np.testing.assert_array_equal(decoder.decode(["b", "a"], [50.0, 50.0]), np.float32([0.5, 0.25]))


def test_unknown_joint_is_named_with_those_there_are(decoder):
    with pytest.raises(CommandError, match=r"joint 'hip_5' not in robot; available: hip_4, ankle_4, hip_1"):
        decoder.decode(["hip_5", *JOINTS[1:]], EFFORTS)


def test_missing_joint_is_named(decoder):
    with pytest.raises(CommandError, match=r"joint 'ankle_2' has no effort"):
        decoder.decode([name for name in JOINTS if name != "ankle_2"], EFFORTS[:7])


def test_joint_that_is_there_twice_is_named(decoder):
    with pytest.raises(CommandError, match=r"joint 'hip_1' is named twice"):
        decoder.decode([*JOINTS, "hip_1"], [*EFFORTS, 1.0])


@pytest.mark.parametrize("efforts", [EFFORTS[:7], [*EFFORTS, 1.0], []])
def test_number_of_efforts_and_of_names_must_agree(decoder, efforts):
    with pytest.raises(CommandError, match=rf"{len(efforts)} efforts for 8 joint names"):
        decoder.decode(list(JOINTS), efforts)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_effort_that_is_no_float32_names_its_joint(decoder, value):
    efforts = dict(zip(JOINTS, EFFORTS, strict=True)) | {"ankle_3": value}
    names = sorted(JOINTS)
    with pytest.raises(CommandError, match=r"joint 'ankle_3' is (nan|inf|-inf|1e\+300); expected a finite"):
        decoder.decode(names, [efforts[name] for name in names])


def test_command_without_joints_is_refused(decoder):
    with pytest.raises(CommandError, match=r"joint 'hip_4' has no effort"):
        decoder.decode([], [])


def test_refused_names_do_not_spoil_the_next_command(decoder):
    with pytest.raises(CommandError):
        decoder.decode(["hip_5", *JOINTS[1:]], EFFORTS)
    np.testing.assert_array_equal(decoder.decode(list(JOINTS), EFFORTS), np.float32(np.array(EFFORTS) / 300.0))


def test_refusal_does_not_repeat_a_name_of_any_length(decoder):
    with pytest.raises(CommandError) as refusal:
        decoder.decode(["x" * 10_000, *JOINTS[1:]], EFFORTS)
    assert len(str(refusal.value)) < 300
