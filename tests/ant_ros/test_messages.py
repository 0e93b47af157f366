import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("builtin_interfaces", reason="ROS 2 is not installed (make setup installs it)")

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus

from ant_ros.messages import diagnostics, to_ns, to_time

STAMP = Time(sec=2, nanosec=50_000_000)


@given(st.integers(0, 2**31 * 10**9 - 1))
def test_stamp_survives_its_message(stamp_ns):
    stamp = to_time(stamp_ns)
    assert (to_ns(stamp), stamp.nanosec < 10**9) == (stamp_ns, True)


@pytest.mark.parametrize("level", [DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.STALE])
def test_diagnostics_say_how_a_part_of_a_node_is(level):
    message = diagnostics(STAMP, "/policy_node: policy", "active", {"answered": 3}, level=level)
    (status,) = message.status
    assert (message.header.stamp, status.level) == (STAMP, level)
    assert (status.name, status.message) == ("/policy_node: policy", "active")
    assert status.hardware_id == "none"
    assert [(entry.key, entry.value) for entry in status.values] == [("answered", "3")]
