"""Two processes over ROS give the trajectory of the Gymnasium environment, number for number."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from processes import Observer, stamp_ns, wait_until
from replay import PERIOD_NS, Instant, replay
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger

from ant_policy import load_policy
from ant_policy.export import export_onnx
from ant_policy.observation import BaseSample, JointSample, ObservationBuilder
from ant_sim import MODEL_PATH, AntSimulator
from ant_sim.control_loop import FIRST_STAMP_NS

SEED = 7
PATIENT = 20.0
"""Timeouts [s] long enough for a machine under any load: then the trajectory must not depend on it."""
SIMULATOR = AntSimulator()


def last_stamp(messages: list) -> int:
    return stamp_ns(messages[-1]) if messages else 0


def check(instant: Instant, joints: JointState, odom: Odometry, builder: ObservationBuilder) -> None:
    """Every number of the messages equals the environment's."""
    state = instant.state
    assert list(joints.name) == list(SIMULATOR.joint_names)
    assert list(joints.position) == state.joint_positions
    assert list(joints.velocity) == state.joint_velocities
    pose, twist = odom.pose.pose, odom.twist.twist
    quaternion = (pose.orientation.w, pose.orientation.x, pose.orientation.y, pose.orientation.z)
    velocity = (twist.linear.x, twist.linear.y, twist.linear.z)
    angular = (twist.angular.x, twist.angular.y, twist.angular.z)
    assert [pose.position.x, pose.position.y, pose.position.z] == state.torso_position_w
    assert list(quaternion) == state.torso_quaternion
    assert velocity == state.torso_velocity_b
    assert list(angular) == state.torso_angular_velocity_b
    observation = builder.build(
        JointSample(0, joints.name, joints.position, joints.velocity),
        BaseSample(0, pose.position.z, quaternion, velocity, angular),
    )
    assert np.array_equal(observation, instant.observation)


def check_run(
    states: list, odometry: list, commands: list, policy_path: Path, model: Path, steps: int, resets_ns: set[int]
) -> None:
    policy = load_policy(policy_path)
    expected = replay(policy, model, SEED, steps, resets_ns)
    end_ns = FIRST_STAMP_NS + steps * PERIOD_NS
    builder = ObservationBuilder(policy.card.observation)
    odom_at = {stamp_ns(message): message for message in odometry}
    seen = {stamp_ns(message): message for message in states if stamp_ns(message) <= end_ns}
    both = seen.keys() & odom_at.keys()
    # An observer may miss a message; chaos makes the later ones prove those before them.
    assert len(both) >= 0.9 * steps
    assert max(both) >= end_ns - 20 * PERIOD_NS
    for stamp in both:
        check(expected[stamp], seen[stamp], odom_at[stamp], builder)
    answered = 0
    for command in commands:
        if FIRST_STAMP_NS <= stamp_ns(command) <= end_ns:
            effort = dict(zip(command.name, command.effort, strict=True))
            ctrl = np.array([effort[name] for name in SIMULATOR.actuator_joints]) / SIMULATOR.gears
            assert np.array_equal(ctrl.astype(np.float32), expected[stamp_ns(command)].ctrl)
            assert np.array_equal(ctrl, expected[stamp_ns(command)].ctrl.astype(np.float64))
            answered += 1
    # The observer meets the policy node some time after the simulator does, on a busy machine a long time.
    assert answered >= 0.1 * steps


@pytest.mark.parametrize(
    ("real_time_factor", "steps", "busy"),
    [(0.0, 1000, False), (0.0, 1000, True), (5.0, 1000, False), (1.0, 200, False)],
)
def test_two_processes_equal_the_environment_over_a_fall_and_a_reset(
    real_time_factor: float, steps: int, busy: bool, observer: Observer, start, linear_policy: Path, falling_model: Path
) -> None:
    states = observer.collect(JointState, "joint_states")
    odometry = observer.collect(Odometry, "odom")
    commands = observer.collect(JointState, "joint_commands")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    sim = start("sim", seed=SEED, real_time_factor=real_time_factor, model=falling_model, command_timeout=PATIENT)
    wait_until(lambda: len(states) > 1 and len(odometry) > 1, "states before the policy joins, late")
    burner = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
    try:
        start("policy", policy=linear_policy, state_timeout=PATIENT)
        wait_until(lambda: last_stamp(states) > FIRST_STAMP_NS + steps // 4 * PERIOD_NS, "a quarter of the run", 90)
        assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=True)).success
        assert observer.call(Trigger, "sim_node/reset", Trigger.Request()).success
        assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=False)).success
        end_ns = FIRST_STAMP_NS + steps * PERIOD_NS
        wait_until(lambda: last_stamp(commands) >= end_ns and last_stamp(odometry) >= end_ns, "the end of the run", 90)
    finally:
        if burner is not None:
            burner.kill()
            burner.wait()
    ends = [
        ({value.key: value.value for value in status.values}, stamp_ns(message))
        for message in list(diagnostics)
        for status in message.status
        if status.name == "/sim_node: episode"
    ]
    assert "no command" not in sim.output, sim.output
    resets_ns = {stamp for values, stamp in ends if values["outcome"] == "reset"}
    assert len(resets_ns) == 1
    if steps == 1000:
        assert any(values["outcome"] == "terminated" and stamp < end_ns for values, stamp in ends)
    check_run(list(states), list(odometry), list(commands), linear_policy, falling_model, steps, resets_ns)


def test_exported_policy_drives_the_robot_like_the_environment(observer: Observer, start, linear_policy: Path) -> None:
    folder = linear_policy.parent / "exported"
    export_onnx(load_policy(linear_policy), folder / "policy.onnx")
    states = observer.collect(JointState, "joint_states")
    odometry = observer.collect(Odometry, "odom")
    commands = observer.collect(JointState, "joint_commands")
    start("sim", seed=SEED, real_time_factor=0.0, command_timeout=PATIENT)
    wait_until(lambda: len(states) > 1 and len(odometry) > 1, "states before the policy joins")
    start("policy", policy=folder, state_timeout=PATIENT)
    end_ns = FIRST_STAMP_NS + 200 * PERIOD_NS
    wait_until(lambda: last_stamp(commands) >= end_ns and last_stamp(odometry) >= end_ns, "the end of the run", 90)
    check_run(list(states), list(odometry), list(commands), folder, MODEL_PATH, 200, set())
