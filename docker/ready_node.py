"""Health check of a node's container: `ready_node.py sim_node` ends with 0 if that node reports itself well in time."""

import sys
from time import monotonic

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

TIMEOUT = 5.0
"""Time [s] to wait for the node's report on /diagnostics, which comes once a second."""


def main() -> int:
    """Wait for an OK of the node; exit code 1, with its last report, if none comes."""
    name = sys.argv[1]
    heard = f"{name} is silent on /diagnostics"
    is_well = False

    def on_diagnostics(message: DiagnosticArray) -> None:
        nonlocal heard, is_well
        for status in message.status:
            node, _, part = status.name.partition(": ")
            # An episode's end is reported too, and says nothing about the node.
            if node.rpartition("/")[2] == name and part != "episode":
                heard = f"{status.name}: {status.message}"
                is_well = is_well or status.level == DiagnosticStatus.OK

    rclpy.init()
    node = rclpy.create_node("ready", start_parameter_services=False, enable_rosout=False)
    node.create_subscription(DiagnosticArray, "/diagnostics", on_diagnostics, 10)
    deadline = monotonic() + TIMEOUT
    while not is_well and monotonic() < deadline:
        rclpy.spin_once(node, timeout_sec=0.5)
    print(heard)
    node.destroy_node()
    rclpy.try_shutdown()
    return 0 if is_well else 1


if __name__ == "__main__":
    raise SystemExit(main())
