"""Start of ROS in a process, refused in one line where arguments or environment are not fit for it."""

import os
import sys
from collections.abc import Sequence

import rclpy
from rclpy.context import Context
from rclpy.signals import SignalHandlerOptions

from ant_ros.compat import ARGUMENT_ERRORS, RCLError, rcl_reason

MAX_DOMAIN = 232
"""Largest domain whose UDP ports exist (DDSI-RTPS 2.2, section 9.6.1.1)."""


def start_ros(args: Sequence[str] | None, context: Context | None = None, domain_id: int | None = None) -> None:
    """Initialise rclpy without its signal handlers; exits with code 2 and one line if it cannot."""
    domain = os.environ.get("ROS_DOMAIN_ID", "")
    reason = f"ROS_DOMAIN_ID is '{domain}'; expected a number from 0 to {MAX_DOMAIN}"
    if domain_id is not None or not domain or (domain.isdecimal() and int(domain) <= MAX_DOMAIN):
        try:
            rclpy.init(args=args, context=context, domain_id=domain_id, signal_handler_options=SignalHandlerOptions.NO)
            return
        except (RuntimeError, RCLError, *ARGUMENT_ERRORS) as error:
            reason = f"ROS cannot start: {rcl_reason(error)}"
            if "log directory" in reason or "opening file" in reason:
                reason += "; set ROS_LOG_DIR to a folder that can be written"
    print(f"error: {reason}", file=sys.stderr)
    raise SystemExit(2)
