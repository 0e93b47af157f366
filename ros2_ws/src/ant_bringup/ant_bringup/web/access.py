"""Access control of the page: any web site can make a browser send requests to localhost."""

import secrets
from collections.abc import Set
from typing import Literal, get_args
from urllib.parse import urlsplit

Action = Literal["e_stop", "release", "activate", "pause", "resume", "step", "reset"]
ACTIONS: tuple[Action, ...] = get_args(Action)

PUBLIC_ACTIONS: Set[Action] = {"e_stop"}
"""Actions that need no token: everybody may stop the robot."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def refuse_origin(host: str | None, origin: str | None) -> str:
    """Reason to refuse a request that another site may have caused; empty if there is none.

    A foreign name that resolves to this machine (DNS rebinding) shows in Host, the requesting page in Origin. The port
    is not compared, so that a forwarded one (`ssh -L`) works. Programs other than browsers send no Origin.
    """
    try:
        name = urlsplit(f"//{host or ''}").hostname
    except ValueError:
        name = None
    if name not in LOOPBACK:
        return f"Host is '{host}'; expected {' or '.join(LOOPBACK[:2])}"
    if origin is not None and origin != f"http://{host}":
        return f"Origin is '{origin}'; expected 'http://{host}': only the page itself may send requests"
    return ""


def refuse_action(action: Action, given: str | None, token: str) -> str:
    """Reason to refuse an action whose request has the token `given`, if any; empty if it is allowed."""
    if action in PUBLIC_ACTIONS or secrets.compare_digest((given or "").encode(), token.encode()):
        return ""
    return f"'{action}' needs the token: open the address that was printed at the start, with all that follows the #"
