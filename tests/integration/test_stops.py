"""Whatever stops the robot leaves zero effort, says why once, and needs what the interface says to move again."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from processes import Observer, repeating, stamp_ns, wait_until
from robots import Robot
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool

from ant_sim.control_loop.loop import FIRST_STAMP_NS


def lifecycle_state(observer: Observer, name: str = "policy_node") -> str:
    return observer.call(GetState, f"{name}/get_state", GetState.Request()).current_state.label


def activate(observer: Observer, name: str = "policy_node") -> bool:
    request = ChangeState.Request()
    request.transition.id = Transition.TRANSITION_ACTIVATE
    return observer.call(ChangeState, f"{name}/change_state", request).success


def reasons(diagnostics: list) -> list[str]:
    return [status.message for array in list(diagnostics) for status in array.status]


def test_two_policies_stop_the_robot_until_one_is_activated_afresh(start, observer: Observer, robot: Robot) -> None:
    states = observer.collect(JointState, "joint_states")
    latches = observer.collect(Bool, "e_stop_active")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    button = observer.node.create_publisher(Bool, "e_stop", 10)
    sim = start("sim", seed=3, sync=False, **robot.parameters)
    first = start("policy", policy=robot.policy, node_name="first")
    second = start("policy", policy=robot.policy, node_name="second")
    sim.wait_for("two commanders at once")
    wait_until(
        lambda: states and latches and latches[-1].data and robot.stopped(states[-1]),
        "a stopped robot and the driver's latch",
    )
    for policy, name in ((first, "first"), (second, "second")):
        policy.wait_for("e_stop_active: the driver is stopped")
        wait_until(lambda name=name: lifecycle_state(observer, name) == "inactive", f"{name} deactivating itself")
        assert not activate(observer, name)
    wait_until(lambda: any("two commanders" in reason for reason in reasons(diagnostics)), "the reason in /diagnostics")
    assert sim.output.count("two commanders") == 1
    assert "/first/" in sim.output
    assert "/second/" in sim.output

    assert second.stop() == 0
    button.publish(Bool(data=False))
    wait_until(lambda: not latches[-1].data, "the driver's release")
    assert robot.stopped(states[-1])
    # The policy node may hear of the release later than this test.
    wait_until(lambda: activate(observer, "first"), "an activation")
    wait_until(lambda: not robot.stopped(states[-1]), "motion")


def test_policy_that_is_deactivated_may_be_followed_at_once(start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states")
    sim = start("sim", seed=3, sync=False)
    start("policy", policy="random", node_name="first")
    wait_until(lambda: len(states) > 10 and any(states[-1].effort), "the robot in motion")
    start("policy", policy="random", node_name="second", autostart=False)
    for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        request = ChangeState.Request()
        request.transition.id = transition
        if transition == Transition.TRANSITION_ACTIVATE:
            off = ChangeState.Request()
            off.transition.id = Transition.TRANSITION_DEACTIVATE
            assert observer.call(ChangeState, "first/change_state", off).success
        assert observer.call(ChangeState, "second/change_state", request).success
    count = len(states)
    wait_until(lambda: len(states) > count + 10 and any(states[-1].effort), "the second one in command")
    assert "two commanders" not in sim.output


def test_limit_stops_the_robot_until_a_fresh_activation(start, observer: Observer, robot: Robot) -> None:
    states = observer.collect(JointState, "joint_states")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    start("sim", seed=3, **robot.parameters)
    policy = start("policy", policy=robot.policy, max_joint_velocity=0.5)
    policy.wait_for("max_joint_velocity is 0.5")
    wait_until(lambda: lifecycle_state(observer) == "inactive", "the policy node deactivating itself")
    wait_until(lambda: any("max_joint_velocity" in reason for reason in reasons(diagnostics)), "the reason")
    # States of the beginning, when nothing moved yet, may be read last of all.
    begun = FIRST_STAMP_NS + 500_000_000
    wait_until(lambda: states and stamp_ns(states[-1]) > begun and robot.stopped(states[-1]), "the robot stopped")
    assert policy.output.count("max_joint_velocity is 0.5") == 1
    count = len(states)
    wait_until(lambda: len(states) > count + 20, "time going on")
    assert all(map(robot.stopped, states[count:]))
    assert activate(observer)
    policy.wait_for("max_joint_velocity is 0.5", 2)


def test_driver_that_is_stopped_stops_the_policy(start, observer: Observer) -> None:
    commands = observer.collect(JointState, "joint_commands")
    driver = observer.node.create_publisher(Bool, "e_stop_active", 10)
    start("sim", seed=3)
    policy = start("policy", policy="random")
    wait_until(lambda: len(commands) > 5 and any(commands[-1].effort), "commands")
    with repeating(lambda: driver.publish(Bool(data=True))):
        policy.wait_for("e_stop_active: the driver is stopped")
        wait_until(lambda: not any(commands[-1].effort), "a zero command")
    assert lifecycle_state(observer) == "inactive"


def test_20_healthy_episodes_see_no_stop(start, observer: Observer) -> None:
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    # A busy machine may take longer for a command than the default; what is asked here is whether a jump looks unsafe.
    sim = start("sim", seed=3, real_time_factor=0.0, episode_steps=250, command_timeout=5.0)
    policy = start("policy", policy="sac", state_timeout=5.0)
    for number in range(1, 21):  # one by one: all of them may take a busy machine long
        sim.wait_for(rf"episode {number} \w+ after")
    warnings = [
        status.message
        for array in list(diagnostics)
        for status in array.status
        if status.level != DiagnosticStatus.OK and "standing" not in status.message
    ]
    assert not warnings
    for node in (sim, policy):
        assert node.stop() == 0
        assert "[WARN]" not in node.output, node.output
