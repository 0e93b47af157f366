"""Stamps and diagnostics as ROS messages."""

from collections.abc import Mapping

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue


def to_time(stamp_ns: int) -> Time:
    """Convert nanoseconds to a stamp."""
    return Time(sec=stamp_ns // 1_000_000_000, nanosec=stamp_ns % 1_000_000_000)


def to_ns(stamp: Time) -> int:
    """Convert a stamp to nanoseconds."""
    return int(stamp.sec * 1_000_000_000 + stamp.nanosec)


def diagnostics(
    stamp: Time, name: str, message: str, values: Mapping[str, object], *, is_warning: bool, hardware_id: str = ""
) -> DiagnosticArray:
    """Status, OK or WARN, of one part of a node; `name` is the node's full name and the part."""
    status = DiagnosticStatus(
        level=DiagnosticStatus.WARN if is_warning else DiagnosticStatus.OK,
        name=name,
        message=message,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
    )
    report = DiagnosticArray(status=[status])
    report.header.stamp = stamp
    return report
