"""Stops of robots that take positions or velocities, in both control loops."""

import numpy as np
import pytest
from mjcf import ARM, CART, ROVER

from ant_sim.control_loop.commands import DAMP, LIMP, Command
from ant_sim.control_loop.events import Stop
from ant_sim.control_loop.free_running import FreeRunning
from ant_sim.control_loop.lockstep import Lockstep
from ant_sim.physics.drives import Drive
from ant_sim.tasks.task import NoTask

HOME = {"keyframe": "home"}
TARGETS = Command(np.array([0.5, 0.4, -0.3]))


@pytest.fixture(params=[Lockstep, FreeRunning])
def begin(request, simulate, drive_of):
    """Start a loop: begin(ARM, keyframe="home", on_stop="hold")."""

    def start(mjcf, keyframe="", **config):
        return drive_of(request.param, simulate(mjcf, keyframe=keyframe), NoTask(), **config)

    return start


def efforts(run):
    return dict(zip(run.simulator.joint_names, run.simulator.state().joint_efforts, strict=True))


def drives(run):
    """Return whether gains and whether damping are on."""
    model = run.simulator.model
    return bool(model.actuator_gainprm[:, 0].any()), bool(model.actuator_biasprm[:, 2].all())


def test_robot_stands_in_its_initial_pose_before_the_first_command(begin):
    run = begin(ARM, **HOME)
    run.wait(1.0)
    assert run.simulator.state().joint_positions == [0.5, -0.8, 0.2]
    assert len(run.fresh) == 1


@pytest.mark.parametrize(
    ("on_stop", "expected", "words"),
    [
        ("", (False, True), "joints damped"),
        ("damp", (False, True), "joints damped"),
        ("zero_effort", (False, False), "zero effort"),
    ],
)
def test_timeout_takes_the_gains_away_and_the_next_command_brings_them_back(begin, on_stop, expected, words):
    run = begin(ARM, on_stop=on_stop, **HOME)
    run.send(TARGETS)
    run.wait(0.1)
    assert drives(run)[0]
    run.wait(0.5)
    assert drives(run) == expected
    assert run.loop.stop is Stop.TIMEOUT
    assert run.loop.stop_message.startswith(f"no command for 0.2 s: {words} until one ")
    if on_stop == "zero_effort":
        assert set(efforts(run).values()) == {0.0}
    run.send(TARGETS)
    run.wait(0.05)
    assert drives(run)[0]
    assert abs(efforts(run)["shoulder"]) > 1.0
    assert run.loop.stop_message == ""


def test_hold_keeps_the_last_targets(begin):
    run = begin(ARM, on_stop="hold", **HOME)
    run.send(TARGETS)
    run.wait(3.0)
    assert run.loop.stop_message.startswith("no command for 0.2 s: position targets held until")
    assert run.simulator.data.ctrl.tolist() == TARGETS.ctrl.tolist()
    expected = {"wrist": 0.5, "shoulder": 0.2, "elbow": -0.3}
    positions = dict(zip(run.simulator.joint_names, run.simulator.state().joint_positions, strict=True))
    assert positions == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(("stop", "expected"), [(LIMP, (False, False)), (DAMP, (False, True))])
def test_hold_does_not_stiffen_a_robot_that_its_commander_let_go(begin, stop, expected):
    run = begin(ARM, on_stop="hold", **HOME)
    run.send(TARGETS)
    run.wait(0.05)
    run.send(stop)
    run.wait(1.0)
    assert run.loop.stop is Stop.TIMEOUT
    assert drives(run) == expected


@pytest.mark.parametrize(("on_stop", "expected"), [("damp", (False, True)), ("zero_effort", (False, False))])
def test_e_stop_does_what_a_timeout_does_and_says_so(begin, on_stop, expected):
    run = begin(ARM, on_stop=on_stop, **HOME)
    run.send(TARGETS)
    run.wait(0.05)
    run.loop.set_e_stop(True)
    run.send(TARGETS)
    run.wait(0.1)
    assert drives(run) == expected
    assert run.loop.stop_message.endswith("until it is released")
    run.loop.set_e_stop(False)
    run.wait(0.1)
    assert drives(run) == expected
    run.send(TARGETS)
    run.wait(0.05)
    assert drives(run)[0]


