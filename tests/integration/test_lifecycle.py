"""The policy node's lifecycle, the emergency stop, and clean ends of all processes."""

import os
import signal

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from processes import Observer, orphaned_segments, stamp_ns, wait_until
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from robots import Robot, quadruped
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64MultiArray

CONFIGURE, CLEANUP = Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_CLEANUP
ACTIVATE, DEACTIVATE = Transition.TRANSITION_ACTIVATE, Transition.TRANSITION_DEACTIVATE


def change(observer: Observer, transition: int) -> bool:
    request = ChangeState.Request()
    request.transition.id = transition
    return observer.call(ChangeState, "policy_node/change_state", request).success


def state(observer: Observer, node: str = "policy_node") -> str:
    return observer.call(GetState, f"{node}/get_state", GetState.Request()).current_state.label


def test_configure_activate_deactivate_by_hand(start, observer: Observer) -> None:
    commands = observer.collect(JointState, "joint_commands")
    start("sim", seed=3)
    start("policy", policy="random", autostart=False, state_timeout=30.0)
    assert state(observer) == "unconfigured"
    assert change(observer, CONFIGURE)
    assert state(observer) == "inactive"
    assert not commands
    assert change(observer, ACTIVATE)
    wait_until(lambda: len(commands) > 5, "commands")
    assert any(commands[-1].effort)
    assert change(observer, DEACTIVATE)
    wait_until(lambda: not any(commands[-1].effort), "a zero command")
    assert change(observer, CLEANUP)
    assert state(observer) == "unconfigured"
    zeros = [command for command in commands if not any(command.effort)]
    assert len(zeros) == 1, "one zero command, then silence"


def test_robot_of_positions_is_stopped_as_on_stop_says(start, observer: Observer) -> None:
    states, commands = (observer.collect(JointState, topic) for topic in ("joint_states", "joint_commands"))
    start("sim", robot="quadruped")
    start("policy", policy="walk", autostart=False, state_timeout=30.0)
    assert change(observer, CONFIGURE)
    wait_until(lambda: states, "the first state")
    held = {}

    def values(message: JointState, field: str) -> dict[str, float]:
        return dict(zip(message.name, getattr(message, field), strict=False))

    def is_stop(field: str) -> bool:
        command = commands[-1]
        given = [name for name in ("position", "velocity", "effort") if len(getattr(command, name))]
        held.update({stamp_ns(message): values(message, "position") for message in list(states)})
        expected = held.get(stamp_ns(command), {}) if field == "position" else dict.fromkeys(command.name, 0.0)
        return given == [field] and values(command, field) == {name: expected.get(name) for name in command.name}

    for on_stop, field in (("hold", "position"), ("zero_effort", "effort"), ("damp", "velocity")):
        parameters = [Parameter("on_stop", value=on_stop).to_parameter_msg()]
        observer.call(SetParameters, "policy_node/set_parameters", SetParameters.Request(parameters=parameters))
        assert change(observer, ACTIVATE)
        count = len(commands)
        wait_until(lambda count=count: len(commands) > count + 5 and not is_stop("position"), "commands")
        assert change(observer, DEACTIVATE)
        wait_until(lambda field=field: is_stop(field), f"a stop of {field}")


def test_robot_of_positions_is_driven_and_stopped_by_arrays(start, observer: Observer) -> None:
    states, commands = (observer.collect(JointState, topic) for topic in ("joint_states", "joint_commands"))
    arrays = observer.collect(Float64MultiArray, "position_controller/commands")
    robot = quadruped()
    sim = start("sim", command_interface="position_controller", **robot.parameters)
    joints = f"[{', '.join(robot.joints)}]"  # the simulator's order
    start("policy", policy="walk", joints=joints, autostart=False, state_timeout=30.0)
    assert change(observer, CONFIGURE)
    wait_until(lambda: states, "the first state")
    assert change(observer, ACTIVATE)
    wait_until(lambda: len(arrays) > 20 and len(states) > 20 and not robot.stopped(states[-1]), "a robot that stands")
    assert change(observer, DEACTIVATE)
    wait_until(lambda: len(commands[-1].velocity) > 0 and len(arrays) >= len(commands), "a stop")

    def measured() -> list[float]:
        """Positions of the state that the stop answers."""
        (state, *_) = [each for each in list(states) if stamp_ns(each) == stamp_ns(commands[-1])] or [JointState()]
        return [dict(zip(state.name, state.position, strict=True)).get(name) for name in robot.joints]

    wait_until(lambda: list(arrays[-1].data) == measured(), "the measured positions, as an array cannot damp")
    assert "command rejected" not in sim.output
    assert "clamped" not in sim.output


def test_invalid_transition_is_refused_and_the_node_lives_on(start, observer: Observer) -> None:
    policy = start("policy", policy="zero", autostart=False)
    for transition in (ACTIVATE, DEACTIVATE, CLEANUP, 99):
        assert not change(observer, transition)
        assert state(observer) == "unconfigured"
    assert change(observer, CONFIGURE)
    assert not change(observer, CONFIGURE)
    assert policy.stop() == 0
    assert "Traceback" not in policy.output


def test_policy_that_cannot_be_loaded_fails_configure_and_the_node_lives_on(start, observer: Observer) -> None:
    policy = start("policy", policy="sax", autostart=False)
    assert not change(observer, CONFIGURE)
    assert state(observer) == "unconfigured"
    policy.wait_for("'sax'")
    assert policy.stop() == 0


