import pytest

from ant_sim.control_loop.events import EpisodeEnd
from ant_sim.control_loop.lockstep import Lockstep
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.control_loop.reports import episode_report, loop_report
from ant_sim.control_loop.timing import TimingMonitor


@pytest.fixture
def run(drive):
    """A loop that has done three control steps."""
    run = drive(Lockstep)
    run.answer(0.25, count=3)
    return run


def report_of(run, rejected=0, commanders=1):
    return loop_report(run.loop, TimingMonitor(), rejected=rejected, commanders=commanders)


def test_return_of_an_episode_can_be_read_back_exactly():
    end = EpisodeEnd(episode=2, steps=7, episode_return=0.1 + 0.2, outcome="terminated", stamp_ns=5)
    report = episode_report(end)
    assert float(str(report.values["return"])) == end.episode_return
    assert (report.values["episode"], report.values["steps"], report.values["outcome"]) == (2, 7, "terminated")
    assert (report.stamp_ns, report.is_warning) == (5, False)


def test_running_loop_reports_its_counts_and_no_warning(run):
    report = report_of(run, rejected=4)
    assert (report.message, report.is_warning) == ("running", False)
    assert report.stamp_ns == FIRST_STAMP_NS + 150_000_000
    assert (report.values["control steps"], report.values["step"], report.values["episode"]) == (3, 3, 1)
    assert (report.values["commands rejected"], report.values["publishers of joint_commands"]) == (4, 1)


def test_pause_is_reported_as_no_fault(run):
    run.pause()
    report = report_of(run)
    assert (report.message, report.is_warning, report.values["paused"]) == ("paused", False, True)


def test_two_publishers_of_commands_are_a_warning(run):
    report = report_of(run, commanders=2)
    assert (report.message, report.is_warning) == ("2 publishers of joint_commands", True)


def test_reason_of_a_stop_goes_before_everything_else(run):
    run.loop.set_e_stop(True, "two commanders")
    run.pause()
    report = report_of(run, commanders=2)
    assert (report.message, report.is_warning) == ("two commanders: zero effort until it is released", True)
    assert report.values["e-stop"] is True