@pytest.mark.parametrize(("stop", "expected"), [(LIMP, (False, False)), (DAMP, (False, True))])
@pytest.mark.parametrize("offset_ns", [-(10**9), -20_000_000, 20_000_000])
def test_stop_command_is_accepted_with_any_stamp(begin, stop, expected, offset_ns):
    run = begin(ARM, **HOME)
    run.send(TARGETS)
    run.wait(0.05)
    run.send(stop, run.loop.stamp_ns + offset_ns)
    run.wait(0.05)
    assert drives(run) == expected
    assert run.loop.stop is None


def test_old_targets_are_not_accepted(begin):
    run = begin(ARM, **HOME)
    run.send(TARGETS)
    run.wait(0.05)
    run.send(Command(np.full(3, 0.9)), run.loop.stamp_ns - 10**9)
    run.wait(0.05)
    assert run.simulator.data.ctrl.tolist() == TARGETS.ctrl.tolist()


def test_reset_stands_the_robot_up_again_with_its_gains(begin):
    run = begin(ARM, **HOME)
    run.send(TARGETS)
    run.wait(1.0)
    run.loop.reset(run.now)
    assert run.simulator.state().joint_positions == [0.5, -0.8, 0.2]
    run.send(TARGETS)
    run.wait(0.05)
    assert drives(run)[0]


@pytest.mark.parametrize("on_stop", ["", "hold"])
def test_velocity_robot_gets_zero_velocity(begin, on_stop):
    run = begin(ROVER, on_stop=on_stop)
    run.send(Command(np.array([5.0, 5.0])))
    run.wait(3.0)
    assert run.loop.stop_message.startswith("no command for 0.2 s: zero velocity until")
    assert run.simulator.state().joint_velocities == pytest.approx([0.0, 0.0], abs=0.05)
    run.send(LIMP)
    run.wait(0.05)
    assert set(efforts(run).values()) == {0.0}


@pytest.mark.parametrize("on_stop", ["damp", "hold"])
def test_robot_that_takes_efforts_can_only_go_limp(begin, on_stop):
    with pytest.raises(ValueError, match=f"'on_stop' is '{on_stop}'; the robot takes effort, expected one of: zero_ef"):
        begin(CART, on_stop=on_stop)


def test_plain_simulator_has_no_falls_and_no_return(begin):
    run = begin(ROVER)
    run.simulator.data.qpos[2] = -0.5
    for _ in range(20):
        run.send(Command(np.array([1.0, 1.0])))
        run.wait(0.02)
    assert (run.ends, run.loop.episode_return, run.loop.task.report()) == ([], 0.0, {})
    assert run.loop.steps > 10


def test_states_are_a_control_period_apart(begin, simulate):
    run = begin(ARM)
    for _ in range(20):
        run.send(TARGETS)
        run.wait(0.02)
    stamps = [state.stamp_ns for state in run.fresh]
    assert len(stamps) > 10
    assert set(np.diff(stamps)) == {20_000_000}
    assert run.simulator.data.time == pytest.approx((stamps[-1] - stamps[0]) * 1e-9, abs=0.02)


def test_position_robot_follows_in_lockstep_bit_for_bit(simulate, drive_of):
    reference = simulate(ARM, keyframe="home")
    run = drive_of(Lockstep, simulate(ARM, keyframe="home"), NoTask(), real_time_factor=0.0)
    rng = np.random.default_rng(0)
    for _ in range(100):
        ctrl = rng.uniform(-1.0, 1.0, 3)
        run.send(Command(ctrl))
        run.wait(0.0)
        reference.step(ctrl)
        np.testing.assert_array_equal(run.simulator.data.qpos, reference.data.qpos)


def test_drive_state_is_part_of_a_command():
    assert TARGETS.equals(Command(TARGETS.ctrl.copy()))
    assert not TARGETS.equals(LIMP)
    assert not LIMP.equals(DAMP)
    assert LIMP.drive is Drive.LIMP
