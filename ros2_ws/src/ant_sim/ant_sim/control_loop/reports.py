"""Content of the simulator node's diagnostics, without ROS."""

from dataclasses import dataclass

from ant_sim.control_loop.events import EpisodeEnd
from ant_sim.control_loop.loop import ControlLoop
from ant_sim.control_loop.timing import TimingMonitor


@dataclass(frozen=True)
class Report:
    """Status of one part of the node.

    Attributes:
        part: of the node.
        message: one line for people.
        values: details by name.
        stamp_ns: simulation time [ns].
        is_warning: level WARN instead of OK.
    """

    part: str
    message: str
    values: dict[str, object]
    stamp_ns: int
    is_warning: bool = False


def episode_report(end: EpisodeEnd) -> Report:
    """Report a finished episode; the return can be read back exactly."""
    values = {"episode": end.episode, "steps": end.steps, "return": repr(end.episode_return), "outcome": end.outcome}
    return Report("episode", f"episode over: {end.outcome}", values, end.stamp_ns)


def loop_report(loop: ControlLoop, timing: TimingMonitor, *, rejected: int, commanders: int) -> Report:
    """Report the control loop, with a warning while it is stopped.

    Args:
        loop: of the node.
        timing: of the node.
        rejected: number of rejected commands.
        commanders: publishers of joint_commands. Several are worth a warning but no stop, as a killed one stays in the
            graph for 20 s.
    """
    p50, p99 = timing.latency_percentiles()
    values = {
        "real-time factor": f"{timing.real_time_factor:.4f}",
        "latency p50 [ms]": f"{p50 * 1e3:.3f}",
        "latency p99 [ms]": f"{p99 * 1e3:.3f}",
        "episode": loop.episode,
        "step": loop.steps,
        "return": f"{loop.episode_return:.3f}",
        "control steps": loop.control_steps,
        "jumps": loop.jumps.count,
        "highest [m]": f"{loop.jumps.highest:.3f}",
        "paused": loop.paused,
        "e-stop": loop.e_stopped,
        "commands rejected": rejected,
        "publishers of joint_commands": commanders,
    }
    warning = loop.stop_message or (f"{commanders} publishers of joint_commands" if commanders > 1 else "")
    message = warning or ("paused" if loop.paused else "running")
    return Report("control loop", message, values, loop.stamp_ns, is_warning=bool(warning))