def test_e_stop_latches_on_both_sides_until_released_and_activated_afresh(
    start, observer: Observer, robot: Robot
) -> None:
    states = observer.collect(JointState, "joint_states")
    latches = observer.collect(Bool, "e_stop_active")
    button = observer.node.create_publisher(Bool, "e_stop", 10)
    sim = start("sim", seed=3, **robot.parameters)
    policy = start("policy", policy=robot.policy)
    wait_until(lambda: len(states) > 10 and not robot.stopped(states[-1]), "the robot in motion")
    wait_until(lambda: button.get_subscription_count() == 2, "both sides listening to e_stop")

    button.publish(Bool(data=True))
    wait_until(
        lambda: latches and latches[-1].data and robot.stopped(states[-1]), "a stopped robot and the driver's latch"
    )
    policy.wait_for("e_stop")
    wait_until(lambda: state(observer) == "inactive", "the policy node deactivating itself")
    assert not change(observer, ACTIVATE), "an activation under e_stop is refused"

    button.publish(Bool(data=False))
    wait_until(lambda: not latches[-1].data, "the driver's release")
    count = len(states)
    wait_until(lambda: len(states) > count + 10, "time going on")
    assert all(map(robot.stopped, states[count:])), "no motion without a fresh activation"
    assert change(observer, ACTIVATE)
    wait_until(lambda: not robot.stopped(states[-1]), "motion")
    assert sim.output.count(f"e_stop: {robot.consequence}") == 1


def test_one_command_activates_without_ros2(start, observer: Observer) -> None:
    alone = start("policy", "--activate")
    assert alone.wait() == 1
    assert "error: no policy node in namespace '/' of this domain" in alone.output
    start("policy", policy="zero", autostart=False)
    assert state(observer) == "unconfigured"
    for words in ("/policy_node: active\n", "/policy_node: active already\n"):
        process = start("policy", "--activate")
        assert process.wait() == 0
        assert process.output.endswith(words)
        assert state(observer) == "active"


def test_refused_activation_says_so(start, observer: Observer) -> None:
    start("policy", policy="sax", autostart=False)
    assert state(observer) == "unconfigured"
    process = start("policy", "--activate")
    assert process.wait() == 1
    assert "configure: refused; the log of /policy_node says why" in process.output


def test_policy_node_of_another_name_is_found_if_it_is_the_only_one(start, observer: Observer) -> None:
    first = {"policy": "zero", "autostart": False, "node_name": "first"}
    start("policy", **first)
    assert state(observer, "first") == "unconfigured"
    process = start("policy", "--activate")
    assert process.wait() == 0
    assert process.output.endswith("/first: active\n")

    start("policy", **first | {"node_name": "second"})
    assert state(observer, "second") == "unconfigured"
    process = start("policy", "--activate")
    assert process.wait() == 1
    assert "several policy nodes: /first, /second; choose one: --activate NAME" in process.output
    process = start("policy", "--activate", "second")
    assert process.wait() == 0
    assert state(observer, "second") == "active"


def test_required_e_stop_state_is_waited_for(start, observer: Observer) -> None:
    commands = observer.collect(JointState, "joint_commands")
    policy = start("policy", policy="random", require_e_stop_state=True)
    policy.wait_for("waiting for e_stop_active")
    assert state(observer) == "inactive"
    start("sim")
    wait_until(lambda: len(commands) > 5, "commands once the driver has spoken")


@pytest.mark.skipif(
    os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE") != "SYSTEM_DEFAULT", reason="env.sh is not sourced: DDS as it comes"
)
def test_nodes_share_no_memory_that_a_killed_one_could_hold(start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states")
    sim = start("sim")
    policy = start("policy", policy="random")
    wait_until(lambda: len(states) > 5 and stamp_ns(states[-1]) > 1_000_000_000, "the robot in motion")
    assert not sim.shared_memory() | policy.shared_memory()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_both_nodes_with_code_0_and_leave_nothing_behind(start, observer: Observer, number: int) -> None:
    states = observer.collect(JointState, "joint_states")
    # As a shell does it where env.sh is not sourced.
    with_shared_memory = {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST", "FASTRTPS_DEFAULT_PROFILES_FILE": ""}
    sim = start("sim", environment=with_shared_memory)
    policy = start("policy", policy="random", environment=with_shared_memory)
    wait_until(lambda: len(states) > 5 and stamp_ns(states[-1]) > 1_000_000_000, "the robot in motion")
    used = sim.shared_memory() | policy.shared_memory()
    assert used
    for node in (policy, sim):
        assert node.stop(number) == 0
        assert "Traceback" not in node.output
    assert not {name for name in orphaned_segments() if name.removesuffix("_el") in used}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["sim", "policy"])
def test_signals_during_the_shutdown_are_ignored(start, observer: Observer, name: str, number: int) -> None:
    commands = observer.collect(JointState, "joint_commands")
    nodes = {"sim": start("sim"), "policy": start("policy", policy="random")}
    wait_until(lambda: len(commands) > 5, "commands")
    node = nodes[name]
    while node.process.poll() is None:
        node.process.send_signal(number)
    assert node.wait() == 0
    assert "Traceback" not in node.output


def test_policy_going_down_sends_a_zero_command_first(start, observer: Observer) -> None:
    commands = observer.collect(JointState, "joint_commands")
    start("sim")
    policy = start("policy", policy="random")
    wait_until(lambda: len(commands) > 5, "commands")
    assert any(commands[-1].effort)
    assert policy.stop() == 0
    wait_until(lambda: not any(commands[-1].effort), "a zero command")
