"""Simulation time: exact steps, never back, pausing and stepping."""

import itertools

from processes import Observer, stamp_ns, wait_until
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Imu, JointState
from std_srvs.srv import SetBool, Trigger

PERIOD_NS = 50_000_000


def test_clock_advances_by_exact_periods_also_across_resets(observer: Observer, start) -> None:
    clocks = observer.collect(Clock, "/clock")
    states = observer.collect(JointState, "joint_states")
    start("sim", real_time_factor=10.0, episode_steps=15)
    wait_until(lambda: len(states) > 0, "a first state")
    assert stamp_ns(states[0]) == 1_000_000_000
    start("policy", policy="zero")
    for wanted in (60, 120):
        wait_until(lambda wanted=wanted: len(clocks) > wanted, "time going on")
        assert observer.call(Trigger, "sim_node/reset", Trigger.Request()).success
    wait_until(lambda: len(clocks) > 180, "time going on")
    for messages in (list(clocks), list(states)):
        stamps = [stamp_ns(message) for message in messages]
        steps = {after - before for before, after in itertools.pairwise(stamps)}
        assert steps <= {0, PERIOD_NS}, steps


def test_pause_stops_time_and_step_advances_one_period(observer: Observer, start) -> None:
    states = observer.collect(JointState, "joint_states")
    start("sim")
    start("policy", policy="random")
    wait_until(lambda: len(states) > 10 and stamp_ns(states[-1]) > 1_000_000_000, "the robot in motion")

    refused = observer.call(Trigger, "sim_node/step", Trigger.Request())
    assert not refused.success
    assert "paused" in refused.message

    assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=True)).success
    count = len(states)
    wait_until(lambda: len(states) > count + 5, "the same state again and again")
    paused_at = stamp_ns(states[-1])
    assert {stamp_ns(message) for message in states[count + 1 :]} == {paused_at}

    for step in range(1, 6):
        assert observer.call(Trigger, "sim_node/step", Trigger.Request()).success
        expected = paused_at + step * PERIOD_NS
        wait_until(lambda expected=expected: stamp_ns(states[-1]) == expected, "one control period later")
        assert any(states[-1].effort), "the step is the policy's, not a limp one"

    assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=False)).success
    wait_until(lambda: stamp_ns(states[-1]) > paused_at + 20 * PERIOD_NS, "time going on")


def test_free_running_simulator_keeps_time_without_waiting(observer: Observer, start) -> None:
    states = observer.collect(JointState, "joint_states")
    sim = start("sim", sync=False)
    policy = start("policy", policy="random")
    wait_until(lambda: len(states) > 40, "the robot in motion")
    assert any(states[-1].effort)
    policy.stop()
    sim.wait_for("no command for 0.2 s")
    stopped_at = stamp_ns(states[-1])
    wait_until(lambda: stamp_ns(states[-1]) > stopped_at + 10 * PERIOD_NS, "time going on")
    assert not any(states[-1].effort)


def test_step_that_waits_for_its_command_holds_nothing_else_up(start, observer: Observer) -> None:
    start("sim")
    assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=True)).success
    assert observer.call(Trigger, "sim_node/step", Trigger.Request()).success, "limp, as nobody commands"
    assert observer.call(Trigger, "sim_node/reset", Trigger.Request()).success


def test_two_simulators_in_one_domain_are_named_once(start) -> None:
    first = start("sim", node_name="sim_a")
    first.wait_for("standing still")
    second = start("sim", node_name="sim_b")
    for node in (first, second):
        node.wait_for("/clock has 2 publishers: /sim_a, /sim_b; .*ROS_DOMAIN_ID")
    third = start("sim", node_name="sim_c")
    first.wait_for("/clock has 3 publishers: /sim_a, /sim_b, /sim_c")
    third.stop()
    assert first.output.count("/clock has 2 publishers") == 1


def test_imu_that_is_first_heard_later_is_of_the_standing_state(start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states")
    start("sim")
    wait_until(lambda: len(states) > 2, "states of the standing robot")
    readings = observer.collect(Imu, "imu")
    wait_until(lambda: bool(readings), "a reading")
    assert stamp_ns(readings[0]) == stamp_ns(states[-1])
