import pytest

pytest.importorskip("diagnostic_msgs", reason="ROS 2 is not installed (make setup installs it)")

from diagnostic_msgs.msg import DiagnosticStatus

from ant_ros.messages import to_ns
from ant_sim.control_loop.events import EpisodeEnd, Outcome
from ant_sim.control_loop.lockstep import Lockstep
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.control_loop.timing import TimingMonitor
from ant_sim.ros.reports import episode_report, loop_report


@pytest.fixture
def run(drive):
    """A loop that has done three control steps."""
    run = drive(Lockstep)
    run.answer(0.25, count=3)
    return run


def report_of(run, rejected=0, clamped=0, commanders=1):
    return loop_report(
        "/ant1/sim_node",
        "simulated ant",
        run.loop,
        TimingMonitor(),
        seed=3,
        rejected=rejected,
        clamped=clamped,
        commanders=commanders,
    )


def verdict(report):
    """Message, and whether it is a warning."""
    (status,) = report.status
    return status.message, status.level == DiagnosticStatus.WARN


def values(report):
    return {entry.key: entry.value for entry in report.status[0].values}


def test_return_of_an_episode_can_be_read_back_exactly():
    end = EpisodeEnd(episode=2, steps=7, episode_return=0.1 + 0.2, outcome=Outcome.TERMINATED, stamp_ns=5)
    report = episode_report("/ant1/sim_node", "simulated ant", end)
    assert float(values(report)["return"]) == end.episode_return
    assert values(report) | {"return": ""} == {"episode": "2", "steps": "7", "return": "", "outcome": "terminated"}
    assert report.status[0].name == "/ant1/sim_node: episode"
    assert (to_ns(report.header.stamp), verdict(report)) == (5, ("episode over: terminated", False))


def test_running_loop_reports_its_counts_and_no_warning(run):
    report = report_of(run, rejected=4)
    found = values(report)
    assert verdict(report) == ("running", False)
    assert report.status[0].name == "/ant1/sim_node: control loop"
    assert to_ns(report.header.stamp) == FIRST_STAMP_NS + 150_000_000
    assert (found["control steps"], found["step"], found["episode"]) == ("3", "3", "1")
    assert (found["commands rejected"], found["publishers of joint_commands"], found["seed"]) == ("4", "1", "3")


def test_pause_is_reported_as_no_fault(run):
    run.pause()
    report = report_of(run)
    assert (verdict(report), values(report)["paused"]) == (("paused", False), "True")


def test_two_publishers_of_commands_are_a_warning(run):
    assert verdict(report_of(run, commanders=2)) == ("2 publishers of joint_commands", True)


def test_reason_of_a_stop_goes_before_everything_else(run):
    run.loop.set_e_stop(True, "two commanders")
    run.pause()
    report = report_of(run, commanders=2)
    assert verdict(report) == ("two commanders: zero effort until it is released", True)
    assert values(report)["e-stop"] == "True"
