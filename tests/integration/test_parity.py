"""Two processes over ROS give the trajectory of the Gymnasium environment, bit for bit."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import Odometry
from processes import Observer, stamp_ns, wait_until
from quadruped_card import quadruped_card
from sensor_msgs.msg import Imu, JointState
from std_srvs.srv import SetBool, Trigger
from visualization_msgs.msg import MarkerArray

from ant_bringup.checks.parity import compare
from ant_bringup.checks.reference import PERIOD_NS, replay, run_loop
from ant_policy import load_policy
from ant_policy.card.observation import Observation, Term
from ant_policy.card.parts import Network, PolicyFile
from ant_policy.export import export
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.mlp import Layer
from ant_sim import MODEL_PATH
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.physics.robot import load_robot
from ant_sim.physics.shipped import find_model

SEED = 7
WALK_PERIOD_NS = 20_000_000
PATIENT = 20.0
"""Timeouts [s] long enough for a machine under any load: then the trajectory must not depend on it."""


def activate_when_heard(observer: Observer) -> None:
    """Let the policy command once the observer will miss none of its commands."""
    wait_until(lambda: observer.node.count_publishers("joint_commands") > 0, "the policy node's publisher")
    for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        request = ChangeState.Request()
        request.transition.id = transition
        assert observer.call(ChangeState, "policy_node/change_state", request).success


def last_stamp(messages: list) -> int:
    return stamp_ns(messages[-1]) if messages else 0


def ends(diagnostics: list, outcome: str) -> set[int]:
    """Stamps [ns] of the last states of the episodes with this outcome."""
    return {
        stamp_ns(message)
        for message in list(diagnostics)
        for status in message.status
        if status.name == "/sim_node: episode" and outcome in {value.value for value in status.values}
    }


def check_run(
    states: list, odometry: list, commands: list, policy_path: Path, model: Path, steps: int, resets_ns: set[int]
) -> None:
    policy = load_policy(policy_path)
    instants = replay(policy, SEED, steps, model, resets_ns)
    kept = [{stamp_ns(message): message for message in messages} for messages in (states, odometry, commands)]
    result = compare(policy, instants, *kept)
    assert result.difference is None
    # An observer may miss a message; chaos makes the later ones prove those before them.
    assert result.states >= 0.9 * steps
    assert result.commands >= 0.9 * steps
    assert max(kept[0].keys() & kept[1].keys()) >= FIRST_STAMP_NS + (steps - 20) * PERIOD_NS


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
        # Velocities that are there are used as they are.
        estimate = real_time_factor == 5.0
        start("policy", policy=linear_policy, state_timeout=PATIENT, autostart=False, velocity_from_positions=estimate)
        activate_when_heard(observer)
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
    assert "no command" not in sim.output, sim.output
    resets_ns = ends(diagnostics, "reset")
    assert len(resets_ns) == 1
    if steps == 1000:
        assert any(stamp < end_ns for stamp in ends(diagnostics, "terminated"))
    check_run(list(states), list(odometry), list(commands), linear_policy, falling_model, steps, resets_ns)


def save_restless_quadruped_policy(folder: Path) -> Path:
    """Write a policy that remembers all that a card can ask for, and lets its robot fall; returns its folder."""
    card = quadruped_card("linear")
    terms = Observation((*card.observation.terms, Term("gait_phase", period=0.5)))
    file = PolicyFile("linear", "policy.npz", "clip", Network("identity", ()))
    action = replace(card.action, scale=dict.fromkeys(card.joints.names, 1.2))
    card = replace(card, observation=terms, policy=file, action=action)
    card.save(folder / "card.yaml")
    weight = np.random.default_rng(4).normal(0.0, 0.5, (card.action_size, card.observation_size))
    save_npz(folder / "policy.npz", [Layer(weight, np.zeros(card.action_size))])
    return folder


def test_quadruped_equals_a_plain_loop_over_falls_and_a_reset_memory_included(
    observer: Observer, start, tmp_path: Path
) -> None:
    topics = {"joint_states": JointState, "odom": Odometry, "joint_commands": JointState, "imu": Imu}
    kept = {name: observer.collect(kind, name) for name, kind in topics.items()}
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    sim = start("sim", robot="quadruped", task="walk", seed=SEED, real_time_factor=0.0, command_timeout=PATIENT)
    wait_until(lambda: all(kept[name] for name in ("joint_states", "odom", "imu")), "states before the policy joins")
    folder = save_restless_quadruped_policy(tmp_path)
    start("policy", policy=folder, state_timeout=PATIENT, autostart=False)
    activate_when_heard(observer)
    wait_until(lambda: last_stamp(kept["joint_states"]) > FIRST_STAMP_NS + 100 * WALK_PERIOD_NS, "100 steps")
    assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=True)).success
    assert observer.call(Trigger, "sim_node/reset", Trigger.Request()).success
    assert observer.call(SetBool, "sim_node/set_pause", SetBool.Request(data=False)).success
    wait_until(lambda: bool(ends(diagnostics, "reset")), "the end of an episode by a reset")
    (reset_ns,) = ends(diagnostics, "reset")
    end_ns = reset_ns + 200 * WALK_PERIOD_NS
    wait_until(lambda: all(last_stamp(each) >= end_ns for each in kept.values()), "the end of the run", 90)
    assert "no command" not in sim.output, sim.output
    assert any(stamp < end_ns for stamp in ends(diagnostics, "terminated"))
    steps = (end_ns - FIRST_STAMP_NS) // WALK_PERIOD_NS
    policy, robot = load_policy(folder), load_robot(find_model("quadruped"))
    instants = run_loop(policy, robot, SEED, steps, task="walk", resets_ns={reset_ns})
    by_stamp = {name: {stamp_ns(message): message for message in list(each)} for name, each in kept.items()}
    result = compare(policy, instants, **by_stamp)
    assert result.difference is None
    assert min(result.states, result.commands) >= 0.9 * steps


def test_exported_policy_drives_the_robot_like_the_environment(observer: Observer, start, linear_policy: Path) -> None:
    folder = linear_policy.parent / "exported"
    export(load_policy(linear_policy), folder / "policy.onnx")
    states = observer.collect(JointState, "joint_states")
    odometry = observer.collect(Odometry, "odom")
    commands = observer.collect(JointState, "joint_commands")
    start("sim", seed=SEED, real_time_factor=0.0, command_timeout=PATIENT)
    wait_until(lambda: len(states) > 1 and len(odometry) > 1, "states before the policy joins")
    start("policy", policy=folder, state_timeout=PATIENT, autostart=False)
    activate_when_heard(observer)
    end_ns = FIRST_STAMP_NS + 200 * PERIOD_NS
    wait_until(lambda: last_stamp(commands) >= end_ns and last_stamp(odometry) >= end_ns, "the end of the run", 90)
    check_run(list(states), list(odometry), list(commands), folder, MODEL_PATH, 200, set())


def test_viewers_that_hang_or_die_in_mid_run_change_nothing(observer: Observer, start, linear_policy: Path) -> None:
    steps, half_ns = 600, FIRST_STAMP_NS + 300 * PERIOD_NS
    states = observer.collect(JointState, "joint_states")
    odometry = observer.collect(Odometry, "odom")
    commands = observer.collect(JointState, "joint_commands")
    markers = observer.collect(MarkerArray, "markers")
    sim = start("sim", seed=SEED, real_time_factor=0.0, command_timeout=PATIENT)
    hung, killed = start("markers", node_name="hung"), start("markers", node_name="killed")
    wait_until(lambda: observer.node.count_subscribers("joint_states") == 3 and len(markers) > 20, "both viewers")
    start("policy", policy=linear_policy, state_timeout=PATIENT, autostart=False)
    activate_when_heard(observer)
    wait_until(lambda: last_stamp(states) > half_ns, "half of the run", 90)
    hung.process.send_signal(signal.SIGSTOP)
    killed.process.kill()
    assert last_stamp(states) < FIRST_STAMP_NS + steps * PERIOD_NS, "they were to go in mid-run"
    end_ns = FIRST_STAMP_NS + steps * PERIOD_NS
    wait_until(lambda: last_stamp(commands) >= end_ns and last_stamp(odometry) >= end_ns, "the end of the run", 90)
    assert "no command" not in sim.output, sim.output
    check_run(list(states), list(odometry), list(commands), linear_policy, MODEL_PATH, steps, set())
