"""Diagnostics of the simulator node."""

from diagnostic_msgs.msg import DiagnosticArray

from ant_ros.messages import OK, WARN, diagnostics, to_time
from ant_sim.control_loop.events import EpisodeEnd
from ant_sim.control_loop.loop import ControlLoop
from ant_sim.control_loop.timing import TimingMonitor


def episode_report(node: str, hardware_id: str, end: EpisodeEnd) -> DiagnosticArray:
    """Report a finished episode of the node with that name, stamped with its last state.

    The return can be read back exactly.
    """
    values = {"episode": end.episode, "steps": end.steps, "return": repr(end.episode_return), "outcome": end.outcome}
    stamp, message = to_time(end.stamp_ns), f"episode over: {end.outcome}"
    return diagnostics(stamp, f"{node}: episode", message, values, hardware_id=hardware_id)


def loop_report(
    node: str,
    hardware_id: str,
    loop: ControlLoop,
    timing: TimingMonitor,
    *,
    seed: int,
    rejected: int,
    clamped: int,
    commanders: int,
) -> DiagnosticArray:
    """Report the control loop, with a warning while it is stopped.

    Args:
        node: name of the node.
        hardware_id: name of the robot.
        loop: of the node.
        timing: of the node.
        seed: of the first reset.
        rejected: number of rejected commands.
        clamped: number of commands beyond the actuators' limits.
        commanders: publishers of joint_commands. Several are worth a warning but no stop, as a killed one stays in the
            graph for 20 s.
    """
    of_task = loop.task.report()
    p50, p99 = timing.latency_percentiles()
    values = {
        "real-time factor": f"{timing.real_time_factor:.4f}",
        "latency p50 [ms]": f"{p50 * 1e3:.3f}",
        "latency p99 [ms]": f"{p99 * 1e3:.3f}",
        "seed": seed,
        "episode": loop.episode,
        "step": loop.steps,
        **({"return": f"{loop.episode_return:.3f}"} if of_task else {}),
        "control steps": loop.control_steps,
        **of_task,
        "paused": loop.paused,
        "e-stop": loop.e_stopped,
        "commands rejected": rejected,
        "commands clamped": clamped,
        "publishers of joint_commands": commanders,
    }
    warning = loop.stop_message or (f"{commanders} publishers of joint_commands" if commanders > 1 else "")
    message = warning or ("paused" if loop.paused else "running")
    stamp, name = to_time(loop.stamp_ns), f"{node}: control loop"
    return diagnostics(stamp, name, message, values, level=WARN if warning else OK, hardware_id=hardware_id)
