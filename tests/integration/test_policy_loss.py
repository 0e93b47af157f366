"""No policy, no torque."""

import signal

from diagnostic_msgs.msg import DiagnosticArray
from processes import Observer, stamp_ns, wait_until
from sensor_msgs.msg import JointState

COMMAND_TIMEOUT_NS = 200_000_000
CONTROL_PERIOD_NS = 50_000_000


def is_limp(message: JointState) -> bool:
    return not any(message.effort)


def test_killed_policy_leaves_no_effort_and_a_restarted_one_takes_over(observer: Observer, start) -> None:
    states = observer.collect(JointState, "joint_states")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    sim = start("sim", seed=1)
    policy = start("policy", policy="random")
    wait_until(lambda: len(states) > 30 and not is_limp(states[-1]), "the robot in motion")

    policy.process.send_signal(signal.SIGKILL)
    policy.wait()
    killed_at = stamp_ns(states[-1])
    sim.wait_for("no command for 0.2 s")
    wait_until(lambda: is_limp(states[-1]), "zero effort")
    limp_from = next(stamp_ns(m) for m in states if stamp_ns(m) > killed_at and is_limp(m))
    # A command holds for its whole step, and time waits for a late one: in the robot's time it is two steps at most.
    assert limp_from - killed_at <= COMMAND_TIMEOUT_NS + 2 * CONTROL_PERIOD_NS
    count = len(states)
    wait_until(lambda: len(states) > count + 20, "the simulation going on")
    later = [m for m in list(states) if stamp_ns(m) >= limp_from]
    assert all(is_limp(m) for m in later)
    wait_until(
        lambda: any("no command" in status.message for array in list(diagnostics) for status in array.status),
        "the reason in /diagnostics",
    )

    start("policy", policy="random")
    sim.wait_for("commands resumed")
    wait_until(lambda: not is_limp(states[-1]), "the new policy commanding")
    assert sim.output.count("no command for") == 1


def test_stopped_policy_process_leaves_no_effort_and_takes_over_when_continued(observer: Observer, start) -> None:
    states = observer.collect(JointState, "joint_states")
    sim = start("sim", seed=1)
    policy = start("policy", policy="random")
    wait_until(lambda: len(states) > 10 and not is_limp(states[-1]), "the robot in motion")
    policy.process.send_signal(signal.SIGSTOP)
    sim.wait_for("no command for 0.2 s")
    wait_until(lambda: is_limp(states[-1]), "zero effort")
    policy.process.send_signal(signal.SIGCONT)
    sim.wait_for("commands resumed")
    wait_until(lambda: not is_limp(states[-1]), "the policy commanding again")
