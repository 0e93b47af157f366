"""Who may ask for what: any web site can make a browser send requests to localhost."""

import secrets
from collections.abc import Set
from typing import Literal, get_args
from urllib.parse import urlsplit

Action = Literal["e_stop", "release", "pause", "resume", "step", "reset"]
ACTIONS: tuple[Action, ...] = get_args(Action)

ANYBODYS_ACTIONS: Set[Action] = {"e_stop"}
"""What is done without the token: anybody may stop the robot."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def refuse_origin(host: str | None, origin: str | None) -> str:
    """Say why a request is refused that a foreign page may have caused; empty if none has.

    A name of a stranger's that leads to this machine (DNS rebinding) stands in Host, and browsers put the page that
    asks into Origin. The port is not looked at, so that a forwarded one (`ssh -L`) works.

    Args:
        host: the header Host.
        origin: the header Origin; None where there is none, as with programs that are no browsers.
    """
    try:
        name = urlsplit(f"//{host or ''}").hostname
    except ValueError:
        name = None
    if name not in LOOPBACK:
        return f"Host is '{host}'; expected {' or '.join(LOOPBACK[:2])}"
    if origin is not None and origin != f"http://{host}":
        return f"Origin is '{origin}'; expected 'http://{host}': this page takes requests from itself alone"
    return ""


def refuse_action(action: Action, given: str | None, token: str) -> str:
    """Say why an action is refused; empty if it may be done.

    Args:
        action: what is asked for.
        given: the token that came with the request, if any.
        token: the one that was printed at the start.
    """
    if action in ANYBODYS_ACTIONS or secrets.compare_digest((given or "").encode(), token.encode()):
        return ""
    return f"'{action}' needs the token: open the address that was printed at the start, with all that follows the #"
