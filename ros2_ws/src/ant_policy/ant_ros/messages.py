"""Stamps and diagnostics as ROS messages."""

from collections.abc import Mapping

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

OK, WARN, STALE = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.STALE


def to_time(stamp_ns: int) -> Time:
    """Convert nanoseconds to a stamp."""
    return Time(sec=stamp_ns // 1_000_000_000, nanosec=stamp_ns % 1_000_000_000)


def to_ns(stamp: Time) -> int:
    """Convert a stamp to nanoseconds."""
    return int(stamp.sec * 1_000_000_000 + stamp.nanosec)


def diagnostics(
    stamp: Time, name: str, message: str, values: Mapping[str, object], *, level: bytes = OK, hardware_id: str = "none"
) -> DiagnosticArray:
    """Status of one part of a node, as `diagnostic_updater` publishes it.

    Args:
        stamp: of the status.
        name: the node's full name and the part.
        message: for people.
        values: numbers and words, published as strings.
        level: OK, WARN, or STALE for a part whose input is stale.
        hardware_id: the robot; none: not known.
    """
    status = DiagnosticStatus(
        level=level,
        name=name,
        message=message,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
    )
    report = DiagnosticArray(status=[status])
    report.header.stamp = stamp
    return report
